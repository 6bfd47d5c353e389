// SPDX-License-Identifier: Apache-2.0
// The lut engine: runs the layer program over a range of pictures, a batch of LANES at once, and
// judges their scores. What every stored bit means stands in docs/lut-engine.md; nothing here may
// depend on anything but the stores and the pictures. `prepare` forgets what earlier runs did and
// fetches the first inputs; `start` may follow once `ready` is high. Configuration is constant from
// `prepare` to `done`, and `first` is a multiple of LANES.
`default_nettype none

module lut #(
    parameter K = 4,                 // operands of a gate, 2 ... 6
    parameter LANES = 64,            // pictures of a batch: 16, 32, 64 or 128
    parameter SERIAL = 0,            // 1: one gate at a time, its operands one after the other
    parameter STORE_PORTS = 2,       // as in lut_stores.v
    parameter HUGE_RAM = 0,          // with SERIAL, 1: wiring and outputs of gates in huge RAMs
    parameter TABLE_BANKS = 4,       // code words of a row of tables: 4; with SERIAL 1, or 2 for K = 6
    parameter WIRING_BANKS = 4,      // code words of a row of wiring: 4; with SERIAL 1
    parameter STORED_WIRING = 1,     // 0: wiring is a function of a seed
    parameter SWEEP_WORDS = 4,       // code words of the maintenance port
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store, as PROTECTION in code_word.v
    parameter CODE_W = 32,           // physical bits of the widest code word
    parameter INPUT_BITS = 9,        // log2 of inputs
    parameter GATE_BITS = 12,        // log2 of gates
    parameter TABLE_BITS = 11,       // log2 of code words in each store, at least 3
    parameter WIRING_BITS = 13,
    parameter PROGRAM_BITS = 9,
    parameter COUNT_BITS = 10,       // most bits of a score
    parameter CLASS_W = 8,           // most bits of a class or label
    parameter IMAGE_W = 128,         // bits of a row of the image port: 1, 2 or 4 wires
    parameter IMAGE_SPLIT = 0,       // log2 of such rows in a row of the image store
    parameter IMAGE_BITS = 11,       // log2 of such rows
    parameter SCORE_BITS = 9,        // log2 of score rows
    parameter RESULT_BITS = 9        // log2 of golden rows
) (
    input  wire                          clk,
    input  wire                          rst,

    // control
    input  wire                          prepare,
    output wire                          ready,
    input  wire                          start,
    input  wire [15:0]                   first,
    input  wire [15:0]                   count,
    output reg                           done,
    output reg                           hung,            // with `done`: the work limit ended the run
    output reg                           overrun,         // with `done`: the cycle limit ended the run

    // outcomes of the pictures judged
    output wire [15:0]                   answered,
    output wire [15:0]                   masked,
    output wire [15:0]                   tolerated,
    output wire [15:0]                   critical,
    output wire [15:0]                   correct,

    // configuration
    input  wire [15:0]                   image_rows,
    input  wire [15:0]                   score_rows,
    input  wire [15:0]                   score_count,
    input  wire [31:0]                   work_limit,
    input  wire [31:0]                   cycle_limit,
    input  wire [19:0]                   program_extent,
    input  wire [15:0]                   inputs,
    input  wire [15:0]                   gates,
    input  wire [4:0]                    wire_bits,
    input  wire [15:0]                   group,
    input  wire [4:0]                    score_bits,
    input  wire [4:0]                    class_bits,
    input  wire [31:0]                   wiring_seed,

    // image store, read latency 1
    output wire                          image_re,
    output wire [IMAGE_BITS-1:0]         image_row,
    input  wire [IMAGE_W-1:0]            image_data,

    // score store; golden results, read latency 1
    output wire                          score_we,
    output wire [SCORE_BITS-1:0]         score_row,
    output wire [LANES-1:0]              score_data,
    output wire                          golden_re,
    output wire [RESULT_BITS-1:0]        golden_row,
    input  wire [LANES-1:0]              golden_data,

    // maintenance port of the parameter stores
    input  wire                          s_valid,
    input  wire                          s_we,
    input  wire [2:0]                    s_store,
    input  wire [19:0]                   s_index,
    input  wire [SWEEP_WORDS-1:0]        s_mask,
    input  wire [SWEEP_WORDS*CODE_W-1:0] s_wdata,
    output wire                          s_ready,
    output wire                          s_prompt,
    output wire [SWEEP_WORDS*CODE_W-1:0] s_rdata,

    // code words that came corrected and uncorrectable out of each store since `prepare`
    output wire [4*32-1:0]               reads_corrected,
    output wire [4*32-1:0]               reads_uncorrectable
);

    localparam TABLE_W = TABLE_BITS - $clog2(TABLE_BANKS);
    localparam WIRING_W = WIRING_BITS - $clog2(WIRING_BANKS);
    localparam [15:0] MOST = LANES[15:0];

    localparam [7:0] OP_END = 8'd0;
    localparam [7:0] OP_GATES = 8'd1;
    localparam [7:0] OP_SCORED = 8'd2;

    localparam [3:0] S_IDLE = 4'd0;
    localparam [3:0] S_FIND = 4'd1;          // first rows of the first batch
    localparam [3:0] S_READY = 4'd2;
    localparam [3:0] S_BATCH = 4'd3;         // until its inputs are there
    localparam [3:0] S_FETCH = 4'd4;         // ask for an instruction,
    localparam [3:0] S_AWAIT = 4'd5;         // which takes three cycles, or one in a serial engine;
    localparam [3:0] S_ARRIVE = 4'd6;
    localparam [3:0] S_DECODE = 4'd7;        // what it is,
    localparam [3:0] S_COST = 4'd8;          // its cost,
    localparam [3:0] S_CHECK = 4'd9;         // whether that is within the limit
    localparam [3:0] S_LAYER = 4'd10;        // a gate a cycle, or in a number of cycles
    localparam [3:0] S_NEXT = 4'd11;
    localparam [3:0] S_JUDGE = 4'd12;        // until the last batch is judged

    reg [3:0]              state_q;
    reg [15:0]             image_base_q;
    reg [15:0]             score_base_q;
    reg [15:0]             golden_base_q;
    reg [15:0]             remaining_q;      // pictures of this batch and those after it; in S_FIND,
                                             // those before the first
    reg                    half_q;           // inputs being read
    reg                    unjudged_q;       // a batch is with the judge
    reg [31:0]             work_q;           // left before the inference hangs
    reg [31:0]             cycles_q;         // left
    reg                    over_cycles;
    reg [PROGRAM_BITS:0]   counter_q;        // instruction
    reg [7:0]              op_q;
    reg [32:0]             work_after_q;
    reg [15:0]             left_q;           // gates of the layer not issued
    reg [16:0]             gate_q;           // gates evaluated, up to 2^16
    reg [16:0]             from_q;           // first wire of the layer before
    reg [16:0]             written_q;        // wires before this layer

    wire [31:0] program_data;
    wire        gate_first;
    wire        gate_next;
    wire        scores_busy;
    wire        loading;
    wire        judged;

    wire        last_batch = remaining_q <= MOST;
    wire        in_batch = state_q == S_FETCH || state_q == S_AWAIT || state_q == S_ARRIVE || state_q == S_DECODE ||
                           state_q == S_COST || state_q == S_CHECK || state_q == S_LAYER;
    wire        is_end = op_q == OP_END;
    wire        is_scored = op_q == OP_SCORED;
    wire        is_layer = op_q == OP_GATES || is_scored;
    wire        too_much = work_after_q[32];
    wire        hangs = state_q == S_CHECK && too_much;

    // What a scored layer and the end of a batch are counted into belongs to the batch before until
    // that is judged.
    wire        must_wait = (is_end || is_scored) && (unjudged_q || scores_busy);
    wire        go = state_q == S_CHECK && !too_much && !over_cycles && !must_wait;
    wire        layer_start = go && is_layer;
    wire        batch_end = go && is_end;
    // A class must not be complete too soon after the one before (group_count.v): the gates of small
    // ones are two cycles apart.
    reg         small_q;
    reg  [1:0]  pause_q;
    reg         flush_q;           // what is under way, a cycle after `prepare`
    wire        issue = state_q == S_LAYER && pause_q == 2'd0;
    wire [16:0] evaluated = gate_q < {1'b0, gates} ? gate_q : {1'b0, gates};

    // The instruction that arrives, and its gates, each of which costs 1, as the instruction does.
    // What lies beyond the extent reads as 0, which is END.
    wire        exists = {{(19-PROGRAM_BITS){1'b0}}, counter_q} < program_extent;
    wire [7:0]  op = exists ? program_data[23:16] : OP_END;

    // The rows of the first batch are found a batch a cycle.
    wire        found = remaining_q < MOST;
    wire [15:0] golden_rows = score_rows + {10'd0, class_bits, 1'b0};

    // Nothing is read from the stores in this cycle.
    reg  rested_q;

    always @(posedge clk) rested_q <= state_q == S_IDLE || state_q == S_FIND || state_q == S_READY;

    wire load_first = state_q == S_FIND && found;
    wire load_next = state_q == S_BATCH && !loading && !last_batch;

    assign ready = state_q == S_READY;

    always @(posedge clk) begin
        done <= 1'b0;
        if (in_batch || state_q == S_JUDGE) begin
            cycles_q <= cycles_q - 32'd1;
            if (cycles_q == 32'd0) over_cycles <= 1'b1;
        end
        if (judged) unjudged_q <= 1'b0;
        flush_q <= rst || prepare;
        small_q <= SERIAL == 0 && group <= 16'd4;
        if (pause_q != 2'd0) pause_q <= pause_q - 2'd1;
        else if (issue && is_scored && small_q) pause_q <= 2'd2;

        case (state_q)
            S_IDLE: begin
            end
            S_FIND: begin
                remaining_q <= remaining_q - MOST;
                if (found) begin
                    state_q <= S_READY;
                end else begin
                    image_base_q <= image_base_q + image_rows;
                    score_base_q <= score_base_q + score_rows;
                    golden_base_q <= golden_base_q + golden_rows;
                end
            end
            S_READY: if (start) begin
                remaining_q <= count;
                state_q <= count == 16'd0 ? S_IDLE : S_BATCH;
                done <= count == 16'd0;
            end
            S_BATCH: begin
                work_q <= work_limit;
                cycles_q <= cycle_limit;
                over_cycles <= 1'b0;
                counter_q <= {(PROGRAM_BITS+1){1'b0}};
                gate_q <= 17'd0;
                from_q <= 17'd0;
                written_q <= 17'd0;
                if (!loading) state_q <= S_FETCH;
            end
            S_FETCH: state_q <= SERIAL != 0 ? S_DECODE : S_AWAIT;
            S_AWAIT: state_q <= S_ARRIVE;
            S_ARRIVE: state_q <= S_DECODE;
            S_DECODE: begin
                left_q <= program_data[15:0];
                op_q <= op;
                counter_q <= counter_q + 1'b1;
                state_q <= S_COST;
            end
            S_COST: begin
                work_after_q <= {1'b0, work_q} + ~{17'd0, is_layer ? left_q : 16'd0};
                state_q <= S_CHECK;
            end
            S_CHECK: if (go) begin
                work_q <= work_after_q[31:0];
                if (is_end) begin
                    state_q <= S_NEXT;
                end else if (is_layer) begin
                    from_q <= written_q;
                    written_q <= {1'b0, inputs} + evaluated;
                    state_q <= left_q == 16'd0 ? S_FETCH : S_LAYER;
                end else begin
                    state_q <= S_FETCH;
                end
            end
            S_LAYER: if (gate_next) begin
                left_q <= left_q - 16'd1;
                if (!gate_q[16]) gate_q <= gate_q + 17'd1;
                if (left_q == 16'd1) state_q <= S_FETCH;
            end
            S_NEXT: begin
                unjudged_q <= 1'b1;
                remaining_q <= remaining_q - MOST;
                half_q <= !half_q;
                state_q <= last_batch ? S_JUDGE : S_BATCH;
            end
            default: if (!unjudged_q || over_cycles) begin // S_JUDGE
                overrun <= overrun || unjudged_q;
                done <= 1'b1;
                state_q <= S_IDLE;
            end
        endcase

        if (hangs || (in_batch && over_cycles)) begin
            hung <= hangs;
            overrun <= !hangs;
            cycles_q <= cycle_limit;
            over_cycles <= 1'b0;
            state_q <= S_JUDGE;
        end

        if (prepare) begin
            state_q <= S_FIND;
            image_base_q <= 16'd0;
            score_base_q <= 16'd0;
            golden_base_q <= 16'd0;
            remaining_q <= first;
            half_q <= 1'b0;
            unjudged_q <= 1'b0;
            hung <= 1'b0;
            overrun <= 1'b0;
        end

        if (rst) begin
            state_q <= S_IDLE;
            pause_q <= 2'd0;
            half_q <= 1'b0;
            unjudged_q <= 1'b0;
            hung <= 1'b0;
            overrun <= 1'b0;
        end
    end

    // Inputs: the next batch's are fetched while this one is computed.
    wire                  input_we;
    wire                  input_half;
    wire [INPUT_BITS-1:0] input_wire;
    wire [LANES-1:0]      input_data;

    input_loader #(
        .LANES(LANES),
        .ROW_W(IMAGE_W),
        .SPLIT(IMAGE_SPLIT),
        .INPUT_BITS(INPUT_BITS),
        .IMAGE_BITS(IMAGE_BITS)
    ) input_loader (
        .clk(clk),
        .rst(rst || prepare),
        .rewind(load_first),
        .first_row(image_base_q),
        .start(load_first || load_next),
        .half(load_first ? half_q : !half_q),
        .inputs(inputs),
        .busy(loading),
        .image_re(image_re),
        .image_row(image_row),
        .image_data(image_data),
        .we(input_we),
        .we_half(input_half),
        .we_wire(input_wire),
        .we_data(input_data)
    );

    // Gates
    wire                store_re;
    wire [TABLE_W-1:0]  table_row;
    wire [32*TABLE_BANKS-1:0]  table_data;
    wire [WIRING_W-1:0] wiring_row;
    wire [32*WIRING_BANKS-1:0] wiring_data;
    wire [16*K-1:0]     fixed_wires;
    wire                result_scored;
    wire                result_mark;
    wire [LANES-1:0]    result;

    generate
        if (SERIAL != 0) begin : g_serial
            gate_serial #(
                .K(K),
                .LANES(LANES),
                .STORED_WIRING(STORED_WIRING),
                .INPUT_BITS(INPUT_BITS),
                .GATE_BITS(GATE_BITS),
                .HUGE_RAM(HUGE_RAM),
                .TABLE_W(TABLE_W),
                .WIRING_W(WIRING_W),
                .TABLE_BANKS(TABLE_BANKS)
            ) gate_serial (
                .clk(clk),
                .rst(flush_q),
                .issue(issue),
                .gate(gate_q[15:0]),
                .exists(gate_q < {1'b0, gates}),
                .scored(is_scored),
                .mark(batch_end),
                .hold(is_scored && scores_busy),
                .first(gate_first),
                .next(gate_next),
                .inputs(inputs),
                .wire_bits(wire_bits),
                .written(written_q),
                .half(half_q),
                .store_re(store_re),
                .table_row(table_row),
                .table_data(table_data),
                .wiring_row(wiring_row),
                .wiring_data(wiring_data),
                .fixed_wires(fixed_wires),
                .input_we(input_we),
                .input_half(input_half),
                .input_wire(input_wire),
                .input_data(input_data),
                .result_scored(result_scored),
                .result_mark(result_mark),
                .result(result)
            );
        end else begin : g_pipeline
            gate_pipeline #(
                .K(K),
                .LANES(LANES),
                .STORED_WIRING(STORED_WIRING),
                .INPUT_BITS(INPUT_BITS),
                .GATE_BITS(GATE_BITS),
                .TABLE_W(TABLE_W),
                .WIRING_W(WIRING_W)
            ) gate_pipeline (
                .clk(clk),
                .rst(flush_q),
                .issue(issue),
                .gate(gate_q[15:0]),
                .exists(gate_q < {1'b0, gates}),
                .scored(is_scored),
                .mark(batch_end),
                .inputs(inputs),
                .wire_bits(wire_bits),
                .written(written_q),
                .half(half_q),
                .store_re(store_re),
                .table_row(table_row),
                .table_data(table_data),
                .wiring_row(wiring_row),
                .wiring_data(wiring_data),
                .fixed_wires(fixed_wires),
                .input_we(input_we),
                .input_half(input_half),
                .input_wire(input_wire),
                .input_data(input_data),
                .result_scored(result_scored),
                .result_mark(result_mark),
                .result(result)
            );

            assign gate_first = issue;
            assign gate_next = issue;
        end
    endgenerate

    generate
        if (STORED_WIRING != 0) begin : g_stored
            assign fixed_wires = {(16*K){1'b0}};

            wire unused = &{1'b0, wiring_seed, from_q, layer_start, gate_first};
        end else begin : g_fixed
            fixed_wiring #(
                .K(K)
            ) fixed_wiring (
                .clk(clk),
                .seed(wiring_seed),
                .rewind(state_q == S_BATCH),
                .layer(layer_start),
                .from(from_q),
                .count(written_q - from_q),
                .step(gate_first),
                .wires(fixed_wires)
            );
        end
    endgenerate

    lut_stores #(
        .SWEEP_WORDS(SWEEP_WORDS),
        .PROTECTIONS(PROTECTIONS),
        .CODE_W(CODE_W),
        .STORED_WIRING(STORED_WIRING),
        .TABLE_BANKS(TABLE_BANKS),
        .WIRING_BANKS(WIRING_BANKS),
        .TABLE_W(TABLE_W),
        .WIRING_W(WIRING_W),
        .PROGRAM_W(PROGRAM_BITS),
        .LATENCY(SERIAL != 0 ? 1 : 3),
        .STORE_PORTS(STORE_PORTS),
        .HUGE_RAM(HUGE_RAM)
    ) stores (
        .clk(clk),
        .rst(rst),
        .clear(prepare),
        .quiet(rested_q),
        .gate_re(store_re),
        .table_row(table_row),
        .table_data(table_data),
        .wiring_row(wiring_row),
        .wiring_data(wiring_data),
        .program_re(state_q == S_FETCH),
        .program_word(counter_q[PROGRAM_BITS-1:0]),
        .program_data(program_data),
        .s_valid(s_valid),
        .s_we(s_we),
        .s_store(s_store),
        .s_index(s_index),
        .s_mask(s_mask),
        .s_wdata(s_wdata),
        .s_ready(s_ready),
        .s_prompt(s_prompt),
        .s_rdata(s_rdata),
        .reads_corrected(reads_corrected),
        .reads_uncorrectable(reads_uncorrectable)
    );

    // Scores and outcomes
    generate
        if (SERIAL != 0) begin : g_tally
            tally #(
                .LANES(LANES),
                .SCORE_BITS(SCORE_BITS),
                .RESULT_BITS(RESULT_BITS)
            ) tally (
                .clk(clk),
                .rst(flush_q),
                .start(start),
                .first_score_row(score_base_q),
                .first_golden_row(golden_base_q),
                .count(count),
                .group(group),
                .classes(score_count),
                .score_bits(score_bits),
                .class_bits(class_bits),
                .valid(result_scored),
                .ones(result),
                .finish(result_mark),
                .busy(scores_busy),
                .judged(judged),
                .score_we(score_we),
                .score_row(score_row),
                .score_data(score_data),
                .golden_re(golden_re),
                .golden_row(golden_row),
                .golden_data(golden_data),
                .answered(answered),
                .masked(masked),
                .tolerated(tolerated),
                .critical(critical),
                .correct(correct)
            );
        end else begin : g_judge
            wire                        class_ready;
            wire [15:0]                 class_number;
            wire [COUNT_BITS*LANES-1:0] class_score;
            wire                        classes_finished;

            group_count #(
                .LANES(LANES),
                .COUNT_BITS(COUNT_BITS)
            ) group_count (
                .clk(clk),
                .rst(flush_q),
                .group(group),
                .score_bits(score_bits),
                .classes(score_count),
                .valid(result_scored),
                .ones(result),
                .finish(result_mark),
                .ready(class_ready),
                .number(class_number),
                .score(class_score),
                .finished(classes_finished)
            );

            judge #(
                .LANES(LANES),
                .COUNT_BITS(COUNT_BITS),
                .CLASS_W(CLASS_W),
                .SCORE_BITS(SCORE_BITS),
                .RESULT_BITS(RESULT_BITS)
            ) judge (
                .clk(clk),
                .rst(flush_q),
                .start(start),
                .first_score_row(score_base_q),
                .first_golden_row(golden_base_q),
                .count(count),
                .score_bits(score_bits),
                .class_bits(class_bits),
                .ready(class_ready),
                .number(class_number),
                .score(class_score),
                .finished(classes_finished),
                .judged(judged),
                .score_we(score_we),
                .score_row(score_row),
                .score_data(score_data),
                .golden_re(golden_re),
                .golden_row(golden_row),
                .golden_data(golden_data),
                .answered(answered),
                .masked(masked),
                .tolerated(tolerated),
                .critical(critical),
                .correct(correct)
            );

            assign scores_busy = 1'b0;
        end
    endgenerate

    wire unused = &{1'b0, program_data[31:24]};

endmodule

`default_nettype wire
