// SPDX-License-Identifier: Apache-2.0
// A byte memory's content to a frame on the line: appends the CRC, applies COBS, ends with the
// delimiter.
//
// Each COBS group is walked twice: a scan, a byte a cycle, finds its length and takes its bytes
// into the CRC, then they are sent, at most one every other cycle. The scan of a short group fits
// in the time of the byte before it on the line; the longest costs 256 cycles. The CRC is complete
// when the scan comes to it. A frame takes 3 cycles a byte and one a group if the line is faster.
`default_nettype none

module frame_encode (
    input  wire        clk,
    input  wire        rst,

    // send `length` bytes (at least 1) and their CRC; neither the memory nor `length` changes
    // until `done`
    input  wire        start,
    input  wire [10:0] length,
    output wire        done,

    // content, in the cycle after its address
    output wire [10:0] ram_address,
    input  wire [7:0]  ram_data,

    // bytes for the line
    output reg         m_valid,
    output reg  [7:0]  m_data,
    input  wire        m_ready
);

    localparam [2:0] S_IDLE = 3'd0;
    localparam [2:0] S_NEXT = 3'd1;
    localparam [2:0] S_SCAN = 3'd2;
    localparam [2:0] S_REWIND = 3'd3;
    localparam [2:0] S_CODE = 3'd4;
    localparam [2:0] S_DATA = 3'd5;
    localparam [2:0] S_DELIMITER = 3'd6;
    localparam [2:0] S_DONE = 3'd7;

    localparam [7:0] LONGEST_GROUP = 8'd254;

    reg [2:0]  state_q;
    reg [10:0] at_q;               // the byte that the memory shows
    reg [7:0]  byte_q;             // the one before it, the byte under the eye:
    reg        content_q;          // it is of the content …
    reg [1:0]  place_q;            // … or this one of the CRC …
    reg        past_q;             // … or beyond
    reg [10:0] group_q;            // first byte of the group
    reg [7:0]  run_q;              // bytes of the group; when sending, those left: 0 ahead of a scan
    reg        zero_q;             // a zero follows the group
    reg        last_q;             // nothing does
    reg [31:0] crc_q;
    wire [31:0] crc_next;

    wire        sends = state_q == S_CODE || state_q == S_DATA;
    wire        push = !m_valid && (sends || state_q == S_DELIMITER);
    wire        advance = state_q == S_NEXT || state_q == S_SCAN || (sends && !m_valid);
    wire [10:0] at_d = state_q == S_REWIND ? group_q : at_q + {10'd0, advance};
    wire [11:0] after = {1'b0, at_q} - {1'b0, length};  // place within the CRC
    wire        unused = &{1'b0, after[10:3]};
    wire [7:0]  crc_byte = ~crc_q[8*place_q +: 8];
    wire [7:0]  value = content_q ? byte_q : crc_byte;
    wire        scan_zero = value == 8'd0;
    wire        longest = run_q == LONGEST_GROUP;
    wire        scan_ends = scan_zero || past_q || longest;

    assign ram_address = at_d;
    assign done = state_q == S_DONE && !m_valid;

    crc32 crc32 (
        .state(crc_q),
        .data(byte_q),
        .next(crc_next)
    );

    always @(posedge clk) begin
        at_q <= at_d;
        if (advance) begin
            byte_q <= ram_data;
            content_q <= after[11];
            place_q <= after[1:0];
            past_q <= !after[11] && after[2];
        end
        if (m_ready) m_valid <= 1'b0;
        if (push) begin
            m_valid <= 1'b1;
            case (state_q)
                S_CODE:  m_data <= run_q + 8'd1;
                S_DATA:  m_data <= value;
                default: m_data <= 8'd0;
            endcase
        end
        case (state_q)
            S_IDLE: begin
                at_q <= 11'd0;
                crc_q <= 32'hffffffff;
                if (start) state_q <= S_NEXT;
            end
            S_NEXT: begin
                group_q <= at_q;
                state_q <= S_SCAN;
            end
            S_SCAN: begin
                zero_q <= scan_zero && !past_q && !longest;
                last_q <= past_q;
                if (scan_ends) state_q <= S_REWIND;
                else run_q <= run_q + 8'd1;
                if (content_q && !longest) crc_q <= crc_next;
            end
            S_REWIND: begin
                state_q <= S_CODE;
            end
            S_CODE: begin
                if (push) begin
                    if (run_q != 8'd0) state_q <= S_DATA;
                    else state_q <= last_q ? S_DELIMITER : S_NEXT;
                end
            end
            // A group that a zero ended is followed by another, be it empty. One that was the
            // longest has come to the first byte of the next one already.
            S_DATA: begin
                group_q <= at_q;
                if (push) begin
                    run_q <= run_q - 8'd1;
                    if (run_q == 8'd1) begin
                        if (last_q) state_q <= S_DELIMITER;
                        else state_q <= zero_q ? S_NEXT : S_SCAN;
                    end
                end
            end
            S_DELIMITER: begin
                if (push) state_q <= S_DONE;
            end
            // S_DONE
            default: begin
                at_q <= 11'd0;
                if (!m_valid) state_q <= S_IDLE;
            end
        endcase
        if (rst) begin
            state_q <= S_IDLE;
            run_q <= 8'd0;
            m_valid <= 1'b0;
        end
    end

endmodule

`default_nettype wire
