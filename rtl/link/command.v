// SPDX-License-Identifier: Apache-2.0
// Executes requests (docs/link.md): a good frame's content in, bus transfers, the response's
// content out. The response stays in its memory, so that a repeated request is answered again, not
// done again.
//
// Wishbone B4 classic master, 32-bit data, word addresses. It trusts that every transfer is
// answered.
`default_nettype none

`include "registers.vh"

module command #(
    parameter FRAME_WORDS = 256,   // data words of the longest frame, at most 508
    parameter RECORDS = 1          // 0: there are none, and a request for them is bad
) (
    input  wire        clk,
    input  wire        rst,

    // request: a good frame in its memory, held until `frame_done`
    input  wire        frame_valid,
    input  wire [10:0] frame_length,
    output wire        frame_done,
    output wire [10:0] request_address,
    input  wire [7:0]  request_data,

    // response: its memory, and the order to send it
    output wire        response_we,
    output wire [10:0] response_address,
    output wire [7:0]  response_data,
    output wire        send_start,
    output wire [10:0] send_length,
    input  wire        send_done,

    // bus
    output wire        wb_cyc,
    output wire        wb_stb,
    output wire        wb_we,
    output wire [27:0] wb_adr,
    output wire [31:0] wb_dat_w,
    input  wire [31:0] wb_dat_r,
    input  wire        wb_ack,
    input  wire        wb_err
);

    localparam [31:0] WORDS = FRAME_WORDS;
    localparam [8:0] MOST_WORDS = WORDS[8:0];

    localparam [1:0] HELLO = 2'd0;
    localparam [1:0] WRITE = 2'd2;
    localparam [1:0] READ_RECORDS = 2'd3;

    localparam [1:0] OK = 2'd0;
    localparam [1:0] BUS_ERROR = 2'd1;
    localparam [1:0] BAD_REQUEST = 2'd2;

    localparam [3:0] S_IDLE = 4'd0;
    localparam [3:0] S_HEADER = 4'd1;
    localparam [3:0] S_ADDRESS = 4'd2;
    localparam [3:0] S_DECIDE = 4'd3;
    localparam [3:0] S_NEXT = 4'd4;
    localparam [3:0] S_BUS = 4'd5;
    localparam [3:0] S_REFUSED = 4'd6;
    localparam [3:0] S_FIT = 4'd7;
    localparam [3:0] S_PUT = 4'd8;
    localparam [3:0] S_COUNT = 4'd9;
    localparam [3:0] S_FINISH = 4'd10;
    localparam [3:0] S_START = 4'd11;
    localparam [3:0] S_SEND = 4'd12;

    // What a RECORDS request does on the bus, in this order: STATUS before RECORD_HEAD, so that
    // what reads as idle has no further records to come. Other requests have the last step only.
    localparam [2:0] R_ACKNOWLEDGE = 3'd0;
    localparam [2:0] R_STATUS = 3'd1;
    localparam [2:0] R_TAIL = 3'd2;
    localparam [2:0] R_HEAD = 3'd3;
    localparam [2:0] R_WORDS = 3'd4;

    reg [3:0]  state_q;
    reg [2:0]  step_q;
    reg [7:0]  sequence_q;
    reg [1:0]  operation_q;
    reg        beyond_q;           // the operation or the count is beyond its bits here
    reg [8:0]  count_q;            // words of the request, then those it comes to
    reg [31:0] address_q;
    reg [7:0]  last_q;             // sequence number of the stored response; 0: none counts
    reg        repeated_q;
    reg        malformed_q;
    reg        bad_q;
    reg [1:0]  status_q;
    reg [8:0]  index_q;            // the word in hand; in the end, words the response holds
    reg [31:0] word_q;

    // The request's words, and the response's

    wire        reader_valid;
    wire [31:0] reader_word;
    wire        reader_take;
    wire        writer_ready;

    word_reader word_reader (
        .clk(clk),
        .rst(rst),
        .rewind(state_q == S_IDLE),
        .m_valid(reader_valid),
        .m_data(reader_word),
        .m_ready(reader_take),
        .ram_address(request_address),
        .ram_data(request_data)
    );

    word_writer word_writer (
        .clk(clk),
        .rst(rst),
        .s_valid(state_q == S_PUT || state_q == S_FINISH),
        .s_index(state_q == S_PUT ? index_next : 9'd0),
        .s_data(state_q == S_PUT ? word_q : {7'd0, index_q, 6'd0, status_q, sequence_q}),
        .s_ready(writer_ready),
        .ram_we(response_we),
        .ram_address(response_address),
        .ram_data(response_data)
    );

    // The verdict on a request, in two steps: after the header it has the cycles that reading the
    // address takes.

    wire       hello = operation_q == HELLO;
    wire       writes = operation_q == WRITE;
    wire       records = RECORDS != 0 && operation_q == READ_RECORDS;
    wire [8:0] carried = frame_length[10:2] - 9'd3;     // of 12 bytes and more
    wire       malformed = beyond_q || count_q > MOST_WORDS || frame_length[1:0] != 2'd0
        || carried != (writes ? count_q : 9'd0);
    wire       unanswerable = operation_q == READ_RECORDS && (RECORDS == 0 || count_q < 9'd2);
    wire       sequence_zero = sequence_q == 8'd0;

    // One word on the bus

    wire       in_words = RECORDS == 0 || step_q[2];
    wire       acknowledges = !in_words && step_q == R_ACKNOWLEDGE;
    wire       in_range = !in_words || address_q[31:28] == 4'd0;
    reg  [7:0] register;

    always @* begin
        case (step_q)
            R_ACKNOWLEDGE, R_TAIL: register = `REG_RECORD_TAIL;
            R_STATUS:              register = `REG_STATUS;
            default:               register = `REG_RECORD_HEAD;
        endcase
    end

    assign wb_cyc = state_q == S_BUS;
    assign wb_stb = state_q == S_BUS;
    assign wb_we = writes || acknowledges;
    assign wb_adr = in_words ? address_q[27:0] : {`REGION_REGISTERS, 16'd0, register};
    assign wb_dat_w = records ? address_q : reader_word;

    assign reader_take = state_q == S_HEADER || state_q == S_ADDRESS
        || (state_q == S_BUS && writes && wb_ack);

    // Addresses count up, those of records within their region.
    wire [24:0] offset_next = {1'b0, address_q[23:0]} + 25'd1;
    wire        carry = !records && offset_next[24];
    wire [8:0]  index_next = index_q + 9'd1;

    // Records there are (`word_q` is RECORD_HEAD, the address that of RECORD_TAIL in their region,
    // which is larger than any ring), and how many of them fit

    wire [20:0] available = word_q[20:0] - address_q[23:3];
    wire [8:0]  room = count_q - 9'd2;
    wire [5:0]  taken = available < {15'd0, room[8:3]} ? available[5:0] : room[8:3];
    wire        unused = &{1'b0, room[2:0]};

    assign send_start = state_q == S_START && writer_ready;
    assign send_length = {index_next, 2'b00};
    assign frame_done = state_q == S_SEND && send_done;

    always @(posedge clk) begin
        repeated_q <= !sequence_zero && sequence_q == last_q;
        malformed_q <= malformed;
        bad_q <= malformed_q || unanswerable || hello != sequence_zero;
        case (state_q)
            S_IDLE: begin
                if (frame_valid) state_q <= S_HEADER;
            end
            S_HEADER: begin
                {count_q, operation_q, sequence_q} <= {reader_word[24:16], reader_word[9:0]};
                beyond_q <= reader_word[31:25] != 7'd0 || reader_word[15:10] != 6'd0;
                if (reader_valid) state_q <= S_ADDRESS;
            end
            S_ADDRESS: begin
                address_q <= reader_word;
                if (reader_valid) state_q <= S_DECIDE;
            end
            S_DECIDE: begin
                step_q <= records ? R_ACKNOWLEDGE : R_WORDS;
                if (repeated_q) begin
                    state_q <= S_START;
                end else begin
                    last_q <= sequence_q;
                    status_q <= bad_q ? BAD_REQUEST : OK;
                    index_q <= 9'd0;
                    word_q <= address_q;
                    if (hello) count_q <= 9'd1;
                    if (bad_q) state_q <= S_FINISH;
                    else state_q <= hello ? S_PUT : S_NEXT;
                end
            end
            // A word, if there is another
            S_NEXT: begin
                if (index_q == count_q) begin
                    state_q <= S_COUNT;
                end else if (!in_range) begin
                    state_q <= S_REFUSED;
                end else if (!writes || reader_valid) begin
                    state_q <= S_BUS;
                end
            end
            S_BUS: begin
                if (wb_err) begin
                    state_q <= S_REFUSED;
                end else if (wb_ack) begin
                    if (in_words) begin
                        address_q[23:0] <= offset_next[23:0];
                        address_q[31:24] <= address_q[31:24] + {7'd0, carry};
                    end else begin
                        step_q <= step_q + 3'd1;
                    end
                    if (writes) index_q <= index_next;
                    if (!in_words && step_q == R_HEAD) begin
                        address_q <= {4'd0, `REGION_RECORDS, word_q[20:0], 3'd0};
                    end
                    if (!writes && !acknowledges) word_q <= wb_dat_r;
                    if (writes || acknowledges) state_q <= S_NEXT;
                    else state_q <= !in_words && step_q == R_HEAD ? S_FIT : S_PUT;
                end
            end
            S_REFUSED: begin
                status_q <= BUS_ERROR;
                word_q <= {23'd0, index_q};
                index_q <= 9'd0;
                count_q <= 9'd1;
                state_q <= S_PUT;
            end
            // How many words with the records
            S_FIT: begin
                count_q <= {taken, 3'd0} + 9'd2;
                state_q <= S_NEXT;
            end
            S_PUT: begin
                if (writer_ready) begin
                    index_q <= index_next;
                    state_q <= S_NEXT;
                end
            end
            // Words that were written are not in the response.
            S_COUNT: begin
                if (writes && status_q == OK) index_q <= 9'd0;
                state_q <= S_FINISH;
            end
            S_FINISH: begin
                if (writer_ready) state_q <= S_START;
            end
            S_START: begin
                if (writer_ready) state_q <= S_SEND;
            end
            // S_SEND
            default: begin
                if (send_done) state_q <= S_IDLE;
            end
        endcase
        if (rst) begin
            state_q <= S_IDLE;
            last_q <= 8'd0;
        end
    end

endmodule

`default_nettype wire
