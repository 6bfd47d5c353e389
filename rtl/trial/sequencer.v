// SPDX-License-Identifier: Apache-2.0
// Carries out the host's commands. A TRIALS command runs whole trials by itself: prove golden, then
// for each trial: inject, digest, run the pictures, inject again (which undoes it), prove golden,
// record. The slices of a beam are trials that nothing undoes: the upsets of a slice come before its
// pictures or, with `any_cycle`, among them. Relies on the configuration registers being constant
// while `busy`, which the bus enforces.
`default_nettype none

`include "registers.vh"

module sequencer #(
    parameter RECORD_BITS = 6,       // log2 of records the ring holds
    parameter STORES = 4,            // parameter stores of the engine
    parameter BEAM = 1,              // 0: no beam and no scrubber
    parameter [31:0] PROTECTIONS = 32'd0   // 4 bits a store, as PROTECTION in code_word.v
) (
    input  wire        clk,
    input  wire        rst,

    // command
    input  wire        command_valid,
    input  wire [31:0] command,
    output wire        busy,
    output wire        in_trials,
    output wire        waiting,          // for room in the record ring
    output reg         stopped,
    output reg  [7:0]  result,

    // configuration
    input  wire [31:0] trials,
    input  wire [31:0] inject,
    input  wire [63:0] seed_first,
    input  wire [31:0] cursor_first,
    input  wire [7:0]  store_mask,
    input  wire [159:0] extents,         // code words in use, 20 bits a store
    input  wire [31:0] golden_digest,
    input  wire        any_cycle,        // of register SCRUB
    input  wire [15:0] image_first,
    input  wire [15:0] image_count,
    input  wire [15:0] window,

    // fault room
    output reg         sweep_start,
    output wire [63:0] sweep_seed,
    input  wire        sweep_done,
    input  wire [31:0] sweep_flips,
    output reg         flip_start,
    output wire        flip_one,         // in flip.v: `one`, `set`, `from` and `next`
    output wire        flip_set,
    output wire [31:0] flip_from,
    input  wire [31:0] flip_next,
    input  wire        flip_done,
    input  wire [31:0] flip_flips,
    output reg         digest_start,
    output wire [7:0]  digest_stores,
    input  wire        digest_done,
    input  wire [31:0] digest_value,     // final from the cycle before `digest_done` on
    input  wire [31:0] digest_events,    // word EVENTS of the record
    output reg         log_clear,        // in exposure.v: this, `start`, `first`, `round` and so on
    output reg         slice_start,
    output reg         slice_first,
    output reg         round_start,
    output wire        stop,
    input  wire        slice_done,
    input  wire        slice_waiting,
    input  wire [31:0] slice_flips,

    // engine and comparison
    output reg         run_prepare,
    input  wire        run_ready,
    output reg         run_start,
    output reg  [15:0] run_first,        // first picture
    input  wire        run_done,
    input  wire        run_hung,
    input  wire        run_overrun,
    input  wire        compare_idle,
    input  wire [15:0] answered,
    input  wire [15:0] masked,
    input  wire [15:0] tolerated,
    input  wire [15:0] critical,
    input  wire [15:0] correct,

    // record ring
    output reg         record_we,
    output wire [2:0]  record_word,
    output reg  [31:0] record_data,
    output reg  [31:0] record_head,
    input  wire [31:0] record_tail,

    // what the last command or trial did
    output reg  [31:0] flips,
    output reg  [31:0] digest,
    output reg  [31:0] cycles,
    output reg  [31:0] cycles_sweep,
    output reg  [31:0] cycles_digest,
    output reg  [31:0] cycles_run,
    output reg  [31:0] cycles_undo,
    output reg  [31:0] cycles_waited
);

    localparam [3:0] S_IDLE = 4'd0;
    localparam [3:0] S_SWEEP = 4'd1;        // single commands
    localparam [3:0] S_FLIP = 4'd2;
    localparam [3:0] S_DIGEST = 4'd3;
    localparam [3:0] S_PREPARE = 4'd4;
    localparam [3:0] S_RUN = 4'd5;
    localparam [3:0] S_GOLDEN = 4'd6;       // once, before the first trial
    localparam [3:0] S_ROOM = 4'd7;         // a trial: wait for room in the ring,
    localparam [3:0] S_INJECT = 4'd8;       // sweep or flip,
    localparam [3:0] S_INJECTED = 4'd9;     // digest of the injected stores,
    localparam [3:0] S_ENGINE = 4'd10;      // wait until the engine is ready,
    localparam [3:0] S_PICTURES = 4'd11;    // run the pictures,
    localparam [3:0] S_UNDO = 4'd12;        // sweep or flip again,
    localparam [3:0] S_RESTORED = 4'd13;    // digest, which must be golden,
    localparam [3:0] S_RECORD = 4'd14;      // write the record
    localparam [3:0] S_SCRUB = 4'd15;       // another single command

    reg [3:0]  state_q;
    reg        stop_q;
    reg        run_ended_q;
    reg [31:0] trial_q;
    reg [31:0] injected_q;
    reg [31:0] events_q;
    reg [7:0]  status_q;
    reg [2:0]  word_q;

    // Looked up a cycle ahead: while a record is written, which takes several, what will be once it is.
    reg  [31:0] head_next_q;
    reg  [31:0] trial_next_q;
    wire        one_more = state_q == S_RECORD;
    reg  [31:0] records_held_q;
    wire [31:0] trials_done = one_more ? trial_next_q : trial_q;
    reg         full_q;
    reg         all_done_q;
    reg         golden_q;            // so are the stores, by the last digest
    wire        run_over = run_ended_q && compare_idle;
    wire [7:0]  run_status = run_hung ? `TRIAL_HANG : run_overrun ? `TRIAL_CYCLE_LIMIT : `TRIAL_OK;
    wire [7:0]  all_stores = (8'd1 << STORES) - 8'd1;

    // The faults of the present trial.
    wire        begins = state_q == S_IDLE && command_valid && command != `COMMAND_STOP;
    reg         advances;            // in the last cycle but one of S_RECORD,
    reg         recorded;            // and the last
    wire        sweeps;
    wire        walks;
    wire        lists;
    wire [31:0] faults;
    wire        beams;
    wire        inject_done = sweeps ? sweep_done : beams ? slice_done : flip_done;
    wire [31:0] inject_flips = sweeps ? sweep_flips : beams ? slice_flips : flip_flips;
    wire        between = !beams || !any_cycle;    // the faults come before the run
    reg         slice_over_q;        // or they have all come during it
    reg         slice_waiting_q;
    reg         run_over_q;

    cursor #(
        .BEAM(BEAM),
        .PROTECTIONS(PROTECTIONS)
    ) cursor (
        .clk(clk),
        .rst(rst),
        .inject(inject),
        .seed_first(seed_first),
        .place_first(cursor_first),
        .stores(store_mask),
        .extents(extents),
        .first(begins),
        .next(advances),
        .list_next(flip_next),
        .sweeps(sweeps),
        .seed(sweep_seed),
        .walks(walks),
        .lists(lists),
        .beams(beams),
        .flip_from(flip_from),
        .faults(faults)
    );

    assign busy = state_q != S_IDLE;
    assign in_trials = state_q >= S_GOLDEN && state_q != S_SCRUB;
    assign waiting = (state_q == S_ROOM && full_q && !stop_q) || slice_waiting_q;
    assign stop = stop_q;

    // The pictures of the next slice: those after this one's, if so many are left of the window.
    wire [17:0] run_next = {2'd0, run_first} + {2'd0, image_count};
    reg  [18:0] slice_end_q;
    reg  [18:0] window_end_q;
    reg         turns_q;

    always @(posedge clk) begin
        slice_end_q <= {1'b0, run_next} + {3'd0, image_count};
        window_end_q <= {3'd0, image_first} + {3'd0, window};
        turns_q <= slice_end_q > window_end_q;
        if (advances && beams) run_first <= turns_q ? image_first : run_next[15:0];
        if (begins) run_first <= image_first;
    end

    // The FLIP command applies the list as it stands.
    assign flip_one = walks && state_q != S_FLIP;
    assign flip_set = lists && state_q != S_FLIP;
    assign digest_stores = state_q == S_DIGEST ? store_mask : all_stores;
    assign record_word = word_q;

    always @* begin
        case (word_q)
            3'd0: record_data = faults;
            3'd1: record_data = flips;
            3'd2: record_data = injected_q;
            3'd3: record_data = cycles;
            3'd4: record_data = {answered, 8'd0, status_q};
            3'd5: record_data = {tolerated, masked};
            3'd6: record_data = {correct, critical};
            default: record_data = events_q;
        endcase
    end

    always @(posedge clk) begin
        sweep_start <= 1'b0;
        flip_start <= 1'b0;
        digest_start <= 1'b0;
        run_prepare <= 1'b0;
        run_start <= 1'b0;
        record_we <= 1'b0;
        log_clear <= 1'b0;
        slice_start <= 1'b0;
        round_start <= 1'b0;

        head_next_q <= record_head + 32'd1;
        trial_next_q <= trial_q + 32'd1;
        records_held_q <= (one_more ? head_next_q : record_head) - record_tail;
        full_q <= |records_held_q[31:RECORD_BITS];
        all_done_q <= trials_done == trials;
        slice_first <= trial_q == 32'd0;
        golden_q <= digest_value == golden_digest;
        advances <= state_q == S_RECORD && word_q == 3'd5;
        recorded <= advances;
        if (run_start) run_ended_q <= 1'b0;
        if (run_done) run_ended_q <= 1'b1;
        slice_waiting_q <= slice_waiting;
        // Nothing else goes on while an upset waits for room in the log: how long that is, is the host's.
        if (state_q != S_IDLE && state_q != S_ROOM && state_q != S_GOLDEN && !slice_waiting_q) begin
            cycles <= cycles + 32'd1;
        end
        if (slice_waiting_q) cycles_waited <= cycles_waited + 32'd1;

        case (state_q)
            // STOP with nothing to stop must not take back how the last command ended.
            S_IDLE: if (begins) begin
                cycles <= 32'd0;
                stop_q <= 1'b0;
                stopped <= 1'b0;
                result <= `TRIAL_OK;
                case (command)
                    `COMMAND_SWEEP: begin
                        sweep_start <= 1'b1;
                        state_q <= S_SWEEP;
                    end
                    `COMMAND_FLIP: begin
                        flip_start <= 1'b1;
                        state_q <= S_FLIP;
                    end
                    `COMMAND_DIGEST: begin
                        digest_start <= 1'b1;
                        state_q <= S_DIGEST;
                    end
                    `COMMAND_RUN: begin
                        run_prepare <= 1'b1;
                        state_q <= S_PREPARE;
                    end
                    `COMMAND_SCRUB: if (BEAM != 0) begin
                        round_start <= 1'b1;
                        state_q <= S_SCRUB;
                    end
                    `COMMAND_TRIALS: begin
                        trial_q <= 32'd0;
                        record_head <= 32'd0;
                        cycles_waited <= 32'd0;
                        log_clear <= 1'b1;
                        digest_start <= 1'b1;
                        state_q <= S_GOLDEN;
                    end
                    default: begin
                    end
                endcase
            end

            S_SWEEP: if (sweep_done) begin
                flips <= sweep_flips;
                state_q <= S_IDLE;
            end
            S_FLIP: if (flip_done) begin
                flips <= flip_flips;
                state_q <= S_IDLE;
            end
            S_DIGEST: if (digest_done) begin
                digest <= digest_value;
                state_q <= S_IDLE;
            end
            S_SCRUB: if (slice_done) state_q <= S_IDLE;
            S_PREPARE: if (run_ready && !run_prepare) begin
                run_start <= 1'b1;
                state_q <= S_RUN;
            end
            S_RUN: if (run_over && !run_start) begin
                result <= run_status;
                state_q <= S_IDLE;
            end

            S_GOLDEN: if (digest_done) begin
                digest <= digest_value;
                if (!golden_q) begin
                    result <= `TRIAL_NOT_GOLDEN;
                    state_q <= S_IDLE;
                end else begin
                    state_q <= S_ROOM;
                end
            end
            S_ROOM: begin
                if (stop_q || all_done_q) begin
                    stopped <= !all_done_q;
                    state_q <= S_IDLE;
                end else if (full_q) begin
                    cycles_waited <= cycles_waited + 32'd1;
                end else begin
                    cycles <= 32'd0;
                    cycles_sweep <= 32'd0;
                    cycles_digest <= 32'd0;
                    cycles_run <= 32'd0;
                    cycles_undo <= 32'd0;
                    // The engine forgets the run before while the faults go in.
                    run_prepare <= 1'b1;
                    sweep_start <= sweeps;
                    flip_start <= !sweeps && !beams;
                    slice_start <= beams && between;
                    digest_start <= !between;
                    state_q <= between ? S_INJECT : S_INJECTED;
                end
            end
            S_INJECT: begin
                if (!slice_waiting_q) cycles_sweep <= cycles_sweep + 32'd1;
                if (inject_done) begin
                    flips <= inject_flips;
                    digest_start <= 1'b1;
                    state_q <= S_INJECTED;
                end
            end
            S_INJECTED: begin
                cycles_digest <= cycles_digest + 32'd1;
                if (digest_done) begin
                    injected_q <= digest_value;
                    events_q <= digest_events;
                    if (beams) digest <= digest_value;
                    state_q <= S_ENGINE;
                end
            end
            S_ENGINE: begin
                cycles_run <= cycles_run + 32'd1;
                if (run_ready) begin
                    run_start <= 1'b1;
                    slice_start <= !between;
                    slice_over_q <= between;
                    run_over_q <= 1'b0;
                    state_q <= S_PICTURES;
                end
            end
            S_PICTURES: begin
                cycles_run <= cycles_run + 32'd1;
                if (slice_done) slice_over_q <= 1'b1;
                if (beams) begin
                    run_over_q <= run_over && !run_start;
                    if (run_over_q && slice_over_q) begin
                        status_q <= run_status;
                        if (!between) flips <= slice_flips;
                        word_q <= 3'd0;
                        // STOP may have cut the slice short: no record of it then.
                        record_we <= !stop_q;
                        state_q <= stop_q ? S_ROOM : S_RECORD;
                    end
                end else if (run_over && !run_start) begin
                    status_q <= run_status;
                    sweep_start <= sweeps;
                    flip_start <= !sweeps;
                    state_q <= S_UNDO;
                end
            end
            S_UNDO: begin
                cycles_undo <= cycles_undo + 32'd1;
                if (inject_done) begin
                    digest_start <= 1'b1;
                    state_q <= S_RESTORED;
                end
            end
            S_RESTORED: begin
                cycles_digest <= cycles_digest + 32'd1;
                if (digest_done) begin
                    digest <= digest_value;
                    if (!golden_q) status_q <= `TRIAL_NOT_RESTORED;
                    word_q <= 3'd0;
                    record_we <= 1'b1;
                    state_q <= S_RECORD;
                end
            end
            default: begin // S_RECORD
                word_q <= word_q + 3'd1;
                record_we <= word_q != 3'd7;
                if (recorded) begin
                    record_head <= record_head + 32'd1;
                    trial_q <= trial_q + 32'd1;
                    result <= status_q == `TRIAL_NOT_RESTORED ? `TRIAL_NOT_RESTORED : `TRIAL_OK;
                    if (status_q == `TRIAL_NOT_RESTORED) stop_q <= 1'b1;
                    state_q <= S_ROOM;
                end
            end
        endcase

        if (command_valid && command == `COMMAND_STOP && in_trials) stop_q <= 1'b1;

        if (rst) begin
            state_q <= S_IDLE;
            advances <= 1'b0;
            recorded <= 1'b0;
            sweep_start <= 1'b0;
            flip_start <= 1'b0;
            digest_start <= 1'b0;
            run_prepare <= 1'b0;
            run_start <= 1'b0;
            record_we <= 1'b0;
            log_clear <= 1'b0;
            slice_start <= 1'b0;
            round_start <= 1'b0;
            run_ended_q <= 1'b0;
            stop_q <= 1'b0;
            stopped <= 1'b0;
            result <= `TRIAL_OK;
            record_head <= 32'd0;
            flips <= 32'd0;
            digest <= 32'd0;
            cycles <= 32'd0;
            cycles_sweep <= 32'd0;
            cycles_digest <= 32'd0;
            cycles_run <= 32'd0;
            cycles_undo <= 32'd0;
            cycles_waited <= 32'd0;
        end
    end

    wire unused = &{1'b0, records_held_q[RECORD_BITS-1:0]};

endmodule

`default_nettype wire
