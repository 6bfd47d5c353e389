// SPDX-License-Identifier: Apache-2.0
// Bytes of the line to whole good frames: undoes COBS, checks the CRC and writes the content, CRC
// included, into a byte memory. A good frame is held until its user is done with it; frames of
// which any byte arrives meanwhile are dropped and counted. Takes a byte a cycle; content
// comes a cycle after its byte, the verdict two after the delimiter.
//
//   s_valid, s_data ──> COBS ─register─> ram_we …   ──at the delimiter──> frame_valid, frame_length
//                                     └─> CRC
`default_nettype none

module frame_decode #(
    parameter FRAME_WORDS = 256    // data words of the longest frame, at most 508
) (
    input  wire        clk,
    input  wire        rst,

    // bytes from the line; `s_broken` stands for one that was lost
    input  wire        s_valid,
    input  wire        s_broken,
    input  wire [7:0]  s_data,

    // content
    output wire        ram_we,
    output wire [10:0] ram_address,
    output reg  [7:0]  ram_data,

    // a good frame, until `frame_done`; its length in bytes, CRC included
    output reg         frame_valid,
    output reg  [10:0] frame_length,
    input  wire        frame_done,

    output wire [31:0] frames_bad,         // modulo 2^16
    output wire [31:0] frames_dropped,

    // low when nothing will change until a byte comes or the frame is done with
    output wire        active
);

    localparam [10:0] SHORTEST = 11'd12;
    localparam [31:0] CONTENT = 12 + 4 * FRAME_WORDS;
    localparam [10:0] LONGEST = CONTENT[10:0];

    // CRC state after any content that ends with its own CRC
    localparam [31:0] RESIDUE = 32'hdebb20e3;

    reg [15:0] bad_q;
    reg [15:0] dropped_q;
    reg        begun_q;            // since the last delimiter: something came
    reg        missed_q;           // some of it while a frame was held
    reg        spoiled_q;          // a byte was lost or missing, or there was no room
    reg [7:0]  left_q;             // bytes to the next code of COBS, itself included
    reg        zero_q;             // the group stands for a zero, if another follows
    reg        emit_q;             // `ram_data` is content
    reg        end_q;              // the frame has ended
    reg [10:0] length_q;
    reg [31:0] crc_q;
    wire [31:0] crc_next;

    wire delimiter = s_valid && s_data == 8'd0;
    wire byte_in = s_valid && !delimiter;
    wire at_code = left_q == 8'd1;
    wire room = length_q != LONGEST;
    wire good = !spoiled_q && length_q >= SHORTEST && crc_q == RESIDUE;

    assign frames_bad = {16'd0, bad_q};
    assign frames_dropped = {16'd0, dropped_q};
    assign active = emit_q || end_q;
    assign ram_we = emit_q && room && !frame_valid;
    assign ram_address = length_q;

    crc32 crc32 (
        .state(crc_q),
        .data(ram_data),
        .next(crc_next)
    );

    always @(posedge clk) begin
        // The content
        if (frame_done) frame_valid <= 1'b0;
        if (emit_q) begin
            if (room) length_q <= length_q + 11'd1;
            crc_q <= crc_next;
        end
        if (end_q) begin
            if (missed_q || frame_valid) begin
                dropped_q <= dropped_q + 16'd1;
            end else if (good) begin
                frame_valid <= 1'b1;
                frame_length <= length_q;
            end else begin
                bad_q <= bad_q + 16'd1;
            end
        end
        if (end_q || rst) begin
            missed_q <= 1'b0;
            spoiled_q <= 1'b0;
            length_q <= 11'd0;
            crc_q <= 32'hffffffff;
        end
        // The line, a cycle ahead: while one frame is judged, the next may have begun.
        emit_q <= byte_in && (!at_code || zero_q);
        end_q <= delimiter && begun_q;
        ram_data <= at_code ? 8'd0 : s_data;
        if (byte_in || s_broken) begin
            begun_q <= 1'b1;
            if (frame_valid) missed_q <= 1'b1;
        end
        if (s_broken || (delimiter && !at_code) || (emit_q && !room)) spoiled_q <= 1'b1;
        if (byte_in) begin
            left_q <= at_code ? s_data : left_q - 8'd1;
            if (at_code) zero_q <= s_data != 8'hff;
        end
        if (delimiter || rst) begin
            begun_q <= 1'b0;
            left_q <= 8'd1;
            zero_q <= 1'b0;
        end
        if (rst) begin
            emit_q <= 1'b0;
            end_q <= 1'b0;
            frame_valid <= 1'b0;
            bad_q <= 16'd0;
            dropped_q <= 16'd0;
        end
    end

endmodule

`default_nettype wire
