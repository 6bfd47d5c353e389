// SPDX-License-Identifier: Apache-2.0
// Scores and judgement of a batch with one small memory, a row of LANES bits at a time: the small
// alternative to group_count.v and judge.v, with the same results. It counts the ones of each group
// of scored gates in bit-sliced counters. A finished class is written to the score store, compared
// with the golden scores and with the best class so far. `finish` ends the batch: what was not
// counted scores 0, then class and label are compared and outcomes are counted.
//
// While `busy` nothing may come in.
`default_nettype none

module tally #(
    parameter LANES = 16,        // pictures of a batch, up to 32
    parameter SCORE_BITS = 9,    // log2 of score rows
    parameter RESULT_BITS = 9    // log2 of golden rows
) (
    input  wire                   clk,
    input  wire                   rst,

    // a run: first rows and pictures; outcomes begin at 0
    input  wire                   start,
    input  wire [15:0]            first_score_row,
    input  wire [15:0]            first_golden_row,
    input  wire [15:0]            count,

    input  wire [15:0]            group,         // gates of a class, at least 1
    input  wire [15:0]            classes,
    input  wire [4:0]             score_bits,    // of `group`, up to 16
    input  wire [4:0]             class_bits,    // up to 16

    // scored gates
    input  wire                   valid,
    input  wire [LANES-1:0]       ones,
    input  wire                   finish,
    output wire                   busy,
    output reg                    judged,        // one cycle: outcomes hold this batch, too

    // score store; golden results, read latency 1
    output wire                   score_we,
    output wire [SCORE_BITS-1:0]  score_row,
    output wire [LANES-1:0]       score_data,
    output wire                   golden_re,
    output wire [RESULT_BITS-1:0] golden_row,
    input  wire [LANES-1:0]       golden_data,

    // outcomes since `start`
    output reg  [15:0]            answered,
    output reg  [15:0]            masked,
    output reg  [15:0]            tolerated,
    output reg  [15:0]            critical,
    output reg  [15:0]            correct
);

    // What it does, a row of the memory after the other, two where it needs a count and the best
    localparam [2:0] S_IDLE = 3'd0;
    localparam [2:0] S_COUNT = 3'd1;             // one more where the gate is 1
    localparam [2:0] S_SCORE = 3'd2;             // which pictures have a new best
    localparam [2:0] S_TAKE = 3'd3;              // keep it
    localparam [2:0] S_CLASS = 3'd4;             // and its number
    localparam [2:0] S_MOVED = 3'd5;             // compare the class, the batch being over,
    localparam [2:0] S_LABEL = 3'd6;             // and the label
    localparam [2:0] S_OUTCOME = 3'd7;           // count an outcome a cycle

    // The memory: counts, best scores and classes, a bit a row
    localparam [1:0] COUNTS = 2'd0;
    localparam [1:0] BESTS = 2'd1;
    localparam [1:0] CLASSES = 2'd2;

    reg [2:0]             state_q;
    reg                   drain_q;               // the state's last row is on its way
    reg                   second_q;              // the best, not the count
    reg [3:0]             place_q;               // bit
    reg                   finishing_q;
    reg                   zero_q;                // the class has no gates: its counts are 0
    reg [15:0]            counted_q;             // gates of the present class
    reg [15:0]            class_q;
    reg [SCORE_BITS-1:0]  score_row_q;
    reg [RESULT_BITS-1:0] golden_row_q;
    reg [15:0]            remaining_q;           // pictures not judged

    // the row that arrives
    reg                   arrives_q;
    reg [2:0]             arrival_q;             // for which state
    reg                   arrival_second_q;
    reg [3:0]             arrival_place_q;
    wire [LANES-1:0]      arrived;

    reg [LANES-1:0]       row_q;                 // carry of S_COUNT; count while the best is read
    reg [LANES-1:0]       greater_q;
    reg [LANES-1:0]       equal_q;
    reg [LANES-1:0]       differs_q;             // scores
    reg [LANES-1:0]       moved_q;               // class
    reg [LANES-1:0]       wrong_q;               // class and label

    wire       reading = state_q != S_IDLE && state_q != S_OUTCOME && !drain_q;
    wire       pair = state_q == S_SCORE || state_q == S_TAKE;
    wire       of_class = state_q == S_CLASS || state_q == S_MOVED || state_q == S_LABEL;
    wire       row_done = reading && (!pair || second_q);
    wire       state_done = row_done && place_q == 4'd0;
    wire       full = counted_q + 16'd1 == group;
    wire       any_left = class_q != classes;
    wire       last_class = class_q + 16'd1 == classes;

    // Counting goes up from the lowest bit, all else down from the highest.
    wire [4:0] score_top = score_bits - 5'd1;
    wire [4:0] class_top = class_bits - 5'd1;
    wire [3:0] place = state_q == S_COUNT ? score_top[3:0] - place_q : place_q;

    wire [1:0]       kind = of_class ? CLASSES : second_q ? BESTS : COUNTS;
    wire [LANES-1:0] take = class_q == 16'd0 ? {LANES{1'b1}} : greater_q;
    wire [LANES-1:0] number = {LANES{class_q[arrival_place_q]}};
    wire             for_count = arrives_q && arrival_q == S_COUNT;
    wire             for_score = arrives_q && arrival_q == S_SCORE;
    wire             for_take = arrives_q && arrival_q == S_TAKE && arrival_second_q;
    wire             for_class = arrives_q && arrival_q == S_CLASS;
    wire             blank = arrival_q == S_COUNT ? counted_q == 16'd0 : zero_q;
    wire [LANES-1:0] counts = blank ? {LANES{1'b0}} : arrived;
    reg  [LANES-1:0] wdata;

    always @* begin
        case (arrival_q)
            S_COUNT: wdata = counts ^ row_q;
            S_TAKE:  wdata = (row_q & take) | (arrived & ~take);
            default: wdata = (number & take) | (arrived & ~take);
        endcase
    end

    ram_1w1r #(
        .WIDTH(LANES),
        .DEPTH(64),
        .ADDRESS_W(6)
    ) rows (
        .clk(clk),
        .we(for_count || for_take || for_class),
        .waddr({for_count ? COUNTS : for_take ? BESTS : CLASSES, arrival_place_q}),
        .wdata(wdata),
        .re(reading),
        .raddr({kind, place}),
        .rdata(arrived)
    );

    assign busy = state_q != S_IDLE;
    assign score_we = for_score && !arrival_second_q;
    assign score_row = score_row_q;
    assign score_data = counts;
    assign golden_re = score_we || (reading && (state_q == S_MOVED || state_q == S_LABEL));
    assign golden_row = golden_row_q;

    always @(posedge clk) begin
        arrives_q <= reading;
        arrival_q <= state_q;
        arrival_second_q <= second_q;
        arrival_place_q <= place;
        if (rst) arrives_q <= 1'b0;
    end

    // What arrives
    wire [LANES-1:0] difference = (arrival_q == S_SCORE ? row_q : arrived) ^ golden_data;

    always @(posedge clk) begin
        if (valid) row_q <= ones;
        if (for_count) row_q <= row_q & counts;
        if (arrives_q && !arrival_second_q && (arrival_q == S_SCORE || arrival_q == S_TAKE)) row_q <= counts;
        if (for_score && arrival_second_q) begin
            greater_q <= greater_q | (equal_q & row_q & ~arrived);
            equal_q <= equal_q & ~(row_q ^ arrived);
            differs_q <= differs_q | difference;
        end
        if (arrives_q && arrival_q == S_MOVED) moved_q <= moved_q | difference;
        if (arrives_q && arrival_q == S_LABEL) wrong_q <= wrong_q | difference;
        if (!busy || (state_q == S_CLASS && drain_q)) begin
            greater_q <= {LANES{1'b0}};
            equal_q <= {LANES{1'b1}};
        end
        if (start || judged) begin
            differs_q <= {LANES{1'b0}};
            moved_q <= {LANES{1'b0}};
            wrong_q <= {LANES{1'b0}};
        end
    end

    // Outcomes
    localparam [15:0] MOST = LANES[15:0];

    wire             whole = remaining_q > MOST;
    wire [15:0]      pictures = whole ? MOST : remaining_q;
    reg  [LANES-1:0] present_q;
    reg  [LANES-1:0] counted;                    // pictures with the outcome
    wire [5:0]       number_counted;
    wire [15:0]      more = {10'd0, number_counted};
    wire             outcome = state_q == S_OUTCOME;
    wire             last_outcome = outcome && place_q == 4'd0;

    always @* begin
        case (place_q[1:0])
            2'd3: counted = present_q & ~differs_q;
            2'd2: counted = present_q & differs_q & ~moved_q;
            2'd1: counted = present_q & differs_q & moved_q;
            default: counted = present_q & ~wrong_q;
        endcase
    end

    popcount #(
        .WIDTH(LANES),
        .COUNT_W(6)
    ) popcount (
        .data(counted),
        .ones(number_counted)
    );

    always @(posedge clk) begin
        present_q <= {LANES{1'b1}} >> (MOST - pictures);
        judged <= last_outcome;
        if (outcome && place_q[1:0] == 2'd3) masked <= masked + more;
        if (outcome && place_q[1:0] == 2'd2) tolerated <= tolerated + more;
        if (outcome && place_q[1:0] == 2'd1) critical <= critical + more;
        if (last_outcome) begin
            correct <= correct + more;
            answered <= answered + pictures;
            remaining_q <= remaining_q - pictures;
        end
        if (start) remaining_q <= count;
        if (start || rst) begin
            answered <= 16'd0;
            masked <= 16'd0;
            tolerated <= 16'd0;
            critical <= 16'd0;
            correct <= 16'd0;
        end
        if (rst) judged <= 1'b0;
    end

    // Order
    always @(posedge clk) begin
        if (score_we) score_row_q <= score_row_q + 1'b1;
        if (golden_re) golden_row_q <= golden_row_q + 1'b1;
        if (reading && pair) second_q <= !second_q;
        if (row_done) place_q <= place_q - 4'd1;
        drain_q <= state_done;
        case (state_q)
            S_IDLE: begin
                second_q <= 1'b0;
                place_q <= score_top[3:0];
                if (valid && any_left) begin
                    state_q <= S_COUNT;
                end else if (finish) begin
                    finishing_q <= 1'b1;
                    zero_q <= counted_q == 16'd0;
                    if (!any_left) place_q <= class_top[3:0];
                    state_q <= any_left ? S_SCORE : S_MOVED;
                end
            end
            S_COUNT: if (drain_q) begin
                counted_q <= counted_q + 16'd1;
                zero_q <= 1'b0;
                place_q <= score_top[3:0];
                state_q <= full ? S_SCORE : S_IDLE;
            end
            S_SCORE: if (drain_q) begin
                place_q <= score_top[3:0];
                state_q <= S_TAKE;
            end
            S_TAKE: if (drain_q) begin
                place_q <= class_top[3:0];
                state_q <= S_CLASS;
            end
            S_CLASS: if (drain_q) begin
                counted_q <= 16'd0;
                class_q <= class_q + 16'd1;
                zero_q <= 1'b1;
                place_q <= last_class ? class_top[3:0] : score_top[3:0];
                state_q <= !finishing_q ? S_IDLE : last_class ? S_MOVED : S_SCORE;
            end
            S_MOVED: if (drain_q) begin
                place_q <= class_top[3:0];
                state_q <= S_LABEL;
            end
            S_LABEL: if (drain_q) begin
                place_q <= 4'd3;
                state_q <= S_OUTCOME;
            end
            default: begin // S_OUTCOME
                place_q <= place_q - 4'd1;
                if (last_outcome) begin
                    finishing_q <= 1'b0;
                    counted_q <= 16'd0;
                    class_q <= 16'd0;
                    state_q <= S_IDLE;
                end
            end
        endcase
        if (start) begin
            score_row_q <= first_score_row[SCORE_BITS-1:0];
            golden_row_q <= first_golden_row[RESULT_BITS-1:0];
        end
        if (rst) begin
            state_q <= S_IDLE;
            drain_q <= 1'b0;
            finishing_q <= 1'b0;
            counted_q <= 16'd0;
            class_q <= 16'd0;
        end
    end

    wire unused = &{1'b0, first_score_row, first_golden_row, score_top[4], class_top[4]};

endmodule

`default_nettype wire
