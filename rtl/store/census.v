// SPDX-License-Identifier: Apache-2.0
// Counts code words that their codes find wrong, and keeps the place of the first that cannot be
// corrected. Words come up to WORDS at a time, neighbours, in canonical order, a cycle after the place
// of the first of them. Counts are complete three cycles after the last words; full ones stay so.
`default_nettype none

module census #(
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store, as PROTECTION in code_word.v
    parameter CODE_W = 32,       // physical bits of the widest code word
    parameter WORDS = 4          // code words at a time, at most 8
) (
    input  wire                    clk,

    input  wire                    clear,
    input  wire                    place_valid,
    input  wire [22:0]             place,          // word from bit 0, store from bit 20
    input  wire [WORDS-1:0]        there,          // a cycle later: which words there are,
    input  wire [WORDS*CODE_W-1:0] words,          // and they

    output wire [31:0]             corrected,
    output wire [31:0]             uncorrectable,
    output wire [31:0]             first           // as FIRST_UNCORRECTABLE in docs/registers.md
);

    localparam COUNT_W = 4;

    // 1: decoders
    reg  [22:0]      place_q;
    wire [WORDS-1:0] is_corrected;
    wire [WORDS-1:0] is_uncorrectable;

    genvar w;
    generate
        for (w = 0; w < WORDS; w = w + 1) begin : g_word
            wire [31:0] data;

            store_decode #(
                .PROTECTIONS(PROTECTIONS),
                .CODE_W(CODE_W)
            ) decode (
                .store(place_q[22:20]),
                .code(words[w*CODE_W +: CODE_W]),
                .data(data),
                .corrected(is_corrected[w]),
                .uncorrectable(is_uncorrectable[w])
            );

            wire unused = &{1'b0, data};
        end
    endgenerate

    // 2: how many, and which is the first
    reg  [WORDS-1:0]   corrected_q;
    reg  [WORDS-1:0]   uncorrectable_q;
    reg  [22:0]        place_q2;
    wire [COUNT_W-1:0] corrected_ones;
    wire [COUNT_W-1:0] uncorrectable_ones;
    reg  [2:0]         lowest;
    integer            i;

    popcount #(
        .WIDTH(WORDS),
        .COUNT_W(COUNT_W)
    ) count_corrected (
        .data(corrected_q),
        .ones(corrected_ones)
    );

    popcount #(
        .WIDTH(WORDS),
        .COUNT_W(COUNT_W)
    ) count_uncorrectable (
        .data(uncorrectable_q),
        .ones(uncorrectable_ones)
    );

    always @* begin
        lowest = 3'd0;
        for (i = WORDS - 1; i >= 0; i = i - 1) begin
            if (uncorrectable_q[i]) lowest = i[2:0];
        end
    end

    // 3: sums
    reg [15:0] corrected_sum_q;
    reg [15:0] uncorrectable_sum_q;
    reg        found_q;
    reg [22:0] first_q;

    wire [16:0] corrected_sum = {1'b0, corrected_sum_q} + {{(17-COUNT_W){1'b0}}, corrected_ones};
    wire [16:0] uncorrectable_sum =
        {1'b0, uncorrectable_sum_q} + {{(17-COUNT_W){1'b0}}, uncorrectable_ones};

    assign corrected = {16'd0, corrected_sum_q};
    assign uncorrectable = {16'd0, uncorrectable_sum_q};
    assign first = found_q ? {1'b0, first_q[22:20], 8'd0, first_q[19:0]} : 32'hffffffff;

    always @(posedge clk) begin
        if (place_valid) place_q <= place;
        place_q2 <= place_q;
        corrected_q <= is_corrected & there;
        uncorrectable_q <= is_uncorrectable & there;
        corrected_sum_q <= corrected_sum[15:0] | {16{corrected_sum[16]}};
        uncorrectable_sum_q <= uncorrectable_sum[15:0] | {16{uncorrectable_sum[16]}};
        if (|uncorrectable_q && !found_q) begin
            found_q <= 1'b1;
            first_q <= {place_q2[22:20], place_q2[19:0] + {17'd0, lowest}};
        end
        if (clear) begin
            corrected_q <= {WORDS{1'b0}};
            uncorrectable_q <= {WORDS{1'b0}};
            corrected_sum_q <= 16'd0;
            uncorrectable_sum_q <= 16'd0;
            found_q <= 1'b0;
        end
    end

endmodule

`default_nettype wire
