// SPDX-License-Identifier: Apache-2.0
// Bench of rtl/engine/lut: its modules once, side by side, their ports prefixed and in the hands of the
// test. 16 inputs, 32 gates, 5 bits of a score, 4 of a class.
`default_nettype none

module bench #(
    parameter K = 4,
    parameter LANES = 64,
    parameter STORED_WIRING = 1
) (
    input  wire                 clk,
    input  wire                 rst,

    // geometry, for the test to read
    output wire [3:0]           geometry_k,
    output wire [7:0]           geometry_lanes,
    output wire                 geometry_stored,

    // lookup
    input  wire [(1<<K)-1:0]    lookup_entries,
    input  wire [K*LANES-1:0]   lookup_operands,
    output wire [LANES-1:0]     lookup_result,

    // select_word of one, two and three selects
    input  wire [8*LANES-1:0]   select_words,
    input  wire [3*LANES-1:0]   select_selects,
    output wire [LANES-1:0]     select_chosen_1,
    output wire [LANES-1:0]     select_chosen_2,
    output wire [LANES-1:0]     select_chosen_3,

    // select_word of one-bit words, one, two and three selects
    input  wire [7:0]           entry_words,
    input  wire [3*LANES-1:0]   entry_selects,
    output wire [LANES-1:0]     entry_chosen_1,
    output wire [LANES-1:0]     entry_chosen_2,
    output wire [LANES-1:0]     entry_chosen_3,

    // fixed_wiring
    input  wire [31:0]          fixed_seed,
    input  wire                 fixed_rewind,
    input  wire                 fixed_layer,
    input  wire [16:0]          fixed_from,
    input  wire [16:0]          fixed_count,
    input  wire                 fixed_step,
    output wire [16*K-1:0]      fixed_wires,

    // input_loader, 64 image rows
    input  wire                 loader_rewind,
    input  wire [15:0]          loader_first_row,
    input  wire                 loader_start,
    input  wire                 loader_half,
    input  wire [15:0]          loader_inputs,
    input  wire                 loader_rst,
    output wire                 loader_busy,
    output wire                 loader_image_re,
    output wire [5:0]           loader_image_row,
    input  wire [127:0]         loader_image_data,
    output wire                 loader_we,
    output wire                 loader_we_half,
    output wire [3:0]           loader_we_wire,
    output wire [LANES-1:0]     loader_we_data,

    // wire_memory
    input  wire                 memory_input_we,
    input  wire                 memory_input_half,
    input  wire [3:0]           memory_input_wire,
    input  wire [LANES-1:0]     memory_input_data,
    input  wire                 memory_gate_we,
    input  wire [4:0]           memory_gate,
    input  wire [LANES-1:0]     memory_gate_data,
    input  wire                 memory_re,
    input  wire                 memory_half,
    input  wire [K-1:0]         memory_is_input,
    input  wire [16*K-1:0]      memory_index,
    output wire [K*LANES-1:0]   memory_data,

    // gate_pipeline, 32 rows in each store
    input  wire                 pipe_rst,
    input  wire                 pipe_issue,
    input  wire [15:0]          pipe_gate,
    input  wire                 pipe_exists,
    input  wire                 pipe_scored,
    input  wire                 pipe_mark,
    input  wire [15:0]          pipe_inputs,
    input  wire [4:0]           pipe_wire_bits,
    input  wire [16:0]          pipe_written,
    input  wire                 pipe_half,
    output wire                 pipe_store_re,
    output wire [4:0]           pipe_table_row,
    input  wire [127:0]         pipe_table_data,
    output wire [4:0]           pipe_wiring_row,
    input  wire [127:0]         pipe_wiring_data,
    input  wire [16*K-1:0]      pipe_fixed_wires,
    input  wire                 pipe_input_we,
    input  wire                 pipe_input_half,
    input  wire [3:0]           pipe_input_wire,
    input  wire [LANES-1:0]     pipe_input_data,
    output wire                 pipe_result_scored,
    output wire                 pipe_result_mark,
    output wire [LANES-1:0]     pipe_result,

    // group_count
    input  wire                 count_rst,
    input  wire [15:0]          count_group,
    input  wire [4:0]           count_score_bits,
    input  wire [15:0]          count_classes,
    input  wire                 count_valid,
    input  wire [LANES-1:0]     count_ones,
    input  wire                 count_finish,
    output wire                 count_ready,
    output wire [15:0]          count_number,
    output wire [5*LANES-1:0]   count_score,
    output wire                 count_finished,

    // judge, 128 rows of scores and of golden results
    input  wire                 judge_rst,
    input  wire                 judge_start,
    input  wire [15:0]          judge_first_score_row,
    input  wire [15:0]          judge_first_golden_row,
    input  wire [15:0]          judge_count,
    input  wire [4:0]           judge_score_bits,
    input  wire [4:0]           judge_class_bits,
    input  wire                 judge_ready,
    input  wire [15:0]          judge_number,
    input  wire [5*LANES-1:0]   judge_score,
    input  wire                 judge_finished,
    output wire                 judge_judged,
    output wire                 judge_score_we,
    output wire [6:0]           judge_score_row,
    output wire [LANES-1:0]     judge_score_data,
    output wire                 judge_golden_re,
    output wire [6:0]           judge_golden_row,
    input  wire [LANES-1:0]     judge_golden_data,
    output wire [15:0]          judge_answered,
    output wire [15:0]          judge_masked,
    output wire [15:0]          judge_tolerated,
    output wire [15:0]          judge_critical,
    output wire [15:0]          judge_correct
);

    assign geometry_k = K;
    assign geometry_lanes = LANES;
    assign geometry_stored = STORED_WIRING != 0;

    lookup #(.K(K), .LANES(LANES)) lookup (
        .clk(clk),
        .entries(lookup_entries), .operands(lookup_operands), .result(lookup_result)
    );

    select_word #(.SELECTS(1), .WIDTH(LANES)) select_1 (
        .words(select_words[2*LANES-1:0]), .selects(select_selects[LANES-1:0]),
        .chosen(select_chosen_1)
    );
    select_word #(.SELECTS(2), .WIDTH(LANES)) select_2 (
        .words(select_words[4*LANES-1:0]), .selects(select_selects[2*LANES-1:0]),
        .chosen(select_chosen_2)
    );
    select_word #(.SELECTS(3), .WIDTH(LANES)) select_3 (
        .words(select_words), .selects(select_selects), .chosen(select_chosen_3)
    );

    select_word #(.SELECTS(1), .WIDTH(LANES), .WORD_W(1)) entry_1 (
        .words(entry_words[1:0]), .selects(entry_selects[LANES-1:0]), .chosen(entry_chosen_1)
    );
    select_word #(.SELECTS(2), .WIDTH(LANES), .WORD_W(1)) entry_2 (
        .words(entry_words[3:0]), .selects(entry_selects[2*LANES-1:0]),
        .chosen(entry_chosen_2)
    );
    select_word #(.SELECTS(3), .WIDTH(LANES), .WORD_W(1)) entry_3 (
        .words(entry_words), .selects(entry_selects), .chosen(entry_chosen_3)
    );

    fixed_wiring #(.K(K)) fixed_wiring (
        .clk(clk),
        .seed(fixed_seed), .rewind(fixed_rewind), .layer(fixed_layer),
        .from(fixed_from), .count(fixed_count), .step(fixed_step), .wires(fixed_wires)
    );

    input_loader #(.LANES(LANES), .INPUT_BITS(4), .IMAGE_BITS(6)) input_loader (
        .clk(clk), .rst(rst || loader_rst),
        .rewind(loader_rewind), .first_row(loader_first_row), .start(loader_start),
        .half(loader_half), .inputs(loader_inputs), .busy(loader_busy),
        .image_re(loader_image_re), .image_row(loader_image_row), .image_data(loader_image_data),
        .we(loader_we), .we_half(loader_we_half), .we_wire(loader_we_wire), .we_data(loader_we_data)
    );

    wire_memory #(.K(K), .LANES(LANES), .INPUT_BITS(4), .GATE_BITS(5)) wire_memory (
        .clk(clk),
        .input_we(memory_input_we), .input_half(memory_input_half), .input_wire(memory_input_wire),
        .input_data(memory_input_data),
        .gate_we(memory_gate_we), .gate(memory_gate), .gate_data(memory_gate_data),
        .re(memory_re), .half(memory_half), .is_input(memory_is_input), .index(memory_index),
        .data(memory_data)
    );

    gate_pipeline #(
        .K(K), .LANES(LANES), .STORED_WIRING(STORED_WIRING), .INPUT_BITS(4), .GATE_BITS(5),
        .TABLE_W(5), .WIRING_W(5)
    ) gate_pipeline (
        .clk(clk), .rst(rst || pipe_rst),
        .issue(pipe_issue), .gate(pipe_gate), .exists(pipe_exists), .scored(pipe_scored),
        .mark(pipe_mark), .inputs(pipe_inputs), .wire_bits(pipe_wire_bits),
        .written(pipe_written), .half(pipe_half), .store_re(pipe_store_re),
        .table_row(pipe_table_row), .table_data(pipe_table_data),
        .wiring_row(pipe_wiring_row), .wiring_data(pipe_wiring_data),
        .fixed_wires(pipe_fixed_wires),
        .input_we(pipe_input_we), .input_half(pipe_input_half), .input_wire(pipe_input_wire),
        .input_data(pipe_input_data),
        .result_scored(pipe_result_scored), .result_mark(pipe_result_mark), .result(pipe_result)
    );

    group_count #(.LANES(LANES), .COUNT_BITS(5)) group_count (
        .clk(clk), .rst(rst || count_rst),
        .group(count_group), .score_bits(count_score_bits), .classes(count_classes),
        .valid(count_valid), .ones(count_ones), .finish(count_finish),
        .ready(count_ready), .number(count_number), .score(count_score),
        .finished(count_finished)
    );

    judge #(
        .LANES(LANES), .COUNT_BITS(5), .CLASS_W(4), .SCORE_BITS(7), .RESULT_BITS(7)
    ) judge (
        .clk(clk), .rst(rst || judge_rst),
        .start(judge_start), .first_score_row(judge_first_score_row),
        .first_golden_row(judge_first_golden_row), .count(judge_count),
        .score_bits(judge_score_bits), .class_bits(judge_class_bits),
        .ready(judge_ready), .number(judge_number), .score(judge_score),
        .finished(judge_finished), .judged(judge_judged),
        .score_we(judge_score_we), .score_row(judge_score_row), .score_data(judge_score_data),
        .golden_re(judge_golden_re), .golden_row(judge_golden_row),
        .golden_data(judge_golden_data), .answered(judge_answered), .masked(judge_masked),
        .tolerated(judge_tolerated), .critical(judge_critical), .correct(judge_correct)
    );

endmodule

`default_nettype wire
