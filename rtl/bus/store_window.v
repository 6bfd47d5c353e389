// SPDX-License-Identifier: Apache-2.0
// The data and raw windows onto the parameter stores: Wishbone B4 classic slave, narrow master of
// the store arbiter. Without check bits both windows show the same 32 bits.
`default_nettype none

module store_window #(
    parameter CODE_W = 32,                      // physical bits of a code word
    parameter [255:0] STORE_CAPACITY = 256'd0   // code words of each store in bits 23:0 of 32
) (
    input  wire              clk,
    input  wire              rst,

    // bus; `s_raw` selects the raw window
    input  wire              s_stb,
    input  wire              s_raw,
    input  wire              s_we,
    input  wire [23:0]       s_adr,
    input  wire [31:0]       s_wdata,
    output reg               s_ack,
    output reg               s_err,
    output reg  [31:0]       s_rdata,
    input  wire              locked,

    // arbiter
    output reg               n_valid,
    output wire              n_lock,
    output wire              n_we,
    output wire [2:0]        n_store,
    output wire [19:0]       n_word,
    output wire [CODE_W-1:0] n_wdata,
    input  wire              n_ready,
    input  wire              n_rvalid,
    input  wire [CODE_W-1:0] n_rdata
);

    wire [2:0]  store = s_adr[23:21];
    wire [20:0] number = s_raw ? {2'd0, s_adr[20:2]} : s_adr[20:0];
    wire [1:0]  part = s_raw ? s_adr[1:0] : 2'd0;
    wire [23:0] capacity = STORE_CAPACITY[32*store +: 24];
    wire        beyond = {3'd0, number} >= capacity || part != 2'd0;
    wire        access = s_stb && !s_ack && !s_err;
    wire        refused = locked || beyond;
    reg         asked_q;         // the arbiter; a read is not yet answered

    assign n_lock = 1'b0;
    assign n_we = s_we;
    assign n_store = store;
    assign n_word = number[19:0];
    assign n_wdata = s_wdata;

    always @(posedge clk) begin
        if (n_ready) n_valid <= 1'b0;
        if (access && !refused && !asked_q) begin
            n_valid <= 1'b1;
            asked_q <= 1'b1;
        end
        s_ack <= asked_q && (s_we ? n_valid && n_ready : n_rvalid);
        s_err <= access && !asked_q && refused;
        if (n_rvalid) s_rdata <= n_rdata;
        if (s_ack || rst) begin
            n_valid <= 1'b0;
            asked_q <= 1'b0;
        end
        if (rst) begin
            s_ack <= 1'b0;
            s_err <= 1'b0;
        end
    end

endmodule

`default_nettype wire
