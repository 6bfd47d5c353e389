// SPDX-License-Identifier: Apache-2.0
// A byte memory's content to a frame on the line: appends the CRC, applies COBS, ends with the
// delimiter.
//
// Each COBS group is walked twice: a scan, a byte a cycle, finds its length and takes its bytes
// into the CRC, then they are sent. The scan of a short group fits in the time of the byte before
// it on the line; the longest costs 254 cycles. The CRC is complete when the scan comes to it.
`default_nettype none

module frame_encode (
    input  wire        clk,
    input  wire        rst,

    // send `length` bytes (at least 1) and their CRC; the memory is not written until `done`
    input  wire        start,
    input  wire [10:0] length,
    output wire        done,

    // content, in the cycle after its address
    output wire [10:0] ram_address,
    input  wire [7:0]  ram_data,

    // bytes for the line
    output wire        m_valid,
    output reg  [7:0]  m_data,
    input  wire        m_ready
);

    localparam [2:0] S_IDLE = 3'd0;
    localparam [2:0] S_SCAN = 3'd1;
    localparam [2:0] S_CODE = 3'd2;
    localparam [2:0] S_DATA = 3'd3;
    localparam [2:0] S_DELIMITER = 3'd4;

    localparam [7:0] LONGEST_GROUP = 8'd254;

    reg [2:0]  state_q;
    reg [10:0] at_q;               // the byte under the eye, and the next one
    reg [10:0] at_d;
    reg [10:0] group_q;            // first byte of the group
    reg [10:0] length_q;
    reg [7:0]  run_q;              // bytes of the group; when sending, those left
    reg        zero_q;             // a zero follows the group
    reg [31:0] crc_q;
    wire [31:0] crc_next;

    wire [10:0] after = at_q - length_q;       // place within the CRC
    wire        in_content = at_q < length_q;
    wire        at_end = after == 11'd4;
    wire [7:0]  crc_byte = ~crc_q[8*after[1:0] +: 8];
    wire [7:0]  value = in_content ? ram_data : crc_byte;
    wire        scan_zero = value == 8'd0 && !at_end;
    wire        scan_ends = scan_zero || at_end || run_q == LONGEST_GROUP;
    wire        sent = m_valid && m_ready;
    wire        group_sent = sent && (state_q == S_CODE || state_q == S_DATA)
        && run_q == (state_q == S_DATA ? 8'd1 : 8'd0);

    // A group that a zero ended is followed by another, be it empty.
    wire [10:0] after_group = state_q == S_DATA ? at_q + 11'd1 : group_q;
    wire [10:0] next_group = after_group + {10'd0, zero_q};
    wire        finished = !zero_q && next_group == length_q + 11'd4;

    assign ram_address = at_d;
    assign m_valid = state_q == S_CODE || state_q == S_DATA || state_q == S_DELIMITER;
    assign done = state_q == S_DELIMITER && m_ready;

    crc32 crc32 (
        .state(crc_q),
        .data(ram_data),
        .next(crc_next)
    );

    always @* begin
        case (state_q)
            S_CODE:  m_data = run_q + 8'd1;
            S_DATA:  m_data = value;
            default: m_data = 8'd0;
        endcase
    end

    always @* begin
        at_d = at_q;
        case (state_q)
            S_IDLE:  at_d = 11'd0;
            S_SCAN:  at_d = scan_ends ? group_q : at_q + 11'd1;
            S_DATA:  if (sent) at_d = at_q + 11'd1;
            default: at_d = at_q;
        endcase
        if (group_sent) at_d = next_group;
    end

    always @(posedge clk) begin
        at_q <= at_d;
        case (state_q)
            S_IDLE: begin
                length_q <= length;
                group_q <= 11'd0;
                run_q <= 8'd0;
                crc_q <= 32'hffffffff;
                if (start) state_q <= S_SCAN;
            end
            S_SCAN: begin
                zero_q <= scan_zero && run_q != LONGEST_GROUP;
                if (!scan_ends) run_q <= run_q + 8'd1;
                else state_q <= S_CODE;
                if (in_content && (!scan_ends || run_q != LONGEST_GROUP)) crc_q <= crc_next;
            end
            S_CODE, S_DATA: begin
                if (sent) begin
                    if (state_q == S_DATA) run_q <= run_q - 8'd1;
                    state_q <= S_DATA;
                end
                if (group_sent) begin
                    group_q <= next_group;
                    run_q <= 8'd0;
                    state_q <= finished ? S_DELIMITER : S_SCAN;
                end
            end
            // S_DELIMITER
            default: begin
                if (m_ready) state_q <= S_IDLE;
            end
        endcase
        if (rst) state_q <= S_IDLE;
    end

endmodule

`default_nettype wire
