// SPDX-License-Identifier: Apache-2.0
// Applies the first `count` entries of the flip list (docs/faults.md): four cycles an entry. A
// narrow master of store_arbiter.v.
//
// `count` and `extents` must not change while `busy`. An extent must not exceed its store.
`default_nettype none

module flip #(
    parameter CODE_W = 32        // physical bits of a code word
) (
    input  wire              clk,
    input  wire              rst,

    // command
    input  wire              start,
    input  wire [15:0]       count,       // entries to apply
    input  wire [8*20-1:0]   extents,     // code words in use, 20 bits a store
    output wire              busy,
    output reg               done,        // one cycle, the first with `busy` low again
    output reg  [31:0]       flips,       // bits flipped, held until the next start
    output reg  [31:0]       refused,     // entries that name no physical bit

    // list: the entry comes in the cycle after `list_re`
    output wire              list_re,
    output wire [15:0]       list_addr,
    input  wire [31:0]       list_data,

    // narrow master
    output wire              n_valid,
    output wire              n_lock,
    output wire              n_we,
    output wire [2:0]        n_store,
    output wire [19:0]       n_word,
    output wire [CODE_W-1:0] n_wdata,
    input  wire              n_ready,
    input  wire [CODE_W-1:0] n_rdata
);

    localparam [2:0] S_IDLE = 3'd0;
    localparam [2:0] S_FETCH = 3'd1;
    localparam [2:0] S_CHECK = 3'd2;
    localparam [2:0] S_READ = 3'd3;
    localparam [2:0] S_WRITE = 3'd4;

    reg  [2:0]        state_q;
    reg  [15:0]       entry_q;       // entries done
    reg  [2:0]        store_q;
    reg  [19:0]       word_q;
    reg  [6:0]        bit_q;
    reg  [CODE_W-1:0] code_q;        // the word to write, from the second cycle of S_WRITE on
    reg               fresh_q;       // what was read comes in this cycle

    // entry: bits 20:0 code word, 27:21 bit, 31:28 store
    wire [20:0] entry_word = list_data[20:0];
    wire [6:0]  entry_bit = list_data[27:21];
    wire [3:0]  entry_store = list_data[31:28];
    wire [19:0] extent = extents[entry_store[2:0]*20 +: 20];
    wire        exists = !entry_store[3] && entry_word < {1'b0, extent} &&
                         {25'd0, entry_bit} < CODE_W;

    wire [CODE_W-1:0] flipped = n_rdata ^ ({{(CODE_W-1){1'b0}}, 1'b1} << bit_q);

    assign busy = state_q != S_IDLE;
    assign list_re = state_q == S_FETCH;
    assign list_addr = entry_q;
    assign n_valid = state_q == S_READ || state_q == S_WRITE;
    assign n_lock = n_valid;
    assign n_we = state_q == S_WRITE;
    assign n_store = store_q;
    assign n_word = word_q;
    assign n_wdata = fresh_q ? flipped : code_q;

    always @(posedge clk) begin
        done <= 1'b0;
        fresh_q <= 1'b0;
        if (fresh_q) code_q <= flipped;
        case (state_q)
            S_IDLE: begin
                if (start) begin
                    entry_q <= 16'd0;
                    flips <= 32'd0;
                    refused <= 32'd0;
                    state_q <= S_FETCH;
                end
            end
            // one read too many after the last entry, which nothing uses
            S_FETCH: begin
                state_q <= (entry_q == count) ? S_IDLE : S_CHECK;
                done <= entry_q == count;
            end
            S_CHECK: begin
                entry_q <= entry_q + 16'd1;
                store_q <= entry_store[2:0];
                word_q <= entry_word[19:0];
                bit_q <= entry_bit;
                if (exists) begin
                    state_q <= S_READ;
                end else begin
                    refused <= refused + 32'd1;
                    state_q <= S_FETCH;
                end
            end
            S_READ: begin
                if (n_ready) begin
                    fresh_q <= 1'b1;
                    state_q <= S_WRITE;
                end
            end
            S_WRITE: begin
                if (n_ready) begin
                    flips <= flips + 32'd1;
                    state_q <= S_FETCH;
                end
            end
            default: state_q <= S_IDLE;
        endcase
        if (rst) begin
            state_q <= S_IDLE;
            done <= 1'b0;
            fresh_q <= 1'b0;
            flips <= 32'd0;
            refused <= 32'd0;
        end
    end

endmodule

`default_nettype wire
