// SPDX-License-Identifier: Apache-2.0
// The four parameter stores of the mac engine and their common maintenance port.
`default_nettype none

`include "codes.vh"
`include "registers.vh"

module mac_stores #(
    parameter REQUANT_LANES = 2,     // channels requantised a cycle
    parameter REQUANT_BANKS = 2 * REQUANT_LANES,     // code words of a row of the requant store
    parameter SWEEP_WORDS = 4,       // code words of the maintenance port
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store, as PROTECTION in code_word.v
    parameter CODE_W = 32,           // physical bits of the widest code word
    parameter PROGRAM_BITS = 9,      // log2 of code words in the program store
    parameter WEIGHT_BANKS = 16,     // code words the engine reads at once
    parameter WEIGHT_W = 9,          // bits of row addresses
    parameter BIAS_W = 9,
    parameter REQUANT_W = 9,
    parameter LATENCY = 3,           // of the engine ports, as in param_store.v: 1 or 3
    parameter STORE_PORTS = 2        // as PORTS in param_store.v
) (
    input  wire                            clk,
    input  wire                            rst,

    // engine ports; with `quiet`, no store is read in this cycle
    input  wire                            quiet,
    input  wire                            weight_re,
    input  wire [WEIGHT_W-1:0]             weight_row,
    output wire [32*WEIGHT_BANKS-1:0]      weight_data,
    input  wire                            channel_re,
    input  wire [BIAS_W-1:0]               bias_row,
    output wire [32*REQUANT_LANES-1:0]     bias_data,
    input  wire [REQUANT_W-1:0]            requant_row,
    output wire [32*REQUANT_BANKS-1:0]     requant_data,
    input  wire                            program_re,
    input  wire [PROGRAM_BITS-1:0]         program_word,
    output wire [31:0]                     program_data,

    // code words that came corrected and uncorrectable out of each store since `clear`
    input  wire                            clear,
    output wire [4*32-1:0]                 reads_corrected,
    output wire [4*32-1:0]                 reads_uncorrectable,

    // maintenance port: physical index, aligned to the store's width; read data two cycles after the
    // access
    input  wire                            s_valid,
    input  wire                            s_we,
    input  wire [2:0]                      s_store,
    input  wire [19:0]                     s_index,
    input  wire [SWEEP_WORDS-1:0]          s_mask,
    input  wire [SWEEP_WORDS*CODE_W-1:0]   s_wdata,
    output wire                            s_ready,
    output wire                            s_prompt,   // as in store_arbiter.v
    output wire [SWEEP_WORDS*CODE_W-1:0]   s_rdata
);

    // code words of a maintenance access: as many as the sweep has lanes for and a row holds
    localparam BIAS_BANKS = REQUANT_LANES;
    localparam WEIGHT_WIDTH = WEIGHT_BANKS < SWEEP_WORDS ? WEIGHT_BANKS : SWEEP_WORDS;
    localparam BIAS_WIDTH = BIAS_BANKS < SWEEP_WORDS ? BIAS_BANKS : SWEEP_WORDS;
    localparam REQUANT_WIDTH = REQUANT_BANKS < SWEEP_WORDS ? REQUANT_BANKS : SWEEP_WORDS;

    wire [3:0] selected = 4'd1 << s_store[1:0];
    wire [3:0] ready;

    wire [WEIGHT_WIDTH*CODE_W-1:0]  weight_rdata;
    wire [BIAS_WIDTH*CODE_W-1:0]    bias_rdata;
    wire [REQUANT_WIDTH*CODE_W-1:0] requant_rdata;
    wire [CODE_W-1:0]               program_rdata;
    reg  [SWEEP_WORDS*CODE_W-1:0]   rdata;
    reg  [SWEEP_WORDS*CODE_W-1:0]   rdata_q;

    wire [WEIGHT_BANKS-1:0] weights_corrected;
    wire [WEIGHT_BANKS-1:0] weights_uncorrectable;
    wire [BIAS_BANKS-1:0] bias_corrected;
    wire [BIAS_BANKS-1:0] bias_uncorrectable;
    wire [REQUANT_BANKS-1:0] requant_corrected;
    wire [REQUANT_BANKS-1:0] requant_uncorrectable;
    wire program_corrected;
    wire program_uncorrectable;

    assign s_ready = ready[s_store[1:0]];

    // With a port of its own only a write may have to wait, and then only for the engine.
    assign s_prompt = STORE_PORTS == 1 || LATENCY == 1 ? s_ready : quiet || !s_we;

`ifdef FL_ASSERT
    always @(posedge clk) begin
        if ((s_valid && s_prompt && !s_ready) === 1'b1) begin
            $display("assertion failed: %m: an access has to wait that was to be taken at once");
            $finish;
        end
    end
`endif
    assign s_rdata = LATENCY == 1 ? rdata_q : rdata;

    // One store answers, the others say nothing.
    always @* begin
        rdata = {(SWEEP_WORDS*CODE_W){1'b0}};
        rdata[WEIGHT_WIDTH*CODE_W-1:0] = weight_rdata;
        rdata[BIAS_WIDTH*CODE_W-1:0] = rdata[BIAS_WIDTH*CODE_W-1:0] | bias_rdata;
        rdata[REQUANT_WIDTH*CODE_W-1:0] = rdata[REQUANT_WIDTH*CODE_W-1:0] | requant_rdata;
        rdata[CODE_W-1:0] = rdata[CODE_W-1:0] | program_rdata;
    end

    always @(posedge clk) rdata_q <= rdata;

    param_store #(
        .BANKS(WEIGHT_BANKS),
        .ROWS(1 << WEIGHT_W),
        .ROW_W(WEIGHT_W),
        .WIDTH(WEIGHT_WIDTH),
        .CODE_W(`CODE_BITS(PROTECTIONS[3:0])),
        .LANE_W(CODE_W),
        .PROTECTION(PROTECTIONS[3:0]),
        .LATENCY(LATENCY),
        .PORTS(STORE_PORTS),
        .GUARDED(0)
    ) weights (
        .clk(clk),
        .e_re(weight_re),
        .e_row(weight_row),
        .e_data(weight_data),
        .e_corrected(weights_corrected),
        .e_uncorrectable(weights_uncorrectable),
        .m_valid(s_valid && selected[`MAC_STORE_WEIGHTS]),
        .m_we(s_we),
        .m_slice(s_index >> $clog2(WEIGHT_WIDTH)),
        .m_mask(s_mask[WEIGHT_WIDTH-1:0]),
        .m_wdata(s_wdata[WEIGHT_WIDTH*CODE_W-1:0]),
        .m_ready(ready[`MAC_STORE_WEIGHTS]),
        .m_rdata(weight_rdata)
    );

    param_store #(
        .BANKS(BIAS_BANKS),
        .ROWS(1 << BIAS_W),
        .ROW_W(BIAS_W),
        .WIDTH(BIAS_WIDTH),
        .CODE_W(`CODE_BITS(PROTECTIONS[7:4])),
        .LANE_W(CODE_W),
        .PROTECTION(PROTECTIONS[7:4]),
        .LATENCY(LATENCY),
        .PORTS(STORE_PORTS),
        .GUARDED(0)
    ) bias (
        .clk(clk),
        .e_re(channel_re),
        .e_row(bias_row),
        .e_data(bias_data),
        .e_corrected(bias_corrected),
        .e_uncorrectable(bias_uncorrectable),
        .m_valid(s_valid && selected[`MAC_STORE_BIAS]),
        .m_we(s_we),
        .m_slice(s_index >> $clog2(BIAS_WIDTH)),
        .m_mask(s_mask[BIAS_WIDTH-1:0]),
        .m_wdata(s_wdata[BIAS_WIDTH*CODE_W-1:0]),
        .m_ready(ready[`MAC_STORE_BIAS]),
        .m_rdata(bias_rdata)
    );

    param_store #(
        .BANKS(REQUANT_BANKS),
        .ROWS(1 << REQUANT_W),
        .ROW_W(REQUANT_W),
        .WIDTH(REQUANT_WIDTH),
        .CODE_W(`CODE_BITS(PROTECTIONS[11:8])),
        .LANE_W(CODE_W),
        .PROTECTION(PROTECTIONS[11:8]),
        .LATENCY(LATENCY),
        .PORTS(STORE_PORTS),
        .GUARDED(0)
    ) requant (
        .clk(clk),
        .e_re(channel_re),
        .e_row(requant_row),
        .e_data(requant_data),
        .e_corrected(requant_corrected),
        .e_uncorrectable(requant_uncorrectable),
        .m_valid(s_valid && selected[`MAC_STORE_REQUANT]),
        .m_we(s_we),
        .m_slice(s_index >> $clog2(REQUANT_WIDTH)),
        .m_mask(s_mask[REQUANT_WIDTH-1:0]),
        .m_wdata(s_wdata[REQUANT_WIDTH*CODE_W-1:0]),
        .m_ready(ready[`MAC_STORE_REQUANT]),
        .m_rdata(requant_rdata)
    );

    param_store #(
        .BANKS(1),
        .ROWS(1 << PROGRAM_BITS),
        .ROW_W(PROGRAM_BITS),
        .WIDTH(1),
        .CODE_W(`CODE_BITS(PROTECTIONS[15:12])),
        .LANE_W(CODE_W),
        .PROTECTION(PROTECTIONS[15:12]),
        .LATENCY(LATENCY),
        .PORTS(STORE_PORTS),
        .GUARDED(0)
    ) layer_program (
        .clk(clk),
        .e_re(program_re),
        .e_row(program_word),
        .e_data(program_data),
        .e_corrected(program_corrected),
        .e_uncorrectable(program_uncorrectable),
        .m_valid(s_valid && selected[`MAC_STORE_PROGRAM]),
        .m_we(s_we),
        .m_slice(s_index),
        .m_mask(s_mask[0]),
        .m_wdata(s_wdata[CODE_W-1:0]),
        .m_ready(ready[`MAC_STORE_PROGRAM]),
        .m_rdata(program_rdata)
    );

    read_events #(
        .BANKS(WEIGHT_BANKS),
        .LATENCY(LATENCY),
        .PROTECTION(PROTECTIONS[3:0])
    ) weights_events (
        .clk(clk),
        .rst(rst),
        .clear(clear),
        .re(weight_re),
        .corrected(weights_corrected),
        .uncorrectable(weights_uncorrectable),
        .reads_corrected(reads_corrected[32*`MAC_STORE_WEIGHTS +: 32]),
        .reads_uncorrectable(reads_uncorrectable[32*`MAC_STORE_WEIGHTS +: 32])
    );

    read_events #(
        .BANKS(BIAS_BANKS),
        .LATENCY(LATENCY),
        .PROTECTION(PROTECTIONS[7:4])
    ) bias_events (
        .clk(clk),
        .rst(rst),
        .clear(clear),
        .re(channel_re),
        .corrected(bias_corrected),
        .uncorrectable(bias_uncorrectable),
        .reads_corrected(reads_corrected[32*`MAC_STORE_BIAS +: 32]),
        .reads_uncorrectable(reads_uncorrectable[32*`MAC_STORE_BIAS +: 32])
    );

    read_events #(
        .BANKS(REQUANT_BANKS),
        .LATENCY(LATENCY),
        .PROTECTION(PROTECTIONS[11:8])
    ) requant_events (
        .clk(clk),
        .rst(rst),
        .clear(clear),
        .re(channel_re),
        .corrected(requant_corrected),
        .uncorrectable(requant_uncorrectable),
        .reads_corrected(reads_corrected[32*`MAC_STORE_REQUANT +: 32]),
        .reads_uncorrectable(reads_uncorrectable[32*`MAC_STORE_REQUANT +: 32])
    );

    read_events #(
        .BANKS(1),
        .LATENCY(LATENCY),
        .PROTECTION(PROTECTIONS[15:12])
    ) program_events (
        .clk(clk),
        .rst(rst),
        .clear(clear),
        .re(program_re),
        .corrected(program_corrected),
        .uncorrectable(program_uncorrectable),
        .reads_corrected(reads_corrected[32*`MAC_STORE_PROGRAM +: 32]),
        .reads_uncorrectable(reads_uncorrectable[32*`MAC_STORE_PROGRAM +: 32])
    );

    wire unused = &{1'b0, s_store[2], s_mask, s_wdata};

endmodule

`default_nettype wire
