// SPDX-License-Identifier: Apache-2.0
// The register region: what was built (parameters), the configuration, and what the last command
// did. Configuration is refused while a command runs, so that it is constant for the rooms that use
// it; the line may get another rate at any time. Wishbone B4 classic slave, four wait states: an
// address is taken over, looked up, judged, and read or written.
`default_nettype none

`include "registers.vh"

module registers #(
    parameter [31:0] BUILD_ID = 32'd0,            // identity of the build
    parameter [31:0] ENGINE = 32'd0,              // capability registers, as docs/registers.md
    parameter [31:0] ARRAY = 32'd0,
    parameter [31:0] SWEEP_WORDS = 32'd1,
    parameter [31:0] CLOCK_HZ = 32'd0,
    parameter [31:0] BAUD = 32'd0,
    parameter [31:0] IMAGE_CAPACITY = 32'd0,
    parameter [31:0] RESULT_CAPACITY = 32'd0,
    parameter [31:0] SCORE_CAPACITY = 32'd0,
    parameter [31:0] ACTIVATION_CAPACITY = 32'd0,
    parameter [31:0] RECORD_CAPACITY = 32'd0,
    parameter [31:0] FLIP_CAPACITY = 32'd0,
    parameter [31:0] FRAME_WORDS = 32'd0,
    parameter [31:0] IN_FLIGHT = 32'd0,
    parameter [31:0] GOLDEN_BITS = 32'd0,
    parameter [31:0] INPUT_CAPACITY = 32'd0,
    parameter [31:0] GATE_CAPACITY = 32'd0,
    parameter [31:0] UPSET_CAPACITY = 32'd0,
    parameter [31:0] GOLDEN_COPY = 32'd0,
    parameter TRIALS = 1,                         // 0: no registers of trials and sweeps,
    parameter BEAM = 1,                           // 0: none of beam and scrubber,
    parameter OF_MAC = 1,                         // 0: none of the mac engine,
    parameter OF_LUT = 1,                         // 0: none of the lut engine,
    parameter SEEDED = 1,                         // 0: no seed of its wiring: they hold 0
    parameter [31:0] PROTECTIONS = 32'd0,         // 4 bits a store
    parameter [255:0] STORE_CAPACITY = 256'd0     // code words, 32 bits a store
) (
    input  wire         clk,
    input  wire         rst,

    // bus
    input  wire         s_stb,
    input  wire         s_we,
    input  wire [23:0]  s_adr,
    input  wire [31:0]  s_wdata,
    output reg          s_ack,
    output reg          s_err,
    output wire [31:0]  s_rdata,

    // configuration
    output reg  [159:0] extents,                  // 20 bits a store
    output reg  [15:0]  image_rows,
    output reg  [15:0]  score_rows,
    output reg  [15:0]  score_count,
    output reg  [4:0]   row_bits,
    output reg  [31:0]  work_limit,
    output reg  [31:0]  cycle_limit,
    output reg  [15:0]  image_first,
    output reg  [15:0]  image_count,
    output reg  [63:0]  seed,
    output reg  [32:0]  threshold,
    output reg  [7:0]   store_mask,
    output reg  [15:0]  flip_count,
    output reg  [31:0]  trials,
    output reg  [31:0]  golden_digest,
    output reg  [31:0]  inject,
    output reg  [31:0]  cursor,
    output reg  [15:0]  inputs,
    output reg  [15:0]  gates,
    output reg  [4:0]   wire_bits,
    output reg  [15:0]  group,
    output reg  [4:0]   score_bits,
    output reg  [4:0]   class_bits,
    output reg  [31:0]  wiring_seed,
    output reg  [9:0]   pattern,
    output reg  [9:0]   scrub,
    output reg  [47:0]  scrub_interval,
    output reg  [47:0]  period,
    output reg  [31:0]  site_mask,
    output reg  [15:0]  window,
    input  wire [5:0]   digit,                    // of the time between two upsets: its threshold
    output wire [31:0]  digit_threshold,          // in the same cycle

    // commands
    output reg          command_valid,
    output reg  [31:0]  command,
    input  wire         busy,
    input  wire         in_trials,
    input  wire         stopped,
    input  wire [7:0]   result,

    // record ring
    input  wire [31:0]  record_head,
    output reg  [31:0]  record_tail,

    // upset log
    input  wire [31:0]  upset_head,
    output reg  [31:0]  upset_tail,

    // bit rate of the line: now, and the one to change over to
    input  wire [23:0]  line_step,
    output wire         line_step_valid,
    output wire [23:0]  line_step_wanted,

    // what happened
    input  wire [31:0]  digest,
    input  wire [31:0]  flips,
    input  wire [31:0]  flip_refused,
    input  wire [31:0]  cycles,
    input  wire [15:0]  answered,
    input  wire [15:0]  masked,
    input  wire [15:0]  tolerated,
    input  wire [15:0]  critical,
    input  wire [15:0]  correct,
    input  wire [31:0]  frames_bad,
    input  wire [31:0]  frames_dropped,
    input  wire [31:0]  cycles_sweep,
    input  wire [31:0]  cycles_digest,
    input  wire [31:0]  cycles_run,
    input  wire [31:0]  cycles_undo,
    input  wire [31:0]  cycles_waited,
    input  wire [31:0]  words_corrected,
    input  wire [31:0]  words_uncorrectable,
    input  wire [31:0]  first_uncorrectable,
    input  wire [127:0] read_corrected,          // 32 bits a store
    input  wire [127:0] read_uncorrectable,
    input  wire [31:0]  upsets_lost,
    input  wire [31:0]  scrub_words,
    input  wire [31:0]  scrub_corrected,
    input  wire [31:0]  scrub_uncorrectable,
    input  wire [31:0]  scrub_first
);

    // The first wait state
    reg        looked_up_q;      // set in the second,
    reg        judged_q;         // and the third
    reg        taken_over_q;
    reg        in_range_q;
    reg [7:0]  offset;

    always @(posedge clk) begin
        taken_over_q <= s_stb && !taken_over_q && !looked_up_q && !judged_q && !s_ack && !s_err;
        in_range_q <= s_adr[23:8] == 16'd0;
        offset <= s_adr[7:0];
        if (rst) taken_over_q <= 1'b0;
    end

    wire       is_extent = offset[7:3] == 5'b00011;
    wire       is_capacity = offset[7:3] == 5'b00010;
    wire       is_corrected = offset[7:3] == 5'b01010;
    wire       is_uncorrectable = offset[7:3] == 5'b01011;
    wire       is_gap = (offset[7:6] == 2'b10 && offset[5:4] != 2'b11) || offset == 8'hb0;
    wire       starting = command_valid || busy;

    // thresholds of the gaps between upsets, which two look up
    wire [31:0] gap_threshold;
    wire        gap_write;

    generate
        if (BEAM != 0) begin : g_gap
            ram_async #(
                .WIDTH(32),
                .ADDRESS_W(6)
            ) for_bus (
                .clk(clk),
                .we(gap_write),
                .waddr(offset[5:0]),
                .wdata(s_wdata),
                .raddr(offset[5:0]),
                .rdata(gap_threshold)
            );

            ram_async #(
                .WIDTH(32),
                .ADDRESS_W(6)
            ) for_beam (
                .clk(clk),
                .we(gap_write),
                .waddr(offset[5:0]),
                .wdata(s_wdata),
                .raddr(digit),
                .rdata(digit_threshold)
            );
        end else begin : g_no_gap
            assign gap_threshold = 32'd0;
            assign digit_threshold = 32'd0;

            wire unused = &{1'b0, digit, gap_write};
        end
    endgenerate

    // What an address stands for: something that was built, that is configured, of trials, of the beam
    // or else, or that happened or was counted. They come from everywhere: more would take longer.
    reg [31:0] built;
    reg [31:0] configured;
    reg [31:0] of_trials;
    reg [31:0] of_beam;
    reg [31:0] happened;
    reg [31:0] counted;
    reg        is_built;
    reg        is_configured;
    reg        is_of_trials;
    reg        is_of_beam;
    reg        is_happened;
    reg        is_counted;

    always @* begin
        is_built = 1'b1;
        case (offset)
            `REG_MAP_HASH:            built = `MAP_HASH;
            `REG_BUILD_ID:            built = BUILD_ID;
            `REG_ENGINE:              built = ENGINE;
            `REG_ARRAY:               built = ARRAY;
            `REG_SWEEP_WORDS:         built = SWEEP_WORDS;
            `REG_CLOCK_HZ:            built = CLOCK_HZ;
            `REG_BAUD:                built = BAUD;
            `REG_IMAGE_CAPACITY:      built = IMAGE_CAPACITY;
            `REG_RESULT_CAPACITY:     built = RESULT_CAPACITY;
            `REG_SCORE_CAPACITY:      built = SCORE_CAPACITY;
            `REG_ACTIVATION_CAPACITY: built = ACTIVATION_CAPACITY;
            `REG_RECORD_CAPACITY:     built = RECORD_CAPACITY;
            `REG_FLIP_CAPACITY:       built = FLIP_CAPACITY;
            `REG_FRAME_WORDS:         built = FRAME_WORDS;
            `REG_GOLDEN_BITS:         built = GOLDEN_BITS;
            `REG_IN_FLIGHT:           built = IN_FLIGHT;
            `REG_INPUT_CAPACITY:      built = INPUT_CAPACITY;
            `REG_GATE_CAPACITY:       built = GATE_CAPACITY;
            `REG_UPSET_CAPACITY:      built = UPSET_CAPACITY;
            `REG_GOLDEN_COPY:         built = GOLDEN_COPY;
            default: begin
                is_built = is_capacity;
                built = is_capacity ? {4'd0, PROTECTIONS[4*offset[2:0] +: 4], STORE_CAPACITY[32*offset[2:0] +: 24]}
                      : 32'd0;
            end
        endcase
    end

    always @* begin
        is_configured = 1'b1;
        case (offset)
            `REG_IMAGE_ROWS:          configured = {16'd0, image_rows};
            `REG_SCORE_ROWS:          configured = {16'd0, score_rows};
            `REG_SCORE_COUNT:         configured = {16'd0, score_count};
            `REG_ROW_BITS:            configured = {27'd0, row_bits};
            `REG_WORK_LIMIT:          configured = work_limit;
            `REG_CYCLE_LIMIT:         configured = cycle_limit;
            `REG_IMAGE_FIRST:         configured = {16'd0, image_first};
            `REG_IMAGE_COUNT:         configured = {16'd0, image_count};
            `REG_INPUTS:              configured = {16'd0, inputs};
            `REG_GATES:               configured = {16'd0, gates};
            `REG_WIRE_BITS:           configured = {27'd0, wire_bits};
            `REG_GROUP:               configured = {16'd0, group};
            `REG_SCORE_BITS:          configured = {27'd0, score_bits};
            `REG_CLASS_BITS:          configured = {27'd0, class_bits};
            `REG_WIRING_SEED:         configured = wiring_seed;
            `REG_LINE_STEP:           configured = {8'd0, line_step};
            default: begin
                is_configured = is_extent;
                configured = is_extent ? {12'd0, extents[20*offset[2:0] +: 20]} : 32'd0;
            end
        endcase
    end

    always @* begin
        is_of_trials = 1'b1;
        case (offset)
            `REG_SEED_LOW:            of_trials = seed[31:0];
            `REG_SEED_HIGH:           of_trials = seed[63:32];
            `REG_THRESHOLD_LOW:       of_trials = threshold[31:0];
            `REG_THRESHOLD_HIGH:      of_trials = {31'd0, threshold[32]};
            `REG_STORE_MASK:          of_trials = {24'd0, store_mask};
            `REG_FLIP_COUNT:          of_trials = {16'd0, flip_count};
            `REG_TRIALS:              of_trials = trials;
            `REG_GOLDEN_DIGEST:       of_trials = golden_digest;
            `REG_INJECT:              of_trials = inject;
            `REG_CURSOR:              of_trials = cursor;
            `REG_RECORD_TAIL:         of_trials = record_tail;
            `REG_UPSET_TAIL:          of_trials = upset_tail;
            `REG_COMMAND:             of_trials = 32'd0;
            default: begin
                is_of_trials = 1'b0;
                of_trials = 32'd0;
            end
        endcase
    end

    always @* begin
        is_of_beam = 1'b1;
        case (offset)
            `REG_PATTERN:             of_beam = {22'd0, pattern};
            `REG_SCRUB:               of_beam = {22'd0, scrub};
            `REG_SCRUB_INTERVAL_LOW:  of_beam = scrub_interval[31:0];
            `REG_SCRUB_INTERVAL_HIGH: of_beam = {16'd0, scrub_interval[47:32]};
            `REG_PERIOD_LOW:          of_beam = period[31:0];
            `REG_PERIOD_HIGH:         of_beam = {16'd0, period[47:32]};
            `REG_SITE_MASK:           of_beam = site_mask;
            `REG_WINDOW:              of_beam = {16'd0, window};
            default: begin
                is_of_beam = is_gap;
                of_beam = is_gap ? gap_threshold : 32'd0;
            end
        endcase
    end

    always @* begin
        is_happened = 1'b1;
        case (offset)
            `REG_STATUS:              happened = {16'd0, result, 5'd0, stopped, in_trials, starting};
            `REG_DIGEST:              happened = digest;
            `REG_FLIPS:               happened = flips;
            `REG_FLIP_REFUSED:        happened = flip_refused;
            `REG_CYCLES:              happened = cycles;
            `REG_ANSWERED:            happened = {16'd0, answered};
            `REG_MASKED:              happened = {16'd0, masked};
            `REG_TOLERATED:           happened = {16'd0, tolerated};
            `REG_CRITICAL:            happened = {16'd0, critical};
            `REG_CORRECT:             happened = {16'd0, correct};
            `REG_RECORD_HEAD:         happened = record_head;
            `REG_FRAMES_BAD:          happened = frames_bad;
            `REG_FRAMES_DROPPED:      happened = frames_dropped;
            default: begin
                // There are no more than four stores.
                is_happened = is_corrected || is_uncorrectable;
                happened = !is_happened || offset[2] ? 32'd0
                         : is_corrected ? read_corrected[32*offset[1:0] +: 32]
                         : read_uncorrectable[32*offset[1:0] +: 32];
            end
        endcase
    end

    always @* begin
        is_counted = 1'b1;
        case (offset)
            `REG_CYCLES_SWEEP:        counted = cycles_sweep;
            `REG_CYCLES_DIGEST:       counted = cycles_digest;
            `REG_CYCLES_RUN:          counted = cycles_run;
            `REG_CYCLES_UNDO:         counted = cycles_undo;
            `REG_CYCLES_WAITED:       counted = cycles_waited;
            `REG_WORDS_CORRECTED:     counted = words_corrected;
            `REG_WORDS_UNCORRECTABLE: counted = words_uncorrectable;
            `REG_FIRST_UNCORRECTABLE: counted = first_uncorrectable;
            `REG_UPSET_HEAD:          counted = upset_head;
            `REG_UPSETS_LOST:         counted = upsets_lost;
            `REG_SCRUB_WORDS:         counted = scrub_words;
            `REG_SCRUB_CORRECTED:     counted = scrub_corrected;
            `REG_SCRUB_UNCORRECTABLE: counted = scrub_uncorrectable;
            `REG_SCRUB_FIRST:         counted = scrub_first;
            default: begin
                is_counted = 1'b0;
                counted = 32'd0;
            end
        endcase
    end

    // The second
    reg [5:0]  kinds_q;          // the address is a register, of one of those kinds,
    reg        starting_q;       // a command runs, or is about to
    reg        stop_q;           // what is written is STOP,
    reg        trials_q;         // TRIALS,
    reg        impossible_q;     // or no bit rate
    reg [31:0] built_q;
    reg [31:0] configured_q;
    reg [31:0] of_trials_q;
    reg [31:0] of_beam_q;
    reg [31:0] happened_q;
    reg [31:0] counted_q;

    // Records and upsets lie between tail and head; both wrap.
    reg [31:0] held_q;
    reg [31:0] taken_q;
    reg [31:0] upsets_held_q;
    reg [31:0] upsets_taken_q;

    always @(posedge clk) begin
        looked_up_q <= taken_over_q;
        kinds_q <= {is_built, is_happened, is_counted, is_configured, is_of_trials, is_of_beam} & {6{in_range_q}};
        starting_q <= starting;
        stop_q <= s_wdata == `COMMAND_STOP;
        trials_q <= s_wdata == `COMMAND_TRIALS;
        impossible_q <= s_wdata == 32'd0 || s_wdata > 32'h00400000;
        built_q <= built;
        configured_q <= configured;
        of_trials_q <= of_trials;
        of_beam_q <= of_beam;
        happened_q <= happened;
        counted_q <= counted;
        held_q <= record_head - record_tail;
        taken_q <= s_wdata - record_tail;
        upsets_held_q <= upset_head - upset_tail;
        upsets_taken_q <= s_wdata - upset_tail;
        if (rst) looked_up_q <= 1'b0;
    end

    assign s_rdata = built_q | configured_q | of_trials_q | of_beam_q | happened_q | counted_q;

    // The third
    wire       rate = offset == `REG_LINE_STEP;
    wire       tail = offset == `REG_RECORD_TAIL || offset == `REG_UPSET_TAIL;
    wire       anytime = (offset == `REG_COMMAND && stop_q) || tail || rate;
    wire       locked = starting_q && !anytime;
    wire       known = |kinds_q;
    wire       writable = |kinds_q[2:0];
    reg        refused_q;
    reg        begins_q;         // what is written is the command TRIALS
    reg        frees_q;          // the ring's tail goes no further than its head
    reg        frees_upsets_q;

    always @(posedge clk) begin
        judged_q <= looked_up_q;
        refused_q <= !known || (s_we && (!writable || locked || (rate && impossible_q)));
        begins_q <= offset == `REG_COMMAND && trials_q;
        frees_q <= taken_q <= held_q;
        frees_upsets_q <= upsets_taken_q <= upsets_held_q;
        if (rst) judged_q <= 1'b0;
    end

    // The fourth
    wire       write = judged_q && s_we && !refused_q;
    wire       writes_extent = offset[7:3] == 5'b00011;

    assign line_step_valid = write && rate;
    assign line_step_wanted = s_wdata[23:0];
    assign gap_write = write && is_gap;

    always @(posedge clk) begin
        s_ack <= judged_q && !refused_q;
        s_err <= judged_q && refused_q;
        command_valid <= write && offset == `REG_COMMAND;
        if (write) begin
            case (offset)
                `REG_IMAGE_ROWS:     image_rows <= s_wdata[15:0];
                `REG_SCORE_ROWS:     score_rows <= s_wdata[15:0];
                `REG_SCORE_COUNT:    score_count <= s_wdata[15:0];
                `REG_ROW_BITS:       row_bits <= s_wdata[4:0];
                `REG_WORK_LIMIT:     work_limit <= s_wdata;
                `REG_CYCLE_LIMIT:    cycle_limit <= s_wdata;
                `REG_IMAGE_FIRST:    image_first <= s_wdata[15:0];
                `REG_IMAGE_COUNT:    image_count <= s_wdata[15:0];
                `REG_SEED_LOW:       seed[31:0] <= s_wdata;
                `REG_SEED_HIGH:      seed[63:32] <= s_wdata;
                `REG_THRESHOLD_LOW:  threshold[31:0] <= s_wdata;
                `REG_THRESHOLD_HIGH: threshold[32] <= s_wdata[0];
                `REG_STORE_MASK:     store_mask <= s_wdata[7:0];
                `REG_FLIP_COUNT:     flip_count <= s_wdata[15:0];
                `REG_TRIALS:         trials <= s_wdata;
                `REG_GOLDEN_DIGEST:  golden_digest <= s_wdata;
                `REG_INJECT:         inject <= s_wdata;
                `REG_CURSOR:         cursor <= s_wdata;
                `REG_INPUTS:         inputs <= s_wdata[15:0];
                `REG_GATES:          gates <= s_wdata[15:0];
                `REG_WIRE_BITS:      wire_bits <= s_wdata[4:0];
                `REG_GROUP:          group <= s_wdata[15:0];
                `REG_SCORE_BITS:     score_bits <= s_wdata[4:0];
                `REG_CLASS_BITS:     class_bits <= s_wdata[4:0];
                `REG_WIRING_SEED:    wiring_seed <= s_wdata;
                `REG_COMMAND:        command <= |s_wdata[31:3] ? 32'd0 : {29'd0, s_wdata[2:0]};
                `REG_RECORD_TAIL:    if (frees_q) record_tail <= s_wdata;
                `REG_UPSET_TAIL:     if (frees_upsets_q) upset_tail <= s_wdata;
                `REG_PATTERN:        pattern <= s_wdata[9:0] & 10'h313;
                `REG_SCRUB:          scrub <= s_wdata[9:0] & {1'b1, GOLDEN_COPY != 32'd0, 8'hff};
                `REG_SCRUB_INTERVAL_LOW:  scrub_interval[31:0] <= s_wdata;
                `REG_SCRUB_INTERVAL_HIGH: scrub_interval[47:32] <= s_wdata[15:0];
                `REG_PERIOD_LOW:     period[31:0] <= s_wdata;
                `REG_PERIOD_HIGH:    period[47:32] <= s_wdata[15:0];
                `REG_SITE_MASK:      site_mask <= s_wdata;
                `REG_WINDOW:         window <= s_wdata[15:0];
                default: begin
                end
            endcase
            if (begins_q) begin
                record_tail <= 32'd0;
                upset_tail <= 32'd0;
            end
        end
        if (rst) begin
            s_ack <= 1'b0;
            s_err <= 1'b0;
            command_valid <= 1'b0;
            image_rows <= 16'd0;
            score_rows <= 16'd0;
            score_count <= 16'd1;
            row_bits <= 5'd0;
            work_limit <= 32'd0;
            cycle_limit <= 32'hffffffff;
            image_first <= 16'd0;
            image_count <= 16'd0;
            seed <= 64'd0;
            threshold <= 33'd0;
            store_mask <= 8'd0;
            flip_count <= 16'd0;
            trials <= 32'd0;
            golden_digest <= 32'd0;
            inject <= 32'd0;
            cursor <= 32'd0;
            inputs <= 16'd0;
            gates <= 16'd0;
            wire_bits <= 5'd1;
            group <= 16'd1;
            score_bits <= 5'd1;
            class_bits <= 5'd1;
            wiring_seed <= 32'd0;
            record_tail <= 32'd0;
        end
        if (rst || BEAM == 0) begin
            pattern <= 10'd0;
            scrub <= 10'd0;
            scrub_interval <= 48'd0;
            period <= 48'd0;
            site_mask <= 32'd0;
            window <= 16'd0;
            upset_tail <= 32'd0;
        end
        // What the build lacks.
        if (TRIALS == 0) begin
            seed <= 64'd0;
            threshold <= 33'd0;
            trials <= 32'd0;
            golden_digest <= 32'd0;
            inject <= 32'd0;
            cursor <= 32'd0;
            record_tail <= 32'd0;
        end
        if (OF_LUT == 0) begin
            inputs <= 16'd0;
            gates <= 16'd0;
            wire_bits <= 5'd0;
            group <= 16'd0;
            score_bits <= 5'd0;
            class_bits <= 5'd0;
        end
        if (OF_MAC == 0) row_bits <= 5'd0;
        if (SEEDED == 0) wiring_seed <= 32'd0;
    end

    // As many bits of an extent as the store's capacity has; what needs more is all ones, and so
    // beyond the capacity, too. None of a store that is absent.
    genvar s;
    generate
        for (s = 0; s < 8; s = s + 1) begin : g_extent
            localparam [23:0] CAPACITY = STORE_CAPACITY[32*s +: 24];
            localparam [19:0] MASK = CAPACITY == 24'd0 ? 20'd0 : (20'd2 << $clog2(CAPACITY)) - 20'd1;

            wire [19:0] asked = |(s_wdata[19:0] & ~MASK) ? 20'hfffff : s_wdata[19:0];

            always @(posedge clk) begin
                if (write && writes_extent && offset[2:0] == s) extents[20*s +: 20] <= asked & MASK;
                if (rst) extents[20*s +: 20] <= 20'd0;
            end
        end
    endgenerate

endmodule

`default_nettype wire
