// SPDX-License-Identifier: Apache-2.0
// Inverts the chosen physical bits of one slice, reading and writing it under the lock of the wide
// port of store_arbiter.v, and counts them. A slice without flips costs one cycle and no access.
`default_nettype none

module sweep_write #(
    parameter SWEEP_WORDS = 4,
    parameter CODE_W = 32
) (
    input  wire                          clk,
    input  wire                          rst,

    // a slice: taken in a cycle with `load` and `idle`
    input  wire                          load,
    output reg                           idle,
    input  wire [2:0]                    store,
    input  wire [19:0]                   index,
    input  wire [SWEEP_WORDS*CODE_W-1:0] flips,

    // flips of all slices since `clear`, complete in the cycle after the one that is `idle` again
    input  wire                          clear,
    output reg  [31:0]                   count_q,

    // wide master
    output reg                           w_valid,
    output reg                           w_lock,
    output reg                           w_we,
    output wire [2:0]                    w_store,
    output wire [19:0]                   w_index,
    output wire [SWEEP_WORDS-1:0]        w_mask,
    output wire [SWEEP_WORDS*CODE_W-1:0] w_wdata,
    input  wire                          w_ready,
    input  wire                          w_rvalid,
    input  wire [SWEEP_WORDS*CODE_W-1:0] w_rdata
);

    localparam [1:0] S_IDLE = 2'd0;
    localparam [1:0] S_READ = 2'd1;
    localparam [1:0] S_WAIT = 2'd2;
    localparam [1:0] S_WRITE = 2'd3;

    reg [1:0]                    state_q;
    reg [2:0]                    store_q;
    reg [19:0]                   index_q;
    reg [SWEEP_WORDS*CODE_W-1:0] word_q;     // the flips; once read, the words to write
    reg [SWEEP_WORDS-1:0]        mask_q;     // code words with flips

    wire [SWEEP_WORDS-1:0]       mask;
    // `w_valid` tells in S_READ whether there are any flips.
    wire                         leave_read = state_q == S_READ && (w_ready || !w_valid);

    assign w_store = store_q;
    assign w_index = index_q;
    assign w_mask = mask_q;
    assign w_wdata = word_q;

    always @(posedge clk) begin
        case (state_q)
            S_IDLE: begin
                if (load) begin
                    store_q <= store;
                    index_q <= index;
                    word_q <= flips;
                    mask_q <= mask;
                    w_valid <= |mask;
                    w_lock <= |mask;
                    idle <= 1'b0;
                    state_q <= S_READ;
                end
            end
            S_READ: begin
                if (!w_valid) begin
                    idle <= 1'b1;
                    state_q <= S_IDLE;
                end else if (w_ready) begin
                    w_valid <= 1'b0;
                    state_q <= S_WAIT;
                end
            end
            S_WAIT: begin
                if (w_rvalid) begin
                    word_q <= word_q ^ w_rdata;
                    w_valid <= 1'b1;
                    w_we <= 1'b1;
                    state_q <= S_WRITE;
                end
            end
            // S_WRITE
            default: if (w_ready) begin
                w_valid <= 1'b0;
                w_we <= 1'b0;
                w_lock <= 1'b0;
                idle <= 1'b1;
                state_q <= S_IDLE;
            end
        endcase
        if (rst) begin
            w_valid <= 1'b0;
            w_we <= 1'b0;
            w_lock <= 1'b0;
            idle <= 1'b1;
            state_q <= S_IDLE;
        end
    end

    // count: the flips of each code word, then their sum, a register after each
    localparam COUNT_W = 8;          // ceil(log2(128 + 1)): the widest code word is 96 bits (TMR)

    reg  [SWEEP_WORDS*COUNT_W-1:0]  ones_q;
    wire [SWEEP_WORDS*COUNT_W-1:0]  ones;
    reg                             counted_q;
    reg  [31:0]                     sum;
    integer                         i;

    genvar g;
    generate
        for (g = 0; g < SWEEP_WORDS; g = g + 1) begin : g_word
            assign mask[g] = |flips[g*CODE_W +: CODE_W];

            popcount #(
                .WIDTH(CODE_W),
                .COUNT_W(COUNT_W)
            ) popcount (
                .data(word_q[g*CODE_W +: CODE_W]),
                .ones(ones[g*COUNT_W +: COUNT_W])
            );
        end
    endgenerate

    always @* begin
        sum = 32'd0;
        for (i = 0; i < SWEEP_WORDS; i = i + 1) begin
            sum = sum + {{(32-COUNT_W){1'b0}}, ones_q[i*COUNT_W +: COUNT_W]};
        end
    end

    always @(posedge clk) begin
        ones_q <= ones;
        counted_q <= leave_read;
        if (counted_q) count_q <= count_q + sum;
        if (clear) count_q <= 32'd0;
        if (rst) counted_q <= 1'b0;
    end

endmodule

`default_nettype wire
