// SPDX-License-Identifier: Apache-2.0
// Bench of rtl/engine/mac, rtl/trial, rtl/bus and the memories they use: every module once, side by
// side, its ports prefixed and in the hands of the test. Only the bus slaves share something: one
// Wishbone port, of which `bus_select` says whom it speaks to.
`default_nettype none

module bench #(
    parameter OC_LANES = 8,
    parameter IC_LANES = 8,
    parameter REQUANT_LANES = 2,
    parameter WITH_MAC = 1          // 0: no instance of mac, which alone is as slow as all the rest
) (
    input  wire         clk,
    input  wire         rst,

    // geometry, for the test to read
    output wire [7:0]   oc_lanes,
    output wire [7:0]   ic_lanes,
    output wire [7:0]   requant_lanes,

    // requantise
    input  wire         rq_single,
    input  wire [7:0]   rq_zero_point,
    input  wire [7:0]   rq_minimum,
    input  wire [7:0]   rq_maximum,
    input  wire [31:0]  rq_accumulator,
    input  wire [31:0]  rq_bias,
    input  wire [31:0]  rq_multiplier,
    input  wire [5:0]   rq_shift,
    output wire [7:0]   rq_value,

    // mac_lane of 16 inputs, array of OC_LANES x IC_LANES
    input  wire [143:0] lane_inputs,
    input  wire [127:0] lane_weights,
    input  wire         lane_weights_ok,
    input  wire         lane_accumulate,
    input  wire         lane_restart,
    output wire [31:0]  lane_accumulator,
    input  wire [9*IC_LANES-1:0]          array_inputs,
    input  wire [8*IC_LANES*OC_LANES-1:0] array_weights,
    input  wire                           array_weights_ok,
    input  wire                           array_accumulate,
    input  wire                           array_restart,
    output wire [32*OC_LANES-1:0]         array_accumulators,

    // loop_nest
    input  wire         nest_start,
    input  wire [15:0]  nest_n_in,
    input  wire [15:0]  nest_n_out,
    input  wire [15:0]  nest_weight_block,
    input  wire [4:0]   nest_pictures,
    input  wire [15:0]  nest_image_base,
    input  wire [15:0]  nest_image_rows,
    input  wire [15:0]  nest_score_base,
    input  wire [15:0]  nest_score_rows,
    output wire         nest_busy,
    output wire         nest_work,
    output wire         nest_valid,
    output wire         nest_first,
    output wire         nest_last,
    output wire         nest_last_tile,
    output wire         nest_final,
    output wire [3:0]   nest_slot,
    output wire [15:0]  nest_step_image_base,
    output wire [15:0]  nest_step_score_base,
    output wire [16:0]  nest_input,
    output wire [16:0]  nest_output,
    output wire [25:0]  nest_block,

    // fetch, 8 instructions
    input  wire         fetch_rewind,
    input  wire         fetch_start,
    input  wire [19:0]  fetch_extent,
    output wire         fetch_valid,
    output wire         fetch_store_re,
    output wire [5:0]   fetch_store_word,
    input  wire [31:0]  fetch_store_data,
    output wire         fetch_op_end,
    output wire         fetch_op_dense,
    output wire         fetch_single,
    output wire [1:0]   fetch_src,
    output wire [1:0]   fetch_dst,
    output wire [15:0]  fetch_n_in,
    output wire [15:0]  fetch_n_out,
    output wire [15:0]  fetch_src_row,
    output wire [15:0]  fetch_dst_row,
    output wire [15:0]  fetch_weight_block,
    output wire [15:0]  fetch_channel_block,
    output wire [7:0]   fetch_input_zero_point,
    output wire [7:0]   fetch_output_zero_point,
    output wire [7:0]   fetch_activation_min,
    output wire [7:0]   fetch_activation_max,

    // operands: 512 activation rows, 64 image rows, 32 weight blocks
    input  wire [1:0]   operands_src,
    input  wire         operands_src_blank,
    input  wire [15:0]  operands_n_in,
    input  wire [15:0]  operands_src_row,
    input  wire [7:0]   operands_input_zero_point,
    input  wire [15:0]  operands_image_rows,
    input  wire [4:0]   operands_row_bits,
    input  wire [19:0]  operands_weight_extent,
    input  wire         operands_step_valid,
    input  wire [3:0]   operands_step_slot,
    input  wire [15:0]  operands_step_image_base,
    input  wire [16:0]  operands_step_input,
    input  wire [3:0]   operands_step_output,
    input  wire [25:0]  operands_step_block,
    output wire         operands_memory_re,
    output wire         operands_weight_re,
    output wire [5:0]   operands_image_row,
    input  wire [127:0] operands_image_data,
    output wire [8:0]   operands_activation_row,
    input  wire [128:0] operands_activation_data,   // on top whether it is current: said a cycle later
    output wire [5+6-$clog2(OC_LANES*((IC_LANES > 4) ? IC_LANES / 4 : 1))-1:0]
                        operands_weight_row,
    input  wire [32*OC_LANES*((IC_LANES > 4) ? IC_LANES / 4 : 1)-1:0]
                        operands_weight_data,
    output wire         operands_weights_ok,
    output wire [9*IC_LANES-1:0] operands_inputs,
    output wire [8*IC_LANES*OC_LANES-1:0] operands_weights,

    // drain: 512 activation rows, 64 score rows, 256 rows of bias and requant
    input  wire         drain_single,
    input  wire [1:0]   drain_dst,
    input  wire [15:0]  drain_n_out,
    input  wire [15:0]  drain_dst_row,
    input  wire [15:0]  drain_channel_block,
    input  wire [7:0]   drain_output_zero_point,
    input  wire [7:0]   drain_activation_min,
    input  wire [7:0]   drain_activation_max,
    input  wire [4:0]   drain_row_bits,
    input  wire [15:0]  drain_score_rows,
    input  wire [19:0]  drain_bias_extent,
    input  wire [19:0]  drain_requant_extent,
    input  wire         drain_tile_valid,
    input  wire         drain_tile_last,
    input  wire         drain_tile_final,
    input  wire [3:0]   drain_tile_slot,
    input  wire [15:0]  drain_tile_score_base,
    input  wire [16:0]  drain_tile_output,
    input  wire [32*OC_LANES-1:0] drain_accumulators,
    output wire         drain_store_re,
    output wire [7:0]   drain_bias_row,
    input  wire [32*REQUANT_LANES-1:0] drain_bias_data,
    output wire [7:0]   drain_requant_row,
    input  wire [64*REQUANT_LANES-1:0] drain_requant_data,
    output wire         drain_activation_we,
    output wire [8:0]   drain_activation_row,
    output wire         drain_score_we,
    output wire [5:0]   drain_score_row,
    output wire [127:0] drain_row_data,
    output wire         drain_layer_done,

    // mac: two pictures in flight, three buffers of 8 rows each, 64 image and score rows; stores of
    // 2048, 128, 256 and 64 code words
    input  wire         mac_prepare,
    output wire         mac_ready,
    input  wire         mac_start,
    input  wire [15:0]  mac_first,
    input  wire [15:0]  mac_count,
    output wire         mac_done,
    output wire         mac_hung,
    output wire         mac_overrun,
    output wire [15:0]  mac_answered,
    output wire [15:0]  mac_score_base,
    input  wire [15:0]  mac_image_rows,
    input  wire [15:0]  mac_score_rows,
    input  wire [4:0]   mac_row_bits,
    input  wire [31:0]  mac_work_limit,
    input  wire [31:0]  mac_cycle_limit,
    input  wire [79:0]  mac_extents,
    output wire         mac_image_re,
    output wire [5:0]   mac_image_row,
    input  wire [127:0] mac_image_data,
    output wire         mac_score_we,
    output wire [5:0]   mac_score_row,
    output wire [127:0] mac_score_data,
    input  wire         mac_store_valid,
    input  wire         mac_store_we,
    input  wire [2:0]   mac_store_store,
    input  wire [19:0]  mac_store_index,
    input  wire [3:0]   mac_store_mask,
    input  wire [127:0] mac_store_wdata,
    output wire         mac_store_ready,
    output wire         mac_store_prompt,
    output wire [127:0] mac_store_rdata,

    // score_compare: 64 score rows, 32 pictures
    input  wire         compare_start,
    input  wire [15:0]  compare_first,
    input  wire [15:0]  compare_score_base,
    input  wire [15:0]  compare_score_rows,
    input  wire [15:0]  compare_score_count,
    input  wire [15:0]  compare_answered,
    output wire         compare_idle,
    output wire         compare_score_re,
    output wire [5:0]   compare_score_row,
    input  wire [127:0] compare_score_data,
    output wire         compare_golden_re,
    output wire [4:0]   compare_golden_index,
    input  wire [31:0]  compare_golden_digest,
    input  wire [15:0]  compare_golden_class,
    input  wire [15:0]  compare_golden_label,
    output wire [15:0]  compare_masked,
    output wire [15:0]  compare_tolerated,
    output wire [15:0]  compare_critical,
    output wire [15:0]  compare_correct,

    // epoch_ram of 16 words and 3 epochs, ram_1w1r of 12 words
    input  wire         epoch_clear,
    output wire         epoch_clearing,
    input  wire [1:0]   epoch_epoch,
    input  wire         epoch_we,
    input  wire [3:0]   epoch_waddr,
    input  wire [15:0]  epoch_wdata,
    input  wire         epoch_re,
    input  wire [3:0]   epoch_raddr,
    output wire [15:0]  epoch_rdata,
    output wire         epoch_current,
    output wire [15:0]  epoch_raw,
    input  wire         ram_we,
    input  wire [3:0]   ram_waddr,
    input  wire [15:0]  ram_wdata,
    input  wire         ram_re,
    input  wire [3:0]   ram_raddr,
    output wire [15:0]  ram_rdata,

    // the bus: 0 registers, 1 shared_ram (8 rows of 4 words), 2 shared_ram (8 rows of 1 word),
    // 3 score_store, 4 record_ring, 5 ram_window, 6 store_window (data), 7 store_window (raw)
    input  wire [2:0]   bus_select,
    input  wire         bus_cyc,
    input  wire         bus_stb,
    input  wire         bus_we,
    input  wire [23:0]  bus_adr,
    input  wire [31:0]  bus_dat_w,
    output wire [31:0]  bus_dat_r,
    output wire         bus_ack,
    output wire         bus_err,
    output wire [7:0]   bus_answers,     // of every slave: acknowledges or refuses
    input  wire         locked,

    // registers
    output wire [159:0] reg_extents,
    output wire [15:0]  reg_image_rows,
    output wire [15:0]  reg_score_rows,
    output wire [15:0]  reg_score_count,
    output wire [4:0]   reg_row_bits,
    output wire [31:0]  reg_work_limit,
    output wire [31:0]  reg_cycle_limit,
    output wire [15:0]  reg_image_first,
    output wire [15:0]  reg_image_count,
    output wire [63:0]  reg_seed,
    output wire [32:0]  reg_threshold,
    output wire [7:0]   reg_store_mask,
    output wire [15:0]  reg_flip_count,
    output wire [31:0]  reg_trials,
    output wire [31:0]  reg_golden_digest,
    output wire [31:0]  reg_inject,
    output wire [31:0]  reg_cursor,
    output wire [15:0]  reg_inputs,
    output wire [15:0]  reg_gates,
    output wire [4:0]   reg_wire_bits,
    output wire [15:0]  reg_group,
    output wire [4:0]   reg_score_bits,
    output wire [4:0]   reg_class_bits,
    output wire [31:0]  reg_wiring_seed,
    output wire [9:0]   reg_pattern,
    output wire [9:0]   reg_scrub,
    output wire [47:0]  reg_scrub_interval,
    output wire [47:0]  reg_period,
    output wire [31:0]  reg_site_mask,
    output wire [15:0]  reg_window,
    input  wire [5:0]   reg_digit,
    output wire [31:0]  reg_digit_threshold,
    input  wire [31:0]  reg_upset_head,
    output wire [31:0]  reg_upset_tail,
    input  wire [31:0]  reg_upsets_lost,
    input  wire [31:0]  reg_scrub_words,
    input  wire [31:0]  reg_scrub_corrected,
    input  wire [31:0]  reg_scrub_uncorrectable,
    input  wire [31:0]  reg_scrub_first,
    output wire         reg_command_valid,
    output wire [31:0]  reg_command,
    input  wire         reg_busy,
    input  wire         reg_in_trials,
    input  wire         reg_stopped,
    input  wire [7:0]   reg_result,
    input  wire [31:0]  reg_record_head,
    output wire [31:0]  reg_record_tail,
    input  wire [31:0]  reg_digest,
    input  wire [31:0]  reg_flips,
    input  wire [31:0]  reg_flip_refused,
    input  wire [31:0]  reg_cycles,
    input  wire [15:0]  reg_answered,
    input  wire [15:0]  reg_masked,
    input  wire [15:0]  reg_tolerated,
    input  wire [15:0]  reg_critical,
    input  wire [15:0]  reg_correct,
    input  wire [23:0]  reg_line_step,
    output wire         reg_line_step_valid,
    output wire [23:0]  reg_line_step_wanted,
    input  wire [31:0]  reg_frames_bad,
    input  wire [31:0]  reg_frames_dropped,
    input  wire [31:0]  reg_cycles_sweep,
    input  wire [31:0]  reg_cycles_digest,
    input  wire [31:0]  reg_cycles_run,
    input  wire [31:0]  reg_cycles_undo,
    input  wire [31:0]  reg_cycles_waited,
    input  wire [31:0]  reg_words_corrected,
    input  wire [31:0]  reg_words_uncorrectable,
    input  wire [31:0]  reg_first_uncorrectable,
    input  wire [127:0] reg_read_corrected,
    input  wire [127:0] reg_read_uncorrectable,

    // row ports of the shared memories
    input  wire         quad_re,
    input  wire [2:0]   quad_row,
    output wire [127:0] quad_data,
    input  wire         mono_re,
    input  wire [2:0]   mono_row,
    output wire [31:0]  mono_data,

    // score_store of 8 rows
    input  wire         scores_clear,
    output wire         scores_clearing,
    input  wire         scores_we,
    input  wire [2:0]   scores_wrow,
    input  wire [127:0] scores_wdata,
    input  wire         scores_re,
    input  wire [2:0]   scores_row,
    output wire [127:0] scores_data,

    // record_ring of 4 records
    input  wire         ring_we,
    input  wire [1:0]   ring_record,
    input  wire [2:0]   ring_part,
    input  wire [31:0]  ring_data,

    // ram_window of 32 words
    output wire         window_re,
    output wire         window_we,
    output wire [4:0]   window_word,
    input  wire [31:0]  window_rdata,

    // store_window: stores of 40, 16, 1 and 2^19 code words
    output wire         store_valid,
    output wire         store_lock,
    output wire         store_we,
    output wire [2:0]   store_store,
    output wire [19:0]  store_word,
    output wire [31:0]  store_wdata,
    input  wire         store_ready,
    input  wire         store_rvalid,
    input  wire [31:0]  store_rdata,

    // decoder
    input  wire         dec_cyc,
    input  wire         dec_stb,
    input  wire         dec_we,
    input  wire [27:0]  dec_adr,
    input  wire [31:0]  dec_dat_w,
    output wire [31:0]  dec_dat_r,
    output wire         dec_ack,
    output wire         dec_err,
    output wire [15:0]  dec_slave_stb,
    output wire         dec_slave_we,
    output wire [23:0]  dec_slave_adr,
    output wire [31:0]  dec_slave_wdata,
    input  wire [15:0]  dec_slave_ack,
    input  wire [15:0]  dec_slave_err,
    input  wire [511:0] dec_slave_rdata,

    // sequencer, a ring of 4 records
    input  wire         seq_command_valid,
    input  wire [31:0]  seq_command,
    output wire         seq_busy,
    output wire         seq_in_trials,
    output wire         seq_waiting,
    output wire         seq_stopped,
    output wire [7:0]   seq_result,
    input  wire [31:0]  seq_trials,
    input  wire [31:0]  seq_inject,
    input  wire [63:0]  seq_seed_first,
    input  wire [31:0]  seq_cursor_first,
    input  wire [7:0]   seq_store_mask,
    input  wire [159:0] seq_extents,
    input  wire [31:0]  seq_golden_digest,
    output wire         seq_sweep_start,
    output wire [63:0]  seq_sweep_seed,
    input  wire         seq_sweep_done,
    input  wire [31:0]  seq_sweep_flips,
    output wire         seq_flip_start,
    output wire         seq_flip_one,
    output wire         seq_flip_set,
    output wire [31:0]  seq_flip_from,
    input  wire [31:0]  seq_flip_next,
    input  wire         seq_flip_done,
    input  wire [31:0]  seq_flip_flips,
    output wire         seq_digest_start,
    output wire [7:0]   seq_digest_stores,
    input  wire         seq_digest_done,
    input  wire [31:0]  seq_digest_value,
    input  wire [31:0]  seq_digest_events,
    input  wire         seq_any_cycle,
    input  wire [15:0]  seq_image_first,
    input  wire [15:0]  seq_image_count,
    input  wire [15:0]  seq_window,
    output wire [15:0]  seq_run_first,
    output wire         seq_log_clear,
    output wire         seq_slice_start,
    output wire         seq_slice_first,
    output wire         seq_round_start,
    output wire         seq_stop,
    input  wire         seq_slice_done,
    input  wire         seq_slice_waiting,
    input  wire [31:0]  seq_slice_flips,
    output wire         seq_run_prepare,
    input  wire         seq_run_ready,
    output wire         seq_run_start,
    input  wire         seq_run_done,
    input  wire         seq_run_hung,
    input  wire         seq_run_overrun,
    input  wire         seq_compare_idle,
    input  wire [15:0]  seq_answered,
    input  wire [15:0]  seq_masked,
    input  wire [15:0]  seq_tolerated,
    input  wire [15:0]  seq_critical,
    input  wire [15:0]  seq_correct,
    output wire         seq_record_we,
    output wire [2:0]   seq_record_word,
    output wire [31:0]  seq_record_data,
    output wire [31:0]  seq_record_head,
    input  wire [31:0]  seq_record_tail,
    output wire [31:0]  seq_flips,
    output wire [31:0]  seq_digest,
    output wire [31:0]  seq_cycles,
    output wire [31:0]  seq_cycles_sweep,
    output wire [31:0]  seq_cycles_digest,
    output wire [31:0]  seq_cycles_run,
    output wire [31:0]  seq_cycles_undo,
    output wire [31:0]  seq_cycles_waited
);

    localparam WEIGHT_BANKS = OC_LANES * ((IC_LANES > 4) ? IC_LANES / 4 : 1);
    localparam SUB_W = 6 - $clog2(WEIGHT_BANKS);
    localparam [31:0] OC_LANES_32 = OC_LANES;
    localparam [31:0] IC_LANES_32 = IC_LANES;
    localparam [31:0] REQUANT_LANES_32 = REQUANT_LANES;
    assign oc_lanes = OC_LANES_32[7:0];
    assign ic_lanes = IC_LANES_32[7:0];
    assign requant_lanes = REQUANT_LANES_32[7:0];

    // Engine ----------------------------------------------------------------------------------------
    requantise requantise (
        .clk(clk),
        .single(rq_single), .zero_point(rq_zero_point),
        .minimum(rq_minimum), .maximum(rq_maximum),
        .accumulator(rq_accumulator), .bias(rq_bias), .multiplier(rq_multiplier),
        .shift(rq_shift), .value(rq_value)
    );

    mac_lane #(.IC_LANES(16)) mac_lane (
        .clk(clk),
        .inputs(lane_inputs), .weights(lane_weights), .weights_ok(lane_weights_ok),
        .accumulate(lane_accumulate), .restart(lane_restart), .accumulator(lane_accumulator)
    );

    array #(.OC_LANES(OC_LANES), .IC_LANES(IC_LANES)) array (
        .clk(clk),
        .inputs(array_inputs), .weights(array_weights), .weights_ok(array_weights_ok),
        .accumulate(array_accumulate), .restart(array_restart), .accumulators(array_accumulators)
    );

    loop_nest #(
        .OC_LANES(OC_LANES), .IC_LANES(IC_LANES), .MIN_STEPS(OC_LANES / REQUANT_LANES), .SLOT_W(4)
    ) loop_nest (
        .clk(clk), .rst(rst),
        .start(nest_start), .n_in(nest_n_in), .n_out(nest_n_out),
        .weight_block(nest_weight_block), .pictures(nest_pictures),
        .image_base(nest_image_base), .image_rows(nest_image_rows),
        .score_base(nest_score_base), .score_rows(nest_score_rows),
        .busy(nest_busy), .work(nest_work),
        .step_valid(nest_valid), .step_first(nest_first), .step_last(nest_last),
        .step_last_tile(nest_last_tile), .step_final(nest_final), .step_slot(nest_slot),
        .step_image_base(nest_step_image_base), .step_score_base(nest_step_score_base),
        .step_input(nest_input), .step_output(nest_output), .step_block(nest_block)
    );

    fetch #(.WORD_W(6)) fetch (
        .clk(clk), .rst(rst),
        .rewind(fetch_rewind), .start(fetch_start), .extent(fetch_extent), .valid(fetch_valid),
        .store_re(fetch_store_re), .store_word(fetch_store_word), .store_data(fetch_store_data),
        .op_end(fetch_op_end), .op_dense(fetch_op_dense), .single(fetch_single),
        .src(fetch_src), .dst(fetch_dst), .n_in(fetch_n_in), .n_out(fetch_n_out),
        .src_row(fetch_src_row), .dst_row(fetch_dst_row),
        .weight_block(fetch_weight_block), .channel_block(fetch_channel_block),
        .input_zero_point(fetch_input_zero_point), .output_zero_point(fetch_output_zero_point),
        .activation_min(fetch_activation_min), .activation_max(fetch_activation_max)
    );

    reg operands_current_q;
    always @(posedge clk) operands_current_q <= operands_activation_data[128];

    operands #(
        .OC_LANES(OC_LANES), .IC_LANES(IC_LANES), .SLOT_W(4), .ACTIVATION_W(9), .IMAGE_W(6),
        .WEIGHT_W(5 + SUB_W), .SUB_W(SUB_W), .WEIGHT_BANKS(WEIGHT_BANKS)
    ) operands (
        .clk(clk),
        .src(operands_src), .src_blank(operands_src_blank), .n_in(operands_n_in),
        .src_row(operands_src_row), .input_zero_point(operands_input_zero_point),
        .image_rows(operands_image_rows), .row_bits(operands_row_bits),
        .weight_extent(operands_weight_extent),
        .step_valid(operands_step_valid), .step_slot(operands_step_slot),
        .step_image_base(operands_step_image_base), .step_input(operands_step_input),
        .step_output(operands_step_output), .step_block(operands_step_block),
        .memory_re(operands_memory_re), .weight_re(operands_weight_re),
        .image_row(operands_image_row), .image_data(operands_image_data),
        .activation_row(operands_activation_row), .activation_data(operands_activation_data[127:0]),
        .activation_current(operands_current_q),
        .weight_row(operands_weight_row), .weight_data(operands_weight_data),
        .weights_ok(operands_weights_ok), .inputs(operands_inputs), .weights(operands_weights)
    );

    drain #(
        .OC_LANES(OC_LANES), .REQUANT_LANES(REQUANT_LANES), .SLOT_W(4),
        .ACTIVATION_W(9), .SCORE_W(6), .BIAS_W(8), .REQUANT_W(8)
    ) drain (
        .clk(clk), .rst(rst),
        .single(drain_single), .dst(drain_dst), .n_out(drain_n_out), .dst_row(drain_dst_row),
        .channel_block(drain_channel_block), .output_zero_point(drain_output_zero_point),
        .activation_min(drain_activation_min), .activation_max(drain_activation_max),
        .row_bits(drain_row_bits), .score_rows(drain_score_rows),
        .bias_extent(drain_bias_extent), .requant_extent(drain_requant_extent),
        .tile_valid(drain_tile_valid), .tile_last(drain_tile_last),
        .tile_final(drain_tile_final), .tile_slot(drain_tile_slot),
        .tile_score_base(drain_tile_score_base), .tile_output(drain_tile_output),
        .accumulators(drain_accumulators),
        .store_re(drain_store_re), .bias_row(drain_bias_row), .bias_data(drain_bias_data),
        .requant_row(drain_requant_row), .requant_data(drain_requant_data),
        .activation_we(drain_activation_we), .activation_row(drain_activation_row),
        .score_we(drain_score_we), .score_row(drain_score_row), .row_data(drain_row_data),
        .layer_done(drain_layer_done)
    );

    generate
        if (WITH_MAC == 1) begin : whole
            // nothing is protected here
            wire [127:0] reads_corrected;
            wire [127:0] reads_uncorrectable;
            wire unused = &{1'b0, reads_corrected, reads_uncorrectable};

            mac #(
                .OC_LANES(OC_LANES), .IC_LANES(IC_LANES), .REQUANT_LANES(REQUANT_LANES),
                .SWEEP_WORDS(4), .IN_FLIGHT_BITS(1), .WEIGHT_BITS(11), .BIAS_BITS(7), .REQUANT_BITS(8),
                .PROGRAM_BITS(6), .ACTIVATION_BITS(6), .IMAGE_BITS(6), .SCORE_BITS(6)
            ) mac (
                .clk(clk), .rst(rst),
                .prepare(mac_prepare), .ready(mac_ready), .start(mac_start),
                .first(mac_first), .count(mac_count),
                .done(mac_done), .hung(mac_hung), .overrun(mac_overrun),
                .answered(mac_answered), .score_base(mac_score_base),
                .image_rows(mac_image_rows), .score_rows(mac_score_rows), .row_bits(mac_row_bits),
                .work_limit(mac_work_limit), .cycle_limit(mac_cycle_limit), .extents(mac_extents),
                .image_re(mac_image_re), .image_row(mac_image_row), .image_data(mac_image_data),
                .score_we(mac_score_we), .score_row(mac_score_row), .score_data(mac_score_data),
                .s_valid(mac_store_valid), .s_we(mac_store_we), .s_store(mac_store_store),
                .s_index(mac_store_index), .s_mask(mac_store_mask), .s_wdata(mac_store_wdata),
                .s_ready(mac_store_ready), .s_prompt(mac_store_prompt), .s_rdata(mac_store_rdata),
                .reads_corrected(reads_corrected), .reads_uncorrectable(reads_uncorrectable)
            );
        end
    endgenerate

    // Trials ----------------------------------------------------------------------------------------
    score_compare #(.SCORE_BITS(6), .RESULT_BITS(5)) score_compare (
        .clk(clk), .rst(rst),
        .start(compare_start), .first(compare_first), .score_base(compare_score_base),
        .score_rows(compare_score_rows), .score_count(compare_score_count),
        .answered(compare_answered), .idle(compare_idle),
        .score_re(compare_score_re), .score_row(compare_score_row),
        .score_data(compare_score_data), .golden_re(compare_golden_re),
        .golden_index(compare_golden_index), .golden_digest(compare_golden_digest),
        .golden_class(compare_golden_class), .golden_label(compare_golden_label),
        .masked(compare_masked), .tolerated(compare_tolerated),
        .critical(compare_critical), .correct(compare_correct)
    );

    sequencer #(.RECORD_BITS(2), .STORES(4)) sequencer (
        .clk(clk), .rst(rst),
        .command_valid(seq_command_valid), .command(seq_command),
        .busy(seq_busy), .in_trials(seq_in_trials), .waiting(seq_waiting),
        .stopped(seq_stopped), .result(seq_result),
        .trials(seq_trials), .inject(seq_inject), .seed_first(seq_seed_first),
        .cursor_first(seq_cursor_first), .store_mask(seq_store_mask), .extents(seq_extents),
        .golden_digest(seq_golden_digest),
        .sweep_start(seq_sweep_start), .sweep_seed(seq_sweep_seed),
        .sweep_done(seq_sweep_done), .sweep_flips(seq_sweep_flips),
        .flip_start(seq_flip_start), .flip_one(seq_flip_one), .flip_set(seq_flip_set),
        .flip_from(seq_flip_from), .flip_next(seq_flip_next),
        .flip_done(seq_flip_done), .flip_flips(seq_flip_flips),
        .digest_start(seq_digest_start), .digest_stores(seq_digest_stores),
        .digest_done(seq_digest_done), .digest_value(seq_digest_value),
        .digest_events(seq_digest_events),
        .any_cycle(seq_any_cycle), .image_first(seq_image_first), .image_count(seq_image_count),
        .window(seq_window), .run_first(seq_run_first),
        .log_clear(seq_log_clear), .slice_start(seq_slice_start), .slice_first(seq_slice_first), .round_start(seq_round_start),
        .stop(seq_stop), .slice_done(seq_slice_done), .slice_waiting(seq_slice_waiting),
        .slice_flips(seq_slice_flips),
        .run_prepare(seq_run_prepare), .run_ready(seq_run_ready), .run_start(seq_run_start),
        .run_done(seq_run_done), .run_hung(seq_run_hung), .run_overrun(seq_run_overrun),
        .compare_idle(seq_compare_idle), .answered(seq_answered), .masked(seq_masked),
        .tolerated(seq_tolerated), .critical(seq_critical), .correct(seq_correct),
        .record_we(seq_record_we), .record_word(seq_record_word),
        .record_data(seq_record_data), .record_head(seq_record_head),
        .record_tail(seq_record_tail),
        .flips(seq_flips), .digest(seq_digest), .cycles(seq_cycles),
        .cycles_sweep(seq_cycles_sweep), .cycles_digest(seq_cycles_digest),
        .cycles_run(seq_cycles_run), .cycles_undo(seq_cycles_undo),
        .cycles_waited(seq_cycles_waited)
    );

    // Memories --------------------------------------------------------------------------------------
    epoch_ram #(.WIDTH(16), .ADDRESS_W(4), .TAG_W(2)) epoch_ram (
        .clk(clk), .rst(rst),
        .clear(epoch_clear), .clearing(epoch_clearing), .epoch(epoch_epoch),
        .we(epoch_we), .waddr(epoch_waddr), .wdata(epoch_wdata),
        .re(epoch_re), .raddr(epoch_raddr), .rdata(epoch_rdata),
        .current(epoch_current), .raw(epoch_raw)
    );

    ram_1w1r #(.WIDTH(16), .DEPTH(12), .ADDRESS_W(4)) ram_1w1r (
        .clk(clk),
        .we(ram_we), .waddr(ram_waddr), .wdata(ram_wdata),
        .re(ram_re), .raddr(ram_raddr), .rdata(ram_rdata)
    );

    // Bus -------------------------------------------------------------------------------------------
    wire [7:0]   stb = (8'd1 << bus_select) & {8{bus_cyc && bus_stb}};
    wire [7:0]   ack;
    wire [7:0]   err;
    wire [255:0] rdata;
    assign bus_ack = ack[bus_select];
    assign bus_err = err[bus_select];
    assign bus_dat_r = rdata[32*bus_select +: 32];
    assign bus_answers = ack | err;

    registers #(
        .BUILD_ID(32'h101), .ENGINE(32'h102), .ARRAY(32'h103), .SWEEP_WORDS(32'h104),
        .CLOCK_HZ(32'h105), .BAUD(32'h106), .IMAGE_CAPACITY(32'h107), .RESULT_CAPACITY(32'h108),
        .SCORE_CAPACITY(32'h109), .ACTIVATION_CAPACITY(32'h10a), .RECORD_CAPACITY(32'h10b),
        .FLIP_CAPACITY(32'h10c), .FRAME_WORDS(32'h10d), .IN_FLIGHT(32'h10f), .GOLDEN_BITS(32'h10e),
        .INPUT_CAPACITY(32'h146), .GATE_CAPACITY(32'h147), .UPSET_CAPACITY(32'h163), .GOLDEN_COPY(32'h164),
        .STORE_CAPACITY({32'h117, 32'h116, 32'h115, 32'h114, 32'h113, 32'h112, 32'h111, 32'h110})
    ) registers (
        .clk(clk), .rst(rst),
        .s_stb(stb[0]), .s_we(bus_we), .s_adr(bus_adr), .s_wdata(bus_dat_w),
        .s_ack(ack[0]), .s_err(err[0]), .s_rdata(rdata[31:0]),
        .extents(reg_extents), .image_rows(reg_image_rows), .score_rows(reg_score_rows),
        .score_count(reg_score_count), .row_bits(reg_row_bits), .work_limit(reg_work_limit),
        .cycle_limit(reg_cycle_limit), .image_first(reg_image_first),
        .image_count(reg_image_count), .seed(reg_seed), .threshold(reg_threshold),
        .store_mask(reg_store_mask), .flip_count(reg_flip_count), .trials(reg_trials),
        .golden_digest(reg_golden_digest), .inject(reg_inject), .cursor(reg_cursor), .inputs(reg_inputs),
        .gates(reg_gates), .wire_bits(reg_wire_bits), .group(reg_group), .score_bits(reg_score_bits),
        .class_bits(reg_class_bits), .wiring_seed(reg_wiring_seed),
        .pattern(reg_pattern), .scrub(reg_scrub), .scrub_interval(reg_scrub_interval),
        .period(reg_period), .site_mask(reg_site_mask), .window(reg_window),
        .digit(reg_digit), .digit_threshold(reg_digit_threshold),
        .upset_head(reg_upset_head), .upset_tail(reg_upset_tail), .upsets_lost(reg_upsets_lost),
        .scrub_words(reg_scrub_words), .scrub_corrected(reg_scrub_corrected),
        .scrub_uncorrectable(reg_scrub_uncorrectable), .scrub_first(reg_scrub_first),
        .command_valid(reg_command_valid), .command(reg_command), .busy(reg_busy),
        .in_trials(reg_in_trials), .stopped(reg_stopped), .result(reg_result),
        .record_head(reg_record_head), .record_tail(reg_record_tail),
        .line_step(reg_line_step), .line_step_valid(reg_line_step_valid),
        .line_step_wanted(reg_line_step_wanted),
        .digest(reg_digest), .flips(reg_flips), .flip_refused(reg_flip_refused),
        .cycles(reg_cycles), .answered(reg_answered), .masked(reg_masked),
        .tolerated(reg_tolerated), .critical(reg_critical), .correct(reg_correct),
        .frames_bad(reg_frames_bad), .frames_dropped(reg_frames_dropped),
        .cycles_sweep(reg_cycles_sweep), .cycles_digest(reg_cycles_digest),
        .cycles_run(reg_cycles_run), .cycles_undo(reg_cycles_undo),
        .cycles_waited(reg_cycles_waited),
        .words_corrected(reg_words_corrected), .words_uncorrectable(reg_words_uncorrectable),
        .first_uncorrectable(reg_first_uncorrectable),
        .read_corrected(reg_read_corrected), .read_uncorrectable(reg_read_uncorrectable)
    );

    shared_ram #(.ROW_BITS(3), .BANK_BITS(2)) quad (
        .clk(clk), .rst(rst),
        .s_stb(stb[1]), .s_we(bus_we), .s_adr(bus_adr), .s_wdata(bus_dat_w),
        .s_ack(ack[1]), .s_err(err[1]), .s_rdata(rdata[63:32]), .locked(locked),
        .re(quad_re), .row(quad_row), .data(quad_data)
    );

    shared_ram #(.ROW_BITS(3), .BANK_BITS(0), .LATENCY(1)) mono (
        .clk(clk), .rst(rst),
        .s_stb(stb[2]), .s_we(bus_we), .s_adr(bus_adr), .s_wdata(bus_dat_w),
        .s_ack(ack[2]), .s_err(err[2]), .s_rdata(rdata[95:64]), .locked(locked),
        .re(mono_re), .row(mono_row), .data(mono_data)
    );

    score_store #(.ROW_BITS(3)) score_store (
        .clk(clk), .rst(rst),
        .s_stb(stb[3]), .s_we(bus_we), .s_adr(bus_adr),
        .s_ack(ack[3]), .s_err(err[3]), .s_rdata(rdata[127:96]), .locked(locked),
        .clear(scores_clear), .clearing(scores_clearing),
        .we(scores_we), .wrow(scores_wrow), .wdata(scores_wdata),
        .re(scores_re), .row(scores_row), .data(scores_data)
    );

    record_ring #(.RECORD_BITS(2)) record_ring (
        .clk(clk), .rst(rst),
        .s_stb(stb[4]), .s_we(bus_we), .s_adr(bus_adr),
        .s_ack(ack[4]), .s_err(err[4]), .s_rdata(rdata[159:128]),
        .we(ring_we), .record(ring_record), .part(ring_part), .data(ring_data)
    );

    ram_window #(.WORD_BITS(5), .WRITABLE(1), .WRAPS(0)) ram_window (
        .clk(clk), .rst(rst),
        .s_stb(stb[5]), .s_we(bus_we), .s_adr(bus_adr), .s_ack(ack[5]), .s_err(err[5]),
        .locked(locked), .re(window_re), .we(window_we), .word(window_word)
    );
    assign rdata[191:160] = window_rdata;

    wire        store_ack;
    wire        store_err;
    wire [31:0] store_data;
    assign ack[7:6] = stb[7] ? {store_ack, 1'b0} : {1'b0, store_ack};
    assign err[7:6] = stb[7] ? {store_err, 1'b0} : {1'b0, store_err};
    assign rdata[255:192] = {store_data, store_data};
    store_window #(
        .CODE_W(32), .STORE_CAPACITY({128'd0, 32'd524288, 32'd1, 32'd16, 32'd40})
    ) store_window (
        .clk(clk), .rst(rst),
        .s_stb(stb[6] || stb[7]), .s_raw(stb[7]), .s_we(bus_we), .s_adr(bus_adr),
        .s_wdata(bus_dat_w), .s_ack(store_ack), .s_err(store_err), .s_rdata(store_data),
        .locked(locked),
        .n_valid(store_valid), .n_lock(store_lock), .n_we(store_we), .n_store(store_store),
        .n_word(store_word), .n_wdata(store_wdata), .n_ready(store_ready), .n_rvalid(store_rvalid),
        .n_rdata(store_rdata)
    );

    decoder decoder (
        .clk(clk), .rst(rst),
        .wb_cyc(dec_cyc), .wb_stb(dec_stb), .wb_we(dec_we), .wb_adr(dec_adr), .wb_dat_w(dec_dat_w),
        .wb_dat_r(dec_dat_r), .wb_ack(dec_ack), .wb_err(dec_err),
        .stb(dec_slave_stb), .s_we(dec_slave_we), .s_adr(dec_slave_adr), .s_wdata(dec_slave_wdata), .ack(dec_slave_ack), .err(dec_slave_err), .rdata(dec_slave_rdata)
    );

endmodule

`default_nettype wire
