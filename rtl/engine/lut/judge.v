// SPDX-License-Identifier: Apache-2.0
// Judges a batch, a row of LANES bits a cycle: writes the scores, compares them with the golden
// ones by exclusive or, finds the class (greatest score, lowest index on a tie), compares it with
// golden class and label, and counts the outcomes. Rows follow one another from batch to batch.
//
// A class must not become ready before `score_bits` + 2 cycles after the one before; none between
// the last class of a batch and `judged`. Rows are chosen by one-hot places, a register before and
// after each step: a place has a load in every lane.
`default_nettype none

module judge #(
    parameter LANES = 64,        // pictures of a batch: 16, 32, 64 or 128
    parameter COUNT_BITS = 10,   // most bits of a score
    parameter CLASS_W = 8,       // most bits of a class or label
    parameter SCORE_BITS = 9,    // log2 of score rows
    parameter RESULT_BITS = 9    // log2 of golden rows
) (
    input  wire                        clk,
    input  wire                        rst,

    // a run: first rows and pictures; outcomes begin at 0
    input  wire                        start,
    input  wire [15:0]                 first_score_row,
    input  wire [15:0]                 first_golden_row,
    input  wire [15:0]                 count,

    // constant from two cycles before `start` on
    input  wire [4:0]                  score_bits,
    input  wire [4:0]                  class_bits,

    // classes of the batch
    input  wire                        ready,
    input  wire [15:0]                 number,
    input  wire [COUNT_BITS*LANES-1:0] score,
    input  wire                        finished,
    output reg                         judged,       // one cycle: outcomes hold this batch, too

    // score store; golden results, read latency 1
    output wire                        score_we,
    output wire [SCORE_BITS-1:0]       score_row,
    output wire [LANES-1:0]            score_data,
    output wire                        golden_re,
    output wire [RESULT_BITS-1:0]      golden_row,
    input  wire [LANES-1:0]            golden_data,

    // outcomes since `start`
    output reg  [15:0]                 answered,
    output reg  [15:0]                 masked,
    output reg  [15:0]                 tolerated,
    output reg  [15:0]                 critical,
    output reg  [15:0]                 correct
);

    localparam CHUNK = LANES < 32 ? LANES : 32;
    localparam CHUNKS = LANES / CHUNK;

    localparam [1:0] S_SCORES = 2'd0;
    localparam [1:0] S_CLASS = 2'd1;
    localparam [1:0] S_LABEL = 2'd2;
    localparam [1:0] S_COUNT = 2'd3;

    reg [1:0]                  state_q;
    reg                        scanning_q;       // a class is under way
    reg                        ended_q;          // the batch's last class was ready
    reg [COUNT_BITS-1:0]       place_q;          // bit of a score that is next, one-hot
    reg [COUNT_BITS-1:0]       top_q;            // the first
    reg [CLASS_W-1:0]          class_place_q;    // bit of a class that is next, likewise
    reg [CLASS_W-1:0]          class_top_q;
    reg [SCORE_BITS-1:0]       score_row_q;
    reg [RESULT_BITS-1:0]      golden_row_q;
    reg [15:0]                 remaining_q;      // pictures not judged

    // Scores -----------------------------------------------------------------------------------------
    reg [LANES-1:0]            greater_q;        // than the best so far, by the bits seen
    reg [LANES-1:0]            equal_q;
    reg [COUNT_BITS*LANES-1:0] best_q;
    reg [CLASS_W*LANES-1:0]    class_q;

    // 1: the row of this class and of the best one, or of the classes
    wire                       scan = ready || scanning_q;
    wire                       scanned = scan && place_q[COUNT_BITS-1:1] == {(COUNT_BITS-1){1'b0}};
    reg [LANES-1:0]            row;
    reg [LANES-1:0]            best_row;
    reg [LANES-1:0]            class_row;
    reg [LANES-1:0]            row_q;
    reg [LANES-1:0]            best_row_q;
    reg                        score_row_valid_q;
    reg                        row_first_q;
    reg                        row_last_q;
    integer                    i;

    always @* begin
        row = {LANES{1'b0}};
        best_row = {LANES{1'b0}};
        class_row = {LANES{1'b0}};
        for (i = 0; i < COUNT_BITS; i = i + 1) begin
            row = row | (score[i*LANES +: LANES] & {LANES{place_q[i]}});
            best_row = best_row | (best_q[i*LANES +: LANES] & {LANES{place_q[i]}});
        end
        for (i = 0; i < CLASS_W; i = i + 1) begin
            class_row = class_row | (class_q[i*LANES +: LANES] & {LANES{class_place_q[i]}});
        end
    end

    always @(posedge clk) begin
        row_q <= scan ? row : class_row;
        best_row_q <= best_row;
        score_row_valid_q <= scan;
        row_first_q <= ready;
        row_last_q <= scanned;
        if (rst) begin
            score_row_valid_q <= 1'b0;
            row_last_q <= 1'b0;
        end
    end

    assign score_we = score_row_valid_q;
    assign score_row = score_row_q;
    assign score_data = row_q;

    // 2: compared
    wire [LANES-1:0]           equal_before = equal_q | {LANES{row_first_q}};
    wire [LANES-1:0]           greater_before = greater_q & ~{LANES{row_first_q}};
    reg                        take_q;
    reg                        take_all_q;       // the first class is the best until another is

    always @(posedge clk) begin
        greater_q <= greater_before | (equal_before & row_q & ~best_row_q);
        equal_q <= equal_before & ~(row_q ^ best_row_q);
        take_q <= row_last_q;
        take_all_q <= number == 16'd0;
        if (rst) take_q <= 1'b0;
    end

    // 3: kept, if it is greater
    wire [LANES-1:0]           take = greater_q | {LANES{take_all_q}};

    genvar b;
    generate
        for (b = 0; b < COUNT_BITS; b = b + 1) begin : g_best
            always @(posedge clk) begin
                if (take_q) begin
                    best_q[b*LANES +: LANES] <= (score[b*LANES +: LANES] & take) |
                                                (best_q[b*LANES +: LANES] & ~take);
                end
            end
        end
        for (b = 0; b < CLASS_W; b = b + 1) begin : g_class
            always @(posedge clk) begin
                if (take_q) begin
                    class_q[b*LANES +: LANES] <= ({LANES{number[b]}} & take) |
                                                 (class_q[b*LANES +: LANES] & ~take);
                end
            end
        end
    endgenerate

    wire scores_over = !scan && !score_row_valid_q && !take_q;

    // Comparison with the golden row, asked for as the row was chosen ------------------------------------
    localparam [2:0] OF_SCORE = 3'd0;
    localparam [2:0] OF_CLASS = 3'd1;
    localparam [2:0] OF_LABEL = 3'd2;

    reg [5:0]       arrives_q;           // a bit for each of them: a cycle after it was asked for,
    reg [LANES-1:0] own_q;               // and two, when both are in registers
    reg [LANES-1:0] golden_q;
    reg [LANES-1:0] differs_q;           // scores
    reg [LANES-1:0] moved_q;             // class
    reg [LANES-1:0] wrong_q;             // class and label

    wire             in_class = state_q == S_CLASS;
    wire             in_label = state_q == S_LABEL;
    wire             labels_arrive = arrives_q[OF_LABEL] || arrives_q[3+OF_LABEL];
    wire [LANES-1:0] difference = own_q ^ golden_q;

    assign golden_re = scan || in_class || in_label;
    assign golden_row = golden_row_q;

    always @(posedge clk) begin
        arrives_q <= {arrives_q[2:0], in_label, in_class, scan};
        own_q <= row_q;
        golden_q <= golden_data;
        if (arrives_q[3+OF_SCORE]) differs_q <= differs_q | difference;
        if (arrives_q[3+OF_CLASS]) moved_q <= moved_q | difference;
        if (arrives_q[3+OF_LABEL]) wrong_q <= wrong_q | difference;
        if (judged || start) begin
            differs_q <= {LANES{1'b0}};
            moved_q <= {LANES{1'b0}};
            wrong_q <= {LANES{1'b0}};
        end
        if (rst) arrives_q <= 6'd0;
    end

    // Counts: up to 32 pictures of one outcome a cycle, counted in halves ---------------------------
    localparam [15:0] MOST = LANES[15:0];

    wire            whole = remaining_q > MOST;
    reg [15:0]      pictures_q;          // of the batch
    reg [15:0]      absent_q;            // lanes without one
    reg [LANES-1:0] present_q;
    reg [1:0]       outcome_q;
    reg [1:0]       chunk_q;
    reg [LANES-1:0] counted;             // pictures with the outcome
    wire [LANES-1:0] chunk = counted >> (CHUNK * chunk_q);
    reg [CHUNK-1:0] count_chunk_q;
    reg             count_q;
    reg [1:0]       count_outcome_q;
    reg             count_last_q;
    localparam HALF = CHUNK / 2;
    wire [4:0]      low_ones;
    wire [4:0]      high_ones;
    reg [4:0]       low_ones_q;
    reg [4:0]       high_ones_q;
    reg             halves_q;
    reg [1:0]       halves_outcome_q;
    reg             halves_last_q;
    reg [5:0]       ones_q;
    reg             sum_q;
    reg [1:0]       sum_outcome_q;
    reg             last_q;

    always @* begin
        case (outcome_q)
            2'd0: counted = present_q & ~differs_q;
            2'd1: counted = present_q & differs_q & ~moved_q;
            2'd2: counted = present_q & differs_q & moved_q;
            default: counted = present_q & ~wrong_q;
        endcase
    end

    popcount #(
        .WIDTH(HALF),
        .COUNT_W(5)
    ) low_popcount (
        .data(count_chunk_q[HALF-1:0]),
        .ones(low_ones)
    );

    popcount #(
        .WIDTH(HALF),
        .COUNT_W(5)
    ) high_popcount (
        .data(count_chunk_q[HALF +: HALF]),
        .ones(high_ones)
    );

    wire last_chunk = {30'd0, chunk_q} == CHUNKS - 1;
    wire last_count = state_q == S_COUNT && last_chunk && outcome_q == 2'd3;

    always @(posedge clk) begin
        pictures_q <= whole ? MOST : remaining_q;
        present_q <= {LANES{1'b1}} >> absent_q;
        absent_q <= MOST - pictures_q;
        count_chunk_q <= chunk[CHUNK-1:0];
        count_q <= state_q == S_COUNT && !labels_arrive;
        count_outcome_q <= outcome_q;
        count_last_q <= last_count && !labels_arrive;
        low_ones_q <= low_ones;
        high_ones_q <= high_ones;
        halves_q <= count_q;
        halves_outcome_q <= count_outcome_q;
        halves_last_q <= count_last_q;
        ones_q <= {1'b0, low_ones_q} + {1'b0, high_ones_q};
        sum_q <= halves_q;
        sum_outcome_q <= halves_outcome_q;
        last_q <= halves_last_q;
        judged <= last_q;
        if (sum_q) begin
            case (sum_outcome_q)
                2'd0: masked <= masked + {10'd0, ones_q};
                2'd1: tolerated <= tolerated + {10'd0, ones_q};
                2'd2: critical <= critical + {10'd0, ones_q};
                default: correct <= correct + {10'd0, ones_q};
            endcase
        end
        if (last_q) begin
            answered <= answered + pictures_q;
            remaining_q <= remaining_q - pictures_q;
        end
        if (start) begin
            remaining_q <= count;
            answered <= 16'd0;
            masked <= 16'd0;
            tolerated <= 16'd0;
            critical <= 16'd0;
            correct <= 16'd0;
        end
        if (rst) begin
            count_q <= 1'b0;
            count_last_q <= 1'b0;
            halves_q <= 1'b0;
            halves_last_q <= 1'b0;
            sum_q <= 1'b0;
            last_q <= 1'b0;
            judged <= 1'b0;
            answered <= 16'd0;
            masked <= 16'd0;
            tolerated <= 16'd0;
            critical <= 16'd0;
            correct <= 16'd0;
        end
    end

    // Order ----------------------------------------------------------------------------------------------
    wire class_ends = class_place_q[CLASS_W-1:1] == {(CLASS_W-1){1'b0}};

    always @(posedge clk) begin
        top_q <= {{(COUNT_BITS-1){1'b0}}, 1'b1} << (score_bits - 5'd1);
        class_top_q <= {{(CLASS_W-1){1'b0}}, 1'b1} << (class_bits - 5'd1);
        scanning_q <= scan && !scanned;
        if (score_row_valid_q) score_row_q <= score_row_q + 1'b1;
        if (golden_re) golden_row_q <= golden_row_q + 1'b1;
        if (finished) ended_q <= 1'b1;
        if (scan) place_q <= scanned ? top_q : place_q >> 1;
        case (state_q)
            S_SCORES: if (ended_q && scores_over) begin
                ended_q <= 1'b0;
                class_place_q <= class_top_q;
                state_q <= S_CLASS;
            end
            S_CLASS: begin
                class_place_q <= class_place_q >> 1;
                if (class_ends) begin
                    class_place_q <= class_top_q;
                    state_q <= S_LABEL;
                end
            end
            S_LABEL: begin
                class_place_q <= class_place_q >> 1;
                outcome_q <= 2'd0;
                chunk_q <= 2'd0;
                if (class_ends) state_q <= S_COUNT;
            end
            // S_COUNT, from the cycle on in which the last comparison is in
            default: if (!labels_arrive) begin
                chunk_q <= last_chunk ? 2'd0 : chunk_q + 2'd1;
                if (last_chunk) outcome_q <= outcome_q + 2'd1;
                if (last_count) state_q <= S_SCORES;
            end
        endcase
        if (start) begin
            place_q <= top_q;
            score_row_q <= first_score_row[SCORE_BITS-1:0];
            golden_row_q <= first_golden_row[RESULT_BITS-1:0];
        end
        if (rst) begin
            state_q <= S_SCORES;
            scanning_q <= 1'b0;
            ended_q <= 1'b0;
        end
    end

    wire unused = &{1'b0, first_score_row, first_golden_row, chunk, number};

endmodule

`default_nettype wire
