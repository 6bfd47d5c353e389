// SPDX-License-Identifier: Apache-2.0
// On-board trials: the sequencer, the records that it writes and, with a beam, what lets upsets and
// scrubs come in their time and logs them. It wires them together and decides nothing.
`default_nettype none

`include "registers.vh"

module trials #(
    parameter RECORD_BITS = 6,       // log2 of records in the ring
    parameter UPSET_BITS = 6,        // log2 of entries in the upset log
    parameter STORES = 4,            // parameter stores of the engine
    parameter BEAM = 1,              // 0: no beam, no scrubber, no log
    parameter [31:0] PROTECTIONS = 32'd0   // 4 bits a store, as PROTECTION in code_word.v
) (
    input  wire         clk,
    input  wire         rst,

    // bus: the records and the log
    input  wire         s_stb_records,
    input  wire         s_stb_upsets,
    input  wire         s_we,
    input  wire [23:0]  s_adr,
    output wire         records_ack,
    output wire         records_err,
    output wire [31:0]  records_rdata,
    output wire         upsets_ack,
    output wire         upsets_err,
    output wire [31:0]  upsets_rdata,

    // command
    input  wire         command_valid,
    input  wire [31:0]  command,
    output wire         busy,
    output wire         in_trials,
    output wire         waiting,
    output wire         stopped,
    output wire [7:0]   result,

    // configuration
    input  wire [31:0]  trials,
    input  wire [31:0]  inject,
    input  wire [63:0]  seed,
    input  wire [31:0]  cursor,
    input  wire [7:0]   store_mask,
    input  wire [159:0] extents,         // code words in use, 20 bits a store
    input  wire [31:0]  golden_digest,
    input  wire [15:0]  flip_count,
    input  wire [9:0]   scrub,
    input  wire [47:0]  scrub_interval,
    input  wire [47:0]  period,
    input  wire [31:0]  site_mask,
    input  wire [15:0]  image_first,
    input  wire [15:0]  image_count,
    input  wire [15:0]  window,
    output wire [5:0]   digit,
    input  wire [31:0]  digit_threshold,

    // maintenance
    output wire         sweep_start,
    output wire [63:0]  sweep_seed,
    input  wire         sweep_done,
    input  wire [31:0]  sweep_flips,
    output wire         flip_start,
    output wire         flip_one,
    output wire         flip_set,
    output wire         flip_hold,
    output wire [31:0]  flip_from,
    input  wire [31:0]  flip_next,
    input  wire         flip_done,
    input  wire [31:0]  flip_flips,
    input  wire         store_writing,    // an access has not reached its store yet
    output wire         digest_start,
    output wire [7:0]   digest_stores,
    input  wire         digest_done,
    input  wire [31:0]  digest_value,
    input  wire [31:0]  digest_events,
    output wire         scrub_clear,
    output wire         scrub_step,
    input  wire         scrub_taken,
    input  wire         scrub_ends,
    input  wire         scrub_empty,
    input  wire         scrub_idle,
    input  wire [31:0]  scrub_corrected,

    // engine and comparison
    output wire         run_prepare,
    input  wire         run_ready,
    output wire         run_start,
    output wire [15:0]  run_first,
    input  wire         run_done,
    input  wire         run_hung,
    input  wire         run_overrun,
    input  wire         run_judged,
    input  wire [15:0]  answered,
    input  wire [15:0]  masked,
    input  wire [15:0]  tolerated,
    input  wire [15:0]  critical,
    input  wire [15:0]  correct,

    // for the registers
    output wire [31:0]  record_head,
    input  wire [31:0]  record_tail,
    output wire [31:0]  upset_head,
    input  wire [31:0]  upset_tail,
    output wire [31:0]  upsets_lost,
    output wire [31:0]  flips,
    output wire [31:0]  digest,
    output wire [31:0]  cycles,
    output wire [31:0]  cycles_sweep,
    output wire [31:0]  cycles_digest,
    output wire [31:0]  cycles_run,
    output wire [31:0]  cycles_undo,
    output wire [31:0]  cycles_waited
);

    wire        record_we;
    wire [2:0]  record_word;
    wire [31:0] record_data;

    record_ring #(
        .RECORD_BITS(RECORD_BITS)
    ) record_ring (
        .clk(clk),
        .rst(rst),
        .s_stb(s_stb_records),
        .s_we(s_we),
        .s_adr(s_adr),
        .s_ack(records_ack),
        .s_err(records_err),
        .s_rdata(records_rdata),
        .we(record_we),
        .record(record_head[RECORD_BITS-1:0]),
        .part(record_word),
        .data(record_data)
    );

    wire        own_flip_start;
    wire        own_flip_one;
    wire [31:0] own_flip_from;
    wire        log_clear;
    wire        slice_start;
    wire        slice_first;
    wire        round_start;
    wire        stop;
    wire        slice_done;
    wire        slice_waiting;
    wire [31:0] slice_flips;

    sequencer #(
        .RECORD_BITS(RECORD_BITS),
        .STORES(STORES),
        .BEAM(BEAM),
        .PROTECTIONS(PROTECTIONS)
    ) sequencer (
        .clk(clk),
        .rst(rst),
        .command_valid(command_valid),
        .command(command),
        .busy(busy),
        .in_trials(in_trials),
        .waiting(waiting),
        .stopped(stopped),
        .result(result),
        .trials(trials),
        .inject(inject),
        .seed_first(seed),
        .cursor_first(cursor),
        .store_mask(store_mask),
        .extents(extents),
        .golden_digest(golden_digest),
        .any_cycle(scrub[`SCRUB_ANY_CYCLE_BIT]),
        .image_first(image_first),
        .image_count(image_count),
        .window(window),
        .sweep_start(sweep_start),
        .sweep_seed(sweep_seed),
        .sweep_done(sweep_done),
        .sweep_flips(sweep_flips),
        .flip_start(own_flip_start),
        .flip_one(own_flip_one),
        .flip_set(flip_set),
        .flip_from(own_flip_from),
        .flip_next(flip_next),
        .flip_done(flip_done),
        .flip_flips(flip_flips),
        .digest_start(digest_start),
        .digest_stores(digest_stores),
        .digest_done(digest_done),
        .digest_value(digest_value),
        .digest_events(digest_events),
        .log_clear(log_clear),
        .slice_start(slice_start),
        .slice_first(slice_first),
        .round_start(round_start),
        .stop(stop),
        .slice_done(slice_done),
        .slice_waiting(slice_waiting),
        .slice_flips(slice_flips),
        .run_prepare(run_prepare),
        .run_ready(run_ready),
        .run_start(run_start),
        .run_first(run_first),
        .run_done(run_done),
        .run_hung(run_hung),
        .run_overrun(run_overrun),
        .compare_idle(run_judged),
        .answered(answered),
        .masked(masked),
        .tolerated(tolerated),
        .critical(critical),
        .correct(correct),
        .record_we(record_we),
        .record_word(record_word),
        .record_data(record_data),
        .record_head(record_head),
        .record_tail(record_tail),
        .flips(flips),
        .digest(digest),
        .cycles(cycles),
        .cycles_sweep(cycles_sweep),
        .cycles_digest(cycles_digest),
        .cycles_run(cycles_run),
        .cycles_undo(cycles_undo),
        .cycles_waited(cycles_waited)
    );

    generate
        if (BEAM != 0) begin : g_beam
            wire        restart;
            wire        upset_valid;
            wire        upset_take;
            wire [47:0] upset_at;
            wire [31:0] upset_site;
            wire        beam_flip_start;
            wire [31:0] beam_flip_from;
            wire        log_we;
            wire [1:0]  log_part;
            wire [31:0] log_data;
            wire        exposed;           // the flips are the beam's, not the sequencer's

            arrivals #(
                .PROTECTIONS(PROTECTIONS)
            ) arrivals (
                .clk(clk),
                .rst(rst),
                .seed(seed),
                .stores(store_mask),
                .extents(extents),
                .site_mask(site_mask),
                .digit(digit),
                .digit_threshold(digit_threshold),
                .restart(restart),
                .valid(upset_valid),
                .take(upset_take),
                .at(upset_at),
                .site(upset_site)
            );

            exposure #(
                .UPSET_BITS(UPSET_BITS)
            ) exposure (
                .clk(clk),
                .rst(rst),
                .period(period),
                .scrub_interval(scrub_interval),
                .any_cycle(scrub[`SCRUB_ANY_CYCLE_BIT]),
                .holds(flip_count != 16'd0),
                .log_clear(log_clear),
                .start(slice_start),
                .first(slice_first),
                .round(round_start),
                .stop(stop),
                .busy(exposed),
                .done(slice_done),
                .waiting(slice_waiting),
                .flips(slice_flips),
                .restart(restart),
                .upset_valid(upset_valid),
                .upset_take(upset_take),
                .upset_at(upset_at),
                .upset_site(upset_site),
                .flip_start(beam_flip_start),
                .flip_hold(flip_hold),
                .flip_from(beam_flip_from),
                .flip_done(flip_done),
                .flip_flips(flip_flips),
                .writing(store_writing),
                .scrub_clear(scrub_clear),
                .scrub_step(scrub_step),
                .scrub_taken(scrub_taken),
                .scrub_ends(scrub_ends),
                .scrub_empty(scrub_empty),
                .scrub_idle(scrub_idle),
                .scrub_corrected(scrub_corrected),
                .log_we(log_we),
                .log_part(log_part),
                .log_data(log_data),
                .log_head(upset_head),
                .log_tail(upset_tail),
                .log_lost(upsets_lost)
            );

            assign flip_start = own_flip_start || beam_flip_start;
            assign flip_one = exposed ? !flip_hold : own_flip_one;
            assign flip_from = exposed ? beam_flip_from : own_flip_from;

            record_ring #(
                .RECORD_BITS(UPSET_BITS),
                .PART_BITS(2)
            ) upset_log (
                .clk(clk),
                .rst(rst),
                .s_stb(s_stb_upsets),
                .s_we(s_we),
                .s_adr(s_adr),
                .s_ack(upsets_ack),
                .s_err(upsets_err),
                .s_rdata(upsets_rdata),
                .we(log_we),
                .record(upset_head[UPSET_BITS-1:0]),
                .part(log_part),
                .data(log_data)
            );

            wire unused = &{1'b0, scrub};
        end else begin : g_no_beam
            assign digit = 6'd0;
            assign flip_start = own_flip_start;
            assign flip_one = own_flip_one;
            assign flip_hold = 1'b0;
            assign flip_from = own_flip_from;
            assign scrub_clear = 1'b0;
            assign scrub_step = 1'b0;
            assign slice_done = 1'b0;
            assign slice_waiting = 1'b0;
            assign slice_flips = 32'd0;
            assign upset_head = 32'd0;
            assign upsets_lost = 32'd0;

            nothing_here upset_log (
                .clk(clk),
                .rst(rst),
                .s_stb(s_stb_upsets),
                .s_ack(upsets_ack),
                .s_err(upsets_err),
                .s_rdata(upsets_rdata)
            );

            wire unused = &{1'b0, flip_count, scrub, scrub_interval, period, site_mask, digit_threshold,
                scrub_taken, scrub_ends, scrub_empty, scrub_idle, scrub_corrected, upset_tail, log_clear, slice_start,
                slice_first, round_start, stop, store_writing};
        end
    endgenerate

endmodule

`default_nettype wire
