// SPDX-License-Identifier: Apache-2.0
// Judges a batch, a row of LANES bits a cycle: writes the scores, compares them with the golden
// ones by exclusive or, finds the class (greatest score, lowest index on a tie), compares it with
// golden class and label, and counts the outcomes. Rows follow one another from batch to batch.
//
// A class must not become ready before `score_bits` cycles after the one before; none between the
// last class of a batch and `judged`.
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
    reg [4:0]                  place_q;          // bit of the score or class that is next
    reg [SCORE_BITS-1:0]       score_row_q;
    reg [RESULT_BITS-1:0]      golden_row_q;
    reg [15:0]                 remaining_q;      // pictures not judged

    // Scores -----------------------------------------------------------------------------------------
    reg [LANES-1:0]            greater_q;        // than the best so far, by the bits seen
    reg [LANES-1:0]            equal_q;
    reg [COUNT_BITS*LANES-1:0] best_q;
    reg [CLASS_W*LANES-1:0]    class_q;

    wire                       scan = ready || scanning_q;
    wire [4:0]                 place = ready ? score_bits - 5'd1 : place_q;
    wire [LANES-1:0]           row = score[place*LANES +: LANES];
    wire [LANES-1:0]           best_row = best_q[place*LANES +: LANES];
    wire [LANES-1:0]           equal_before = ready ? {LANES{1'b1}} : equal_q;
    wire [LANES-1:0]           greater_before = ready ? {LANES{1'b0}} : greater_q;
    wire [LANES-1:0]           greater = greater_before | (equal_before & row & ~best_row);
    wire [LANES-1:0]           take = number == 16'd0 ? {LANES{1'b1}} : greater;
    wire                       scanned = scan && place == 5'd0;

    assign score_we = scan;
    assign score_row = score_row_q;
    assign score_data = row;

    always @(posedge clk) begin
        greater_q <= greater;
        equal_q <= equal_before & ~(row ^ best_row);
    end

    genvar b;
    generate
        for (b = 0; b < COUNT_BITS; b = b + 1) begin : g_best
            always @(posedge clk) begin
                if (scanned) begin
                    best_q[b*LANES +: LANES] <= (score[b*LANES +: LANES] & take) |
                                                (best_q[b*LANES +: LANES] & ~take);
                end
            end
        end
        for (b = 0; b < CLASS_W; b = b + 1) begin : g_class
            always @(posedge clk) begin
                if (scanned) begin
                    class_q[b*LANES +: LANES] <= ({LANES{number[b]}} & take) |
                                                 (class_q[b*LANES +: LANES] & ~take);
                end
            end
        end
    endgenerate

    // Comparison, a cycle after the golden row was asked for ---------------------------------------------
    reg [LANES-1:0] row_q;
    reg             score_arrives_q;
    reg             class_arrives_q;
    reg             label_arrives_q;
    reg [LANES-1:0] differs_q;           // scores
    reg [LANES-1:0] moved_q;             // class
    reg [LANES-1:0] wrong_q;             // class and label

    wire            in_class = state_q == S_CLASS;
    wire            in_label = state_q == S_LABEL;
    wire [LANES-1:0] class_row = class_q[place_q*LANES +: LANES];
    wire [LANES-1:0] difference = row_q ^ golden_data;

    assign golden_re = scan || in_class || in_label;
    assign golden_row = golden_row_q;

    always @(posedge clk) begin
        row_q <= scan ? row : class_row;
        score_arrives_q <= scan;
        class_arrives_q <= in_class;
        label_arrives_q <= in_label;
        if (score_arrives_q) differs_q <= differs_q | difference;
        if (class_arrives_q) moved_q <= moved_q | difference;
        if (label_arrives_q) wrong_q <= wrong_q | difference;
        if (judged || start) begin
            differs_q <= {LANES{1'b0}};
            moved_q <= {LANES{1'b0}};
            wrong_q <= {LANES{1'b0}};
        end
        if (rst) begin
            score_arrives_q <= 1'b0;
            class_arrives_q <= 1'b0;
            label_arrives_q <= 1'b0;
        end
    end

    // Counts: up to 32 pictures of one outcome a cycle, a register before the count and one after it ---------------
    localparam [15:0] MOST = LANES[15:0];

    wire            whole = remaining_q > MOST;
    wire [15:0]     pictures = whole ? MOST : remaining_q;
    reg [LANES-1:0] present_q;
    reg [1:0]       outcome_q;
    reg [1:0]       chunk_q;
    reg [LANES-1:0] counted;             // pictures with the outcome
    wire [LANES-1:0] chunk = counted >> (CHUNK * chunk_q);
    reg [CHUNK-1:0] count_chunk_q;
    reg             count_q;
    reg [1:0]       count_outcome_q;
    reg             count_last_q;
    wire [5:0]      ones;
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
        .WIDTH(CHUNK),
        .COUNT_W(6)
    ) popcount (
        .data(count_chunk_q),
        .ones(ones)
    );

    wire last_chunk = {30'd0, chunk_q} == CHUNKS - 1;
    wire last_count = state_q == S_COUNT && last_chunk && outcome_q == 2'd3;

    always @(posedge clk) begin
        present_q <= {LANES{1'b1}} >> (MOST - pictures);
        count_chunk_q <= chunk[CHUNK-1:0];
        count_q <= state_q == S_COUNT && !label_arrives_q;
        count_outcome_q <= outcome_q;
        count_last_q <= last_count && !label_arrives_q;
        ones_q <= ones;
        sum_q <= count_q;
        sum_outcome_q <= count_outcome_q;
        last_q <= count_last_q;
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
            answered <= answered + pictures;
            remaining_q <= remaining_q - pictures;
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
    always @(posedge clk) begin
        scanning_q <= scan && !scanned;
        if (scan) score_row_q <= score_row_q + 1'b1;
        if (golden_re) golden_row_q <= golden_row_q + 1'b1;
        if (finished) ended_q <= 1'b1;
        if (scan) place_q <= place - 5'd1;
        case (state_q)
            S_SCORES: if (ended_q && !scan) begin
                ended_q <= 1'b0;
                place_q <= class_bits - 5'd1;
                state_q <= S_CLASS;
            end
            S_CLASS: begin
                place_q <= place_q - 5'd1;
                if (place_q == 5'd0) begin
                    place_q <= class_bits - 5'd1;
                    state_q <= S_LABEL;
                end
            end
            S_LABEL: begin
                place_q <= place_q - 5'd1;
                outcome_q <= 2'd0;
                chunk_q <= 2'd0;
                if (place_q == 5'd0) state_q <= S_COUNT;
            end
            // S_COUNT, from the cycle on in which the last comparison is in
            default: if (!label_arrives_q) begin
                chunk_q <= last_chunk ? 2'd0 : chunk_q + 2'd1;
                if (last_chunk) outcome_q <= outcome_q + 2'd1;
                if (last_count) state_q <= S_SCORES;
            end
        endcase
        if (start) begin
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
