// SPDX-License-Identifier: Apache-2.0
// Lets upsets and scrubs come in the order of their ticks (docs/faults.md, "The beam"): all that
// belong to a slice of `period` ticks, one after the other, or, with `any_cycle`, each in its own clock
// cycle, while the engine runs. At the same tick the upset is first. Or one round of the scrubber, as
// fast as it goes.
//
// Bits in the flip list are held: they are set again whenever something else may have been written.
// `stop` ends the slice at its next upset or scrub.
// What this depends on must not change between the first slice and the last.
`default_nettype none

module exposure #(
    parameter UPSET_BITS = 6         // log2 of the entries that the log holds
) (
    input  wire        clk,
    input  wire        rst,

    // configuration
    input  wire [47:0] period,           // ticks of a slice
    input  wire [47:0] scrub_interval,   // ticks from one scrubbed word to the next; 0: never
    input  wire        any_cycle,
    input  wire        holds,            // the flip list names bits to hold

    // command: forget the log; the next slice, or a round of the scrubber
    input  wire        log_clear,
    input  wire        start,
    input  wire        first,            // with `start`: the first slice
    input  wire        round,
    input  wire        stop,             // leave out what is left of the slice
    output wire        busy,
    output reg         done,             // one cycle
    output wire        waiting,          // for room in the log
    output reg  [31:0] flips,            // bits that upsets flipped in this slice

    // upsets (arrivals.v)
    output wire        restart,
    input  wire        upset_valid,
    output wire        upset_take,
    input  wire [47:0] upset_at,
    input  wire [31:0] upset_site,

    // flip.v: `one` with `flip_from` or `hold`
    output reg         flip_start,
    output wire        flip_hold,
    output wire [31:0] flip_from,
    input  wire        flip_done,
    input  wire [31:0] flip_flips,
    input  wire        writing,          // a store has not yet taken what it was given

    // scrub.v
    output wire        scrub_clear,
    output wire        scrub_step,
    input  wire        scrub_taken,
    input  wire        scrub_ends,
    input  wire        scrub_empty,
    input  wire        scrub_idle,
    input  wire [31:0] scrub_corrected,

    // log
    output wire        log_we,
    output wire [1:0]  log_part,
    output reg  [31:0] log_data,
    output reg  [31:0] log_head,         // entries since `log_clear`
    input  wire [31:0] log_tail,
    output reg  [31:0] log_lost
);

    localparam [3:0] S_IDLE = 4'd0;
    localparam [3:0] S_BEGIN = 4'd1;
    localparam [3:0] S_HOLD = 4'd2;      // set the bits to hold
    localparam [3:0] S_NEXT = 4'd3;      // look what comes next,
    localparam [3:0] S_LOOK = 4'd4;
    localparam [3:0] S_PICK = 4'd5;
    localparam [3:0] S_UPSET = 4'd6;     // an upset: when it may,
    localparam [3:0] S_FLIP = 4'd7;      // flip its bits,
    localparam [3:0] S_WRITTEN = 4'd8;   // wait until they are in the store,
    localparam [3:0] S_LOG = 4'd9;       // and log it
    localparam [3:0] S_STEP = 4'd10;     // scrubs, as many as are due before the next upset,
    localparam [3:0] S_SETTLE = 4'd11;   // or one, and wait for what it does
    localparam [3:0] S_END = 4'd12;      // nothing is left in this slice
    localparam [3:0] S_ROUND = 4'd13;
    localparam [3:0] S_ROUNDED = 4'd14;

    reg  [3:0]  state_q;
    reg  [47:0] end_q;                   // of the slice
    reg  [48:0] scrub_at_q;              // tick of the next scrub; one bit more, to be never
    reg  [48:0] scrub_then_q;            // of the one after it,
    reg  [48:0] scrub_later_q;           // and the one after that, a cycle after it is asked for
    reg  [47:0] clock_q;                 // tick that the clock has come to; it goes on when a slice is over
    reg  [31:0] cycle_q;                 // since the slice began
    reg  [31:0] corrected_q;             // when bits were last held
    reg         full_q;
    reg         any_q;                   // `any_cycle` of this slice

    // What is due, and in which order; a cycle after its ticks are known.
    reg         upset_due_q;
    reg         upset_first_q;
    reg         scrub_due_q;
    reg         then_first_q;
    reg         then_due_q;
    reg         upset_reached_q;
    reg         scrub_reached_q;
    reg         end_reached_q;
    wire        scrubs = scrub_due_q && !(upset_due_q && upset_first_q);
    wire        scrubs_then = then_due_q && !(upset_due_q && then_first_q);
    wire        single = holds || any_q;         // one scrub at a time
    wire [31:0] logged = log_head - log_tail;
    wire        upsets = state_q == S_UPSET && !stop && (any_q ? upset_reached_q : !full_q);
    wire        last = part_q == 2'd3;
    wire        loses = state_q == S_WRITTEN && !writing && full_q;
    wire        begins = state_q == S_IDLE && start;

    assign busy = state_q != S_IDLE;
    assign restart = begins && first;
    assign scrub_clear = restart || (state_q == S_IDLE && round);
    assign scrub_step = (state_q == S_STEP && (!any_q || scrub_reached_q))
                        || (state_q == S_ROUND && !scrub_empty);
    assign upset_take = (log_we && last) || loses;
    assign flip_hold = state_q == S_HOLD;
    assign flip_from = upset_site;
    assign waiting = state_q == S_UPSET && full_q && !any_q && !stop;

    always @(posedge clk) begin
        upset_due_q <= upset_at < end_q;
        upset_first_q <= {1'b0, upset_at} <= scrub_at_q;
        scrub_due_q <= scrub_at_q < {1'b0, end_q};
        then_first_q <= {1'b0, upset_at} <= scrub_then_q;
        then_due_q <= scrub_then_q < {1'b0, end_q};
        upset_reached_q <= clock_q >= upset_at;
        scrub_reached_q <= {1'b0, clock_q} >= scrub_at_q;
        end_reached_q <= clock_q >= end_q;
        scrub_later_q <= scrub_then_q[48] ? scrub_then_q : scrub_then_q + {1'b0, scrub_interval};
        full_q <= |logged[31:UPSET_BITS];
    end

    // The log: four words, once the bits of the upset are in the store.
    reg [1:0]  part_q;
    reg [31:0] written_q;                // cycle from which on they are

    assign log_we = state_q == S_LOG;
    assign log_part = part_q;

    always @* begin
        case (part_q)
            2'd0: log_data = upset_at[31:0];
            2'd1: log_data = {16'd0, upset_at[47:32]};
            2'd2: log_data = upset_site;
            default: log_data = any_q ? written_q : 32'd0;
        endcase
    end

    always @(posedge clk) begin
        if (state_q == S_WRITTEN) written_q <= cycle_q;
        if (log_we) part_q <= part_q + 2'd1;
        if (log_we && last) log_head <= log_head + 32'd1;
        if (loses) log_lost <= log_lost + 32'd1;
        if (log_clear || rst) begin
            log_head <= 32'd0;
            log_lost <= 32'd0;
            part_q <= 2'd0;
        end
    end

    always @(posedge clk) begin
        done <= 1'b0;
        flip_start <= 1'b0;
        cycle_q <= cycle_q + 32'd1;
        clock_q <= clock_q + 48'd1;
        if (scrub_taken && state_q == S_STEP) begin
            scrub_at_q <= scrub_then_q;
            scrub_then_q <= scrub_later_q;
        end

        case (state_q)
            S_IDLE: begin
                if (start) begin
                    flips <= 32'd0;
                    cycle_q <= 32'd0;
                    any_q <= any_cycle;
                    clock_q <= first ? 48'd0 : end_q;
                    end_q <= first ? period : end_q + period;
                    if (first) begin
                        scrub_at_q <= {scrub_interval == 48'd0, scrub_interval};
                        scrub_then_q <= {scrub_interval == 48'd0, 48'd0} | {scrub_interval, 1'b0};
                    end
                    state_q <= S_BEGIN;
                end else if (round) begin
                    state_q <= S_ROUND;
                end
            end
            S_BEGIN: begin
                flip_start <= holds;
                state_q <= holds ? S_HOLD : S_NEXT;
            end
            S_HOLD: begin
                corrected_q <= scrub_corrected;
                if (flip_done) state_q <= S_NEXT;
            end
            S_NEXT: if (upset_valid && scrub_idle) state_q <= S_LOOK;
            S_LOOK: state_q <= S_PICK;
            S_PICK: begin
                state_q <= scrubs && !scrub_empty ? S_STEP : upset_due_q ? S_UPSET : S_END;
                if (stop) state_q <= S_END;
            end
            S_UPSET: begin
                if (stop) state_q <= S_END;
                if (upsets) begin
                    flip_start <= 1'b1;
                    state_q <= S_FLIP;
                end
            end
            S_FLIP: if (flip_done) begin
                flips <= flips + flip_flips;
                state_q <= S_WRITTEN;
            end
            S_WRITTEN: if (!writing) state_q <= !full_q ? S_LOG : holds ? S_BEGIN : S_NEXT;
            S_LOG: if (last) state_q <= holds ? S_BEGIN : S_NEXT;
            // What comes after the next scrub is known by the time that that is taken.
            S_STEP: begin
                if (stop && !scrub_step) state_q <= S_NEXT;
                if (scrub_taken && single) state_q <= S_SETTLE;
                else if (scrub_taken && (!scrubs_then || stop)) state_q <= S_NEXT;
            end
            S_SETTLE: if (scrub_idle) begin
                state_q <= holds && corrected_q != scrub_corrected ? S_BEGIN : S_NEXT;
            end
            S_END: if (!any_q || end_reached_q || stop) begin
                done <= 1'b1;
                state_q <= S_IDLE;
            end
            S_ROUND: if (scrub_empty || (scrub_taken && scrub_ends)) state_q <= S_ROUNDED;
            default: if (scrub_idle) begin // S_ROUNDED
                done <= 1'b1;
                state_q <= S_IDLE;
            end
        endcase

        if (rst) begin
            state_q <= S_IDLE;
            done <= 1'b0;
            flip_start <= 1'b0;
            clock_q <= 48'd0;
            end_q <= 48'd0;
        end
    end

    wire unused = &{1'b0, logged[UPSET_BITS-1:0]};

endmodule

`default_nettype wire
