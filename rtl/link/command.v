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
    localparam [15:0] MOST_WORDS = WORDS[15:0];

    localparam [7:0] HELLO = 8'd0;
    localparam [7:0] READ = 8'd1;
    localparam [7:0] WRITE = 8'd2;
    localparam [7:0] READ_RECORDS = 8'd3;

    localparam [7:0] OK = 8'd0;
    localparam [7:0] BUS_ERROR = 8'd1;
    localparam [7:0] BAD_REQUEST = 8'd2;

    localparam [2:0] S_IDLE = 3'd0;
    localparam [2:0] S_HEADER = 3'd1;
    localparam [2:0] S_ADDRESS = 3'd2;
    localparam [2:0] S_DECIDE = 3'd3;
    localparam [2:0] S_BUS = 3'd4;
    localparam [2:0] S_PUT = 3'd5;
    localparam [2:0] S_FINISH = 3'd6;
    localparam [2:0] S_SEND = 3'd7;

    // What a RECORDS request does on the bus, in this order: STATUS before RECORD_HEAD, so that
    // what reads as idle has no further records to come.
    localparam [2:0] R_ACKNOWLEDGE = 3'd0;
    localparam [2:0] R_STATUS = 3'd1;
    localparam [2:0] R_TAIL = 3'd2;
    localparam [2:0] R_HEAD = 3'd3;
    localparam [2:0] R_WORDS = 3'd4;

    reg [2:0]  state_q;
    reg [2:0]  step_q;             // of RECORDS
    reg        sending_q;          // the response is on its way
    reg [7:0]  sequence_q;
    reg [7:0]  operation_q;
    reg [15:0] count_q;
    reg [31:0] address_q;
    reg [7:0]  last_q;             // sequence number of the stored response; 0: none counts
    reg [7:0]  status_q;
    reg [8:0]  total_q;            // words of the request or of the response
    reg [8:0]  index_q;            // the word in hand
    reg [8:0]  reply_q;            // words the response holds
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
        .s_index(state_q == S_PUT ? reply_q + 9'd1 : 9'd0),
        .s_data(state_q == S_PUT ? word_q : {7'd0, reply_q, status_q, sequence_q}),
        .s_ready(writer_ready),
        .ram_we(response_we),
        .ram_address(response_address),
        .ram_data(response_data)
    );

    // The verdict on a request

    wire        writes = operation_q == WRITE;
    wire        records = RECORDS != 0 && operation_q == READ_RECORDS;
    wire [11:0] expected = writes ? {1'b0, count_q[8:0], 2'b00} + 12'd12 : 12'd12;
    wire        malformed = count_q > MOST_WORDS || {1'b0, frame_length} != expected;
    wire        hello = operation_q == HELLO && sequence_q == 8'd0;
    wire        known = operation_q == READ || writes || (records && count_q > 16'd1);
    wire        session = sequence_q != 8'd0 && known;
    wire        repeated = sequence_q != 8'd0 && sequence_q == last_q;
    wire        refused = malformed || !(hello || session);

    // One word on the bus

    wire        in_words = !records || step_q == R_WORDS;
    wire        acknowledges = records && step_q == R_ACKNOWLEDGE;
    wire        in_range = acknowledges || address_q[31:28] == 4'd0;
    wire        bus_ready = state_q == S_BUS && in_range && (!writes || reader_valid);
    wire        bus_ack = bus_ready && wb_ack;
    wire        bus_refused = state_q == S_BUS && (!in_range || (bus_ready && wb_err));
    reg  [7:0]  register;

    always @* begin
        case (step_q)
            R_ACKNOWLEDGE, R_TAIL: register = `REG_RECORD_TAIL;
            R_STATUS:              register = `REG_STATUS;
            default:               register = `REG_RECORD_HEAD;
        endcase
    end

    assign wb_cyc = bus_ready;
    assign wb_stb = bus_ready;
    assign wb_we = writes || acknowledges;
    assign wb_adr = in_words ? address_q[27:0] : {`REGION_REGISTERS, 16'd0, register};
    assign wb_dat_w = records ? address_q : reader_word;

    assign reader_take = state_q == S_HEADER || state_q == S_ADDRESS || (writes && bus_ack);

    // Addresses count up, those of records within their region.
    wire [23:0] offset_next = address_q[23:0] + 24'd1;
    wire        carry = !records && offset_next == 24'd0;
    wire        more = index_q + 9'd1 != total_q;

    // Records there are (the word before RECORD_HEAD was RECORD_TAIL), and how many of them fit

    wire [31:0] available = wb_dat_r - word_q;
    wire [8:0]  room = count_q[8:0] - 9'd2;
    wire [5:0]  taken = available < {26'd0, room[8:3]} ? available[5:0] : room[8:3];
    wire        unused = &{1'b0, room[2:0]};

    assign send_start = state_q == S_SEND && !sending_q && writer_ready;
    assign send_length = {reply_q + 9'd1, 2'b00};
    assign frame_done = state_q == S_SEND && sending_q && send_done;

    always @(posedge clk) begin
        case (state_q)
            S_IDLE: begin
                if (frame_valid) state_q <= S_HEADER;
            end
            S_HEADER: begin
                {count_q, operation_q, sequence_q} <= reader_word;
                if (reader_valid) state_q <= S_ADDRESS;
            end
            S_ADDRESS: begin
                address_q <= reader_word;
                if (reader_valid) state_q <= S_DECIDE;
            end
            S_DECIDE: begin
                step_q <= R_ACKNOWLEDGE;
                if (repeated) begin
                    state_q <= S_SEND;
                end else begin
                    last_q <= sequence_q;
                    status_q <= refused ? BAD_REQUEST : OK;
                    total_q <= hello ? 9'd1 : count_q[8:0];
                    index_q <= 9'd0;
                    reply_q <= 9'd0;
                    word_q <= address_q;
                    if (refused) state_q <= S_FINISH;
                    else if (hello) state_q <= S_PUT;
                    else state_q <= count_q == 16'd0 ? S_FINISH : S_BUS;
                end
            end
            S_BUS: begin
                if (bus_refused) begin
                    status_q <= BUS_ERROR;
                    word_q <= {23'd0, index_q};
                    reply_q <= 9'd0;
                    index_q <= 9'd0;
                    total_q <= 9'd1;
                    state_q <= S_PUT;
                end else if (bus_ack) begin
                    if (in_words) begin
                        address_q[23:0] <= offset_next;
                        address_q[31:24] <= address_q[31:24] + {7'd0, carry};
                    end
                    if (!in_words) step_q <= step_q + 3'd1;
                    if (writes) begin
                        index_q <= index_q + 9'd1;
                        if (!more) state_q <= S_FINISH;
                    end else if (acknowledges) begin
                        address_q <= 32'd0;
                    end else if (records && step_q == R_HEAD) begin
                        address_q <= {4'd0, `REGION_RECORDS, word_q[20:0], 3'd0};
                        total_q <= {taken, 3'd0} + 9'd2;
                        if (taken == 6'd0) state_q <= S_FINISH;
                    end else begin
                        word_q <= wb_dat_r;
                        state_q <= S_PUT;
                    end
                end
            end
            S_PUT: begin
                if (writer_ready) begin
                    index_q <= index_q + 9'd1;
                    reply_q <= reply_q + 9'd1;
                    state_q <= more ? S_BUS : S_FINISH;
                end
            end
            S_FINISH: begin
                if (writer_ready) state_q <= S_SEND;
            end
            // S_SEND
            default: begin
                if (send_start) sending_q <= 1'b1;
                if (frame_done) begin
                    sending_q <= 1'b0;
                    state_q <= S_IDLE;
                end
            end
        endcase
        if (rst) begin
            state_q <= S_IDLE;
            sending_q <= 1'b0;
            last_q <= 8'd0;
        end
    end

endmodule

`default_nettype wire
