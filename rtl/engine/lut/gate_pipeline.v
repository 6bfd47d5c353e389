// SPDX-License-Identifier: Apache-2.0
// Evaluates one gate a cycle for LANES pictures: stores -> operands -> lookup -> wire memory, ten
// cycles from `issue` to the result, which is readable six cycles after the issue of the layer's
// last gate. A mark travels with the gates. What this inference has not written before the layer
// reads as 0.
`default_nettype none

module gate_pipeline #(
    parameter K = 4,             // operands of a gate, 2 ... 6
    parameter LANES = 64,        // pictures
    parameter STORED_WIRING = 1, // 0: wiring is a function of a seed
    parameter INPUT_BITS = 9,    // log2 of inputs
    parameter GATE_BITS = 12,    // log2 of gates
    parameter TABLE_W = 9,       // bits of row addresses of the stores
    parameter WIRING_W = 10
) (
    input  wire                  clk,
    input  wire                  rst,

    // a gate a cycle
    input  wire                  issue,
    input  wire [15:0]           gate,
    input  wire                  exists,          // below GATES: the others give 0
    input  wire                  scored,
    input  wire                  mark,            // no gate: comes out in its turn

    // constant while gates of a layer are issued and for five cycles after
    input  wire [15:0]           inputs,
    input  wire [4:0]            wire_bits,
    input  wire [16:0]           written,         // wires written before this layer
    input  wire                  half,            // of the inputs

    // stores, read latency 3; fixed wiring comes a cycle earlier
    output wire                  store_re,
    output wire [TABLE_W-1:0]    table_row,
    input  wire [127:0]          table_data,
    output wire [WIRING_W-1:0]   wiring_row,
    input  wire [127:0]          wiring_data,
    input  wire [16*K-1:0]       fixed_wires,

    // inputs of the next batch
    input  wire                  input_we,
    input  wire                  input_half,
    input  wire [INPUT_BITS-1:0] input_wire,
    input  wire [LANES-1:0]      input_data,

    // results
    output wire                  result_scored,
    output wire                  result_mark,
    output wire [LANES-1:0]      result
);

    localparam TABLE_BITS = 1 << K;
    // code words of a gate's wiring (docs/lut-engine.md), of which a row has 4
    localparam WIRING_WORDS = (K == 2) ? 1 : (K <= 4) ? 2 : 4;
    localparam TABLE_PART = 128 / TABLE_BITS - 1;
    localparam WIRING_PART = 4 / WIRING_WORDS - 1;
    localparam STAGES = 10;

    // bit or field i: stage i + 1, counted in cycles from the issue
    reg [STAGES-1:0]    gate_q;
    reg [STAGES-1:0]    scored_q;
    reg [STAGES-1:0]    mark_q;
    reg [STAGES-1:0]    exists_q;
    reg [STAGES*16-1:0] number_q;

    always @(posedge clk) begin
        gate_q <= {gate_q[STAGES-2:0], issue};
        scored_q <= {scored_q[STAGES-2:0], issue && scored};
        mark_q <= {mark_q[STAGES-2:0], mark};
        exists_q <= {exists_q[STAGES-2:0], exists};
        number_q <= {number_q[(STAGES-1)*16-1:0], gate};
        if (rst) begin
            gate_q <= {STAGES{1'b0}};
            scored_q <= {STAGES{1'b0}};
            mark_q <= {STAGES{1'b0}};
        end
    end

    // 0: rows of the stores
    localparam TABLE_SHIFT = 7 - K;
    localparam WIRING_SHIFT = (K == 2) ? 2 : (K <= 4) ? 1 : 0;
    wire [15:0] table_place = gate >> TABLE_SHIFT;
    wire [15:0] wiring_place = gate >> WIRING_SHIFT;

    assign store_re = issue;
    assign table_row = table_place[TABLE_W-1:0];
    assign wiring_row = wiring_place[WIRING_W-1:0];

    // 3: the gate's part of the rows
    wire [31:0]           number_3 = {16'd0, number_q[47:32]};
    wire [127:0]          table_part = table_data >> (TABLE_BITS * (number_3 & TABLE_PART));
    wire [127:0]          wiring_part = wiring_data >> (32 * WIRING_WORDS * (number_3 & WIRING_PART));
    reg  [16*K-1:0]       fixed_q;
    wire [16*K-1:0]       wires = STORED_WIRING != 0 ? wiring_part[16*K-1:0] : fixed_q;
    reg  [15:0]           mask_q;
    reg  [16*K-1:0]       wires_q;
    reg  [TABLE_BITS-1:0] table_4_q;

    always @(posedge clk) begin
        fixed_q <= fixed_wires;
        mask_q <= STORED_WIRING != 0 ? ~(16'hffff << wire_bits) : 16'hffff;
        wires_q <= wires & {K{mask_q}};
        table_4_q <= exists_q[2] ? table_part[TABLE_BITS-1:0] : {TABLE_BITS{1'b0}};
    end

    // 4: where the operands are; 5, 6: read them; 7: zero in place of what was not written
    reg  [K-1:0]          is_input_q;
    reg  [K-1:0]          written_5_q;
    reg  [K-1:0]          written_6_q;
    reg  [K-1:0]          written_7_q;
    reg  [16*K-1:0]       index_q;
    wire [K*LANES-1:0]    read_data;
    reg  [K*LANES-1:0]    operands_q;
    reg  [TABLE_BITS-1:0] table_5_q;
    reg  [TABLE_BITS-1:0] table_6_q;
    reg  [TABLE_BITS-1:0] table_7_q;
    reg  [TABLE_BITS-1:0] table_8_q;

    genvar l;
    generate
        for (l = 0; l < K; l = l + 1) begin : g_operand
            wire [15:0] number = wires_q[16*l +: 16];
            wire        from_input = number < inputs;

            always @(posedge clk) begin
                is_input_q[l] <= from_input;
                written_5_q[l] <= {1'b0, number} < written;
                index_q[16*l +: 16] <= from_input ? number : number - inputs;
                operands_q[l*LANES +: LANES] <= read_data[l*LANES +: LANES] & {LANES{written_7_q[l]}};
            end
        end
    endgenerate

    always @(posedge clk) begin
        written_6_q <= written_5_q;
        written_7_q <= written_6_q;
        table_5_q <= table_4_q;
        table_6_q <= table_5_q;
        table_7_q <= table_6_q;
        table_8_q <= table_7_q;
    end

    wire_memory #(
        .K(K),
        .LANES(LANES),
        .INPUT_BITS(INPUT_BITS),
        .GATE_BITS(GATE_BITS)
    ) wire_memory (
        .clk(clk),
        .input_we(input_we),
        .input_half(input_half),
        .input_wire(input_wire),
        .input_data(input_data),
        .gate_we(gate_q[STAGES-1] && exists_q[STAGES-1]),
        .gate(number_q[(STAGES-1)*16 +: GATE_BITS]),
        .gate_data(result),
        .re(gate_q[4]),
        .half(half),
        .is_input(is_input_q),
        .index(index_q),
        .data(read_data)
    );

    // 8, 9: the table's entries at the operands
    lookup #(
        .K(K),
        .LANES(LANES)
    ) lookup (
        .clk(clk),
        .entries(table_8_q),
        .operands(operands_q),
        .result(result)
    );

    assign result_scored = scored_q[STAGES-1];
    assign result_mark = mark_q[STAGES-1];

    wire unused = &{1'b0, number_q, table_place, wiring_place, table_part, wiring_part, fixed_wires, wiring_data};

endmodule

`default_nettype wire
