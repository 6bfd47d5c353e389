// SPDX-License-Identifier: Apache-2.0
// Judges each answered picture: class (greatest score, lowest index on a tie) and score digest
// (CRC-32 of the score bytes) against the golden results, one score a cycle, while the engine runs
// the next pictures. Relies on score_count > 0 and on `answered` only growing between `start` and
// `idle`.
`default_nettype none

module score_compare #(
    parameter ROW_W = 128,           // bits of a row of the score port: 128, or 32 for a quarter of one
    parameter SCORE_BITS = 9,        // log2 of such rows
    parameter RESULT_BITS = 9        // log2 of pictures with golden results
) (
    input  wire                   clk,
    input  wire                   rst,

    // control
    input  wire                   start,
    input  wire [15:0]            first,          // picture
    input  wire [15:0]            score_base,     // its first score row
    input  wire [15:0]            score_rows,
    input  wire [15:0]            score_count,
    input  wire [15:0]            answered,       // pictures ready to be judged
    output wire                   idle,           // all of those are judged

    // score store and golden results, read latency 1; a block RAM answers late in its cycle, and holds its
    // answer until it is asked again
    output wire                   score_re,
    output wire [SCORE_BITS-1:0]  score_row,
    input  wire [ROW_W-1:0]       score_data,
    output wire                   golden_re,
    output wire [RESULT_BITS-1:0] golden_index,
    input  wire [31:0]            golden_digest,
    input  wire [15:0]            golden_class,
    input  wire [15:0]            golden_label,

    // outcomes since `start`
    output reg  [15:0]            masked,
    output reg  [15:0]            tolerated,
    output reg  [15:0]            critical,
    output reg  [15:0]            correct
);

    localparam ELEMENT_W = $clog2(ROW_W / 8);
    localparam SPLIT = 4 - ELEMENT_W;

    localparam [2:0] S_WAIT = 3'd0;
    localparam [2:0] S_LOAD = 3'd1;
    localparam [2:0] S_TAKE = 3'd2;     // only where what was read is kept first
    localparam [2:0] S_SCAN = 3'd3;
    localparam [2:0] S_JUDGE = 3'd4;

    reg [2:0]   state_q;
    reg [15:0]  judged_q;
    reg [15:0]  picture_q;
    reg [15:0]  base_q;
    reg [13:0]  row_q;         // next row of the picture to read
    reg [15:0]  score_q;       // score being looked at
    reg [ROW_W-1:0] scores_q;  // the rest of the row, present score lowest
    reg [31:0]  crc_q;
    reg [7:0]   best_q;
    reg [15:0]  class_q;

    wire        more = judged_q != answered;
    wire        last = score_q + 16'd1 == score_count;
    wire        row_end = &score_q[ELEMENT_W-1:0];
    wire [17:0] row = ({2'd0, base_q} << SPLIT) + {4'd0, row_q};
    wire [31:0] crc_next;

    assign idle = state_q == S_WAIT && !more && !counts_q;
    assign score_re = (state_q == S_WAIT && more) || (state_q == S_SCAN && row_end);
    assign score_row = row[SCORE_BITS-1:0];
    assign golden_re = state_q == S_WAIT && more;
    assign golden_index = picture_q[RESULT_BITS-1:0];

    crc32 crc32 (
        .state(crc_q),
        .data(scores_q[7:0]),
        .next(crc_next)
    );

    // What was read is kept, except where a quarter of a row is all that a cycle takes.
    localparam IN_TIME = ROW_W < 128;

    reg [63:0]       golden_q;
    reg [ROW_W-1:0]  row_data_q;
    wire [63:0]      golden = IN_TIME ? {golden_label, golden_class, golden_digest} : golden_q;
    wire [ROW_W-1:0] row_data = IN_TIME ? score_data : row_data_q;
    wire             loads = state_q == (IN_TIME ? S_LOAD : S_TAKE);

    // Compared, and counted a cycle after.
    reg same_digest_q;
    reg same_class_q;
    reg same_label_q;
    reg counts_q;

    always @(posedge clk) begin
        golden_q <= {golden_label, golden_class, golden_digest};
        row_data_q <= score_data;
        // what it holds in other states does not matter
        scores_q <= loads ? row_data : scores_q >> 8;
        case (state_q)
            S_WAIT: begin
                row_q <= {13'd0, more};
                score_q <= 16'd0;
                crc_q <= 32'hffffffff;
                best_q <= 8'h80;
                class_q <= 16'd0;
                if (more) state_q <= S_LOAD;
            end
            S_LOAD: state_q <= IN_TIME ? S_SCAN : S_TAKE;
            S_TAKE: state_q <= S_SCAN;
            S_SCAN: begin
                score_q <= score_q + 16'd1;
                crc_q <= crc_next;
                if ($signed(scores_q[7:0]) > $signed(best_q)) begin
                    best_q <= scores_q[7:0];
                    class_q <= score_q;
                end
                if (row_end) begin
                    row_q <= row_q + 14'd1;
                    state_q <= S_LOAD;
                end
                if (last) state_q <= S_JUDGE;
            end
            default: begin // S_JUDGE
                judged_q <= judged_q + 16'd1;
                picture_q <= picture_q + 16'd1;
                base_q <= base_q + score_rows;
                row_q <= 14'd0;
                state_q <= S_WAIT;
            end
        endcase
        same_digest_q <= ~crc_q == golden[31:0];
        same_class_q <= class_q == golden[47:32];
        same_label_q <= class_q == golden[63:48];
        counts_q <= state_q == S_JUDGE;
        if (counts_q) begin
            masked <= masked + {15'd0, same_digest_q};
            tolerated <= tolerated + {15'd0, !same_digest_q && same_class_q};
            critical <= critical + {15'd0, !same_digest_q && !same_class_q};
            correct <= correct + {15'd0, same_label_q};
        end
        if (start) begin
            state_q <= S_WAIT;
            counts_q <= 1'b0;
            judged_q <= 16'd0;
            picture_q <= first;
            base_q <= score_base;
            row_q <= 14'd0;
            masked <= 16'd0;
            tolerated <= 16'd0;
            critical <= 16'd0;
            correct <= 16'd0;
        end
        if (rst) begin
            state_q <= S_WAIT;
            counts_q <= 1'b0;
            judged_q <= 16'd0;
            masked <= 16'd0;
            tolerated <= 16'd0;
            critical <= 16'd0;
            correct <= 16'd0;
        end
    end

    wire unused = &{1'b0, row, picture_q, golden_q, row_data_q};

endmodule

`default_nettype wire
