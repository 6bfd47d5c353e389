// SPDX-License-Identifier: Apache-2.0
// Evaluates one gate at a time for LANES pictures, its operands one after the other from a single
// copy of the wires, in K + 4 cycles or more. The small alternative to gate_pipeline.v: the same results.
//
// `issue` and what describes the gate stay until `next`, which comes with the gate's result.
`default_nettype none

module gate_serial #(
    parameter K = 4,             // operands of a gate, 2 ... 6
    parameter LANES = 16,        // pictures
    parameter STORED_WIRING = 1, // 0: wiring is a function of a seed
    parameter HUGE_RAM = 0,      // 1: outputs of gates in a huge RAM (ram_1rw.v)
    parameter INPUT_BITS = 8,    // log2 of inputs
    parameter GATE_BITS = 11,    // log2 of gates
    parameter TABLE_W = 10,      // bits of row addresses of the stores
    parameter WIRING_W = 12,
    parameter TABLE_BANKS = 1    // code words of a row of tables: 1, or 2 for K = 6
) (
    input  wire                  clk,
    input  wire                  rst,

    // a gate
    input  wire                  issue,
    input  wire [15:0]           gate,
    input  wire                  exists,          // below GATES: the others give 0
    input  wire                  scored,
    input  wire                  mark,            // comes out a cycle later; no gate may be issued
    input  wire                  hold,            // no result may come out
    output wire                  first,           // the first cycle of a gate
    output wire                  next,            // the last one

    // constant while gates of a layer are issued
    input  wire [15:0]           inputs,
    input  wire [4:0]            wire_bits,
    input  wire [16:0]           written,         // wires written before this layer
    input  wire                  half,            // of the inputs

    // stores, read latency 1: a code word of wiring has two operands; fixed wiring comes two cycles
    // after `first` and stays
    output wire                      store_re,
    output wire [TABLE_W-1:0]        table_row,
    input  wire [32*TABLE_BANKS-1:0] table_data,
    output wire [WIRING_W-1:0]       wiring_row,
    input  wire [31:0]               wiring_data,
    input  wire [16*K-1:0]           fixed_wires,

    // inputs of the next batch
    input  wire                  input_we,
    input  wire                  input_half,
    input  wire [INPUT_BITS-1:0] input_wire,
    input  wire [LANES-1:0]      input_data,

    // results
    output wire                  result_scored,
    output reg                   result_mark,
    output wire [LANES-1:0]      result
);

    localparam TABLE_BITS = 1 << K;
    localparam TABLE_SHIFT = (K == 6) ? 0 : 5 - K;              // log2 of gates of a row
    localparam TABLE_PART = 32 * TABLE_BANKS / TABLE_BITS - 1;
    localparam WIRING_SHIFT = (K == 2) ? 0 : (K <= 4) ? 1 : 2;  // log2 of rows of a gate
    // fixed wiring comes a cycle later than stored
    localparam [31:0] ARRIVAL = (STORED_WIRING != 0) ? 1 : 2;
    localparam [31:0] STEPS = K + 3 + ARRIVAL;
    localparam [3:0] ARRIVES = ARRIVAL[3:0];
    localparam [3:0] LAST = STEPS[3:0] - 4'd1;

    // Operand p: its row is asked for in step p, its number comes in step p + 1 and is held in step
    // p + 2, when the wire is asked for, and the wire comes in step p + 3.
    reg [3:0] step_q;

    assign first = issue && step_q == 4'd0;
    assign next = issue && step_q == LAST && !hold;

    always @(posedge clk) begin
        if (issue && step_q != LAST) step_q <= step_q + 4'd1;
        if (next) step_q <= 4'd0;
        result_mark <= mark;
        if (rst) begin
            step_q <= 4'd0;
            result_mark <= 1'b0;
        end
    end

    wire [15:0] table_place = gate >> TABLE_SHIFT;
    wire [15:0] wiring_place = (gate << WIRING_SHIFT) | {13'd0, step_q[3:1]};

    assign store_re = issue && {28'd0, step_q} < K;
    assign table_row = table_place[TABLE_W-1:0];
    assign wiring_row = wiring_place[WIRING_W-1:0];

    // The table
    wire [31:0]           number = {16'd0, gate};
    wire [TABLE_BITS-1:0] entries = table_data[TABLE_BITS*(number & TABLE_PART) +: TABLE_BITS];
    reg  [TABLE_BITS-1:0] table_q;

    always @(posedge clk) begin
        if (step_q == 4'd1) table_q <= exists ? entries : {TABLE_BITS{1'b0}};
    end

    // The operand's number
    wire [15:0] mask = ~(16'hffff << wire_bits);
    wire [15:0] wire_number;
    reg  [15:0] wire_q;

    generate
        if (STORED_WIRING != 0) begin : g_stored
            assign wire_number = (step_q[0] ? wiring_data[15:0] : wiring_data[31:16]) & mask;

            wire unused = &{1'b0, fixed_wires};
        end else begin : g_fixed
            wire [3:0]       operand = step_q - ARRIVES;
            wire [16*K-1:0]  rest = fixed_wires >> {operand, 4'd0};

            assign wire_number = rest[15:0];

            wire unused = &{1'b0, rest, wiring_data, mask};
        end
    endgenerate

    always @(posedge clk) wire_q <= wire_number;

    // The wires: inputs have two halves, one being read and one being filled.
    wire             is_input = wire_q < inputs;
    wire [15:0]      gate_index = wire_q - inputs;
    wire             reading = issue && step_q != LAST;
    wire [LANES-1:0] from_input;
    wire [LANES-1:0] from_gate;
    reg              was_input_q;
    reg              written_q;

    ram_1w1r #(
        .WIDTH(LANES),
        .DEPTH(2 << INPUT_BITS),
        .ADDRESS_W(INPUT_BITS + 1)
    ) input_wires (
        .clk(clk),
        .we(input_we),
        .waddr({input_half, input_wire}),
        .wdata(input_data),
        .re(reading),
        .raddr({half, wire_q[INPUT_BITS-1:0]}),
        .rdata(from_input)
    );

    ram_1rw #(
        .WIDTH(LANES),
        .DEPTH(1 << GATE_BITS),
        .ADDRESS_W(GATE_BITS),
        .HUGE(HUGE_RAM)
    ) gate_wires (
        .clk(clk),
        .en(reading || (next && exists)),
        .we(next),
        .address(next ? gate[GATE_BITS-1:0] : gate_index[GATE_BITS-1:0]),
        .wdata(result),
        .rdata(from_gate)
    );

    // Operands move in from the top; the last one leaves operand 0 in the lowest bits.
    reg  [K*LANES-1:0] operands_q;
    wire [LANES-1:0]   value = (was_input_q ? from_input : from_gate) & {LANES{written_q}};

    always @(posedge clk) begin
        was_input_q <= is_input;
        written_q <= {1'b0, wire_q} < written;
        if (issue && step_q != LAST) operands_q <= {value, operands_q[K*LANES-1:LANES]};
    end

    select_word #(
        .SELECTS(K),
        .WIDTH(LANES),
        .WORD_W(1)
    ) lookup (
        .words(table_q),
        .selects(operands_q),
        .chosen(result)
    );

    assign result_scored = next && scored;

    wire unused = &{1'b0, table_place, wiring_place, gate_index, number};

endmodule

`default_nettype wire
