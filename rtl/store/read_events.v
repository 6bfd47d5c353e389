// SPDX-License-Identifier: Apache-2.0
// Counts what an engine read out of one store: code words that came corrected, and that came
// uncorrectable. A count that is full stays so.
`default_nettype none

module read_events #(
    parameter BANKS = 4,         // code words of a row
    parameter LATENCY = 3,       // as in param_store.v
    parameter PROTECTION = 0     // likewise; 0: nothing ever comes so, and nothing is built
) (
    input  wire             clk,
    input  wire             rst,

    input  wire             clear,
    input  wire             re,              // of the store, `e_re`
    input  wire [BANKS-1:0] corrected,       // from it, LATENCY cycles later
    input  wire [BANKS-1:0] uncorrectable,
    output wire [31:0]      reads_corrected, // complete four cycles after the last of them came
    output wire [31:0]      reads_uncorrectable
);

    localparam COUNT_W = 8;

    genvar k;
    generate
        if (PROTECTION == 0) begin : g_none
            assign reads_corrected = 32'd0;
            assign reads_uncorrectable = 32'd0;

            wire unused = &{1'b0, clk, rst, clear, re, corrected, uncorrectable};
        end else begin : g_counted
            wire [2*BANKS-1:0] seen = {uncorrectable, corrected};
            wire [63:0]        counts;
            reg                re_q;
            reg                re_q2;
            reg                re_q3;
            reg                valid_q;

            assign {reads_uncorrectable, reads_corrected} = counts;

            always @(posedge clk) begin
                re_q <= re;
                re_q2 <= re_q;
                re_q3 <= re_q2;
                valid_q <= LATENCY == 1 ? re_q : re_q3;
                if (rst) begin
                    re_q <= 1'b0;
                    re_q2 <= 1'b0;
                    re_q3 <= 1'b0;
                    valid_q <= 1'b0;
                end
            end

            // of each kind: the banks, how many they are, and the sum
            for (k = 0; k < 2; k = k + 1) begin : g_kind
                reg  [BANKS-1:0]   seen_q;
                wire [COUNT_W-1:0] ones;
                reg  [COUNT_W-1:0] ones_q;
                reg  [32:0]        count_q;

                popcount #(
                    .WIDTH(BANKS),
                    .COUNT_W(COUNT_W)
                ) popcount (
                    .data(seen_q),
                    .ones(ones)
                );

                always @(posedge clk) begin
                    seen_q <= seen[k*BANKS +: BANKS];
                    ones_q <= valid_q ? ones : {COUNT_W{1'b0}};
                    count_q <= count_q[32] ? count_q : count_q + {{(33-COUNT_W){1'b0}}, ones_q};
                    if (clear || rst) count_q <= 33'd0;
                end

                assign counts[32*k +: 32] = count_q[31:0] | {32{count_q[32]}};
            end
        end
    endgenerate

endmodule

`default_nettype wire
