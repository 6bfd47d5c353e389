// SPDX-License-Identifier: Apache-2.0
// The parameter stores of the lut engine and their common maintenance port. With STORED_WIRING = 0
// there is no wiring store: its engine port gives 0, and its maintenance port is not to be used.
`default_nettype none

`include "codes.vh"
`include "registers.vh"

module lut_stores #(
    parameter SWEEP_WORDS = 4,       // code words of the maintenance port
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store, as PROTECTION in code_word.v
    parameter CODE_W = 32,           // physical bits of the widest code word
    parameter STORED_WIRING = 1,     // 0: wiring is a function of a seed
    parameter TABLE_BANKS = 4,       // code words of a row
    parameter WIRING_BANKS = 4,
    parameter TABLE_W = 9,           // bits of row addresses
    parameter WIRING_W = 10,
    parameter PROGRAM_W = 9,         // bits of a program address: one code word
    parameter LATENCY = 3,           // of the engine ports, as in param_store.v: 1 or 3
    parameter STORE_PORTS = 2,       // as PORTS in param_store.v
    parameter HUGE_RAM = 0           // 1: wiring in huge RAMs
) (
    input  wire                          clk,
    input  wire                          rst,

    // engine ports; with `quiet`, no store is read in this cycle
    input  wire                          quiet,
    input  wire                          gate_re,
    input  wire [TABLE_W-1:0]            table_row,
    output wire [32*TABLE_BANKS-1:0]    table_data,
    input  wire [WIRING_W-1:0]           wiring_row,
    output wire [32*WIRING_BANKS-1:0]   wiring_data,
    input  wire                          program_re,
    input  wire [PROGRAM_W-1:0]          program_word,
    output wire [31:0]                   program_data,

    // code words that came corrected and uncorrectable out of each store since `clear`
    input  wire                          clear,
    output wire [4*32-1:0]               reads_corrected,
    output wire [4*32-1:0]               reads_uncorrectable,

    // maintenance port: physical index, aligned to the store's width; read data two cycles after the
    // access
    input  wire                          s_valid,
    input  wire                          s_we,
    input  wire [2:0]                    s_store,
    input  wire [19:0]                   s_index,
    input  wire [SWEEP_WORDS-1:0]        s_mask,
    input  wire [SWEEP_WORDS*CODE_W-1:0] s_wdata,
    output wire                          s_ready,
    output wire                          s_prompt,   // as in store_arbiter.v
    output wire [SWEEP_WORDS*CODE_W-1:0] s_rdata
);

    // code words of a maintenance access: as many as the sweep has lanes for and a row holds
    localparam TABLE_WIDTH = TABLE_BANKS < SWEEP_WORDS ? TABLE_BANKS : SWEEP_WORDS;
    localparam WIRING_WIDTH = WIRING_BANKS < SWEEP_WORDS ? WIRING_BANKS : SWEEP_WORDS;

    wire [3:0] selected = 4'd1 << s_store[1:0];
    wire [3:0] ready;

    wire [TABLE_WIDTH*CODE_W-1:0]  table_rdata;
    wire [WIRING_WIDTH*CODE_W-1:0] wiring_rdata;
    wire [CODE_W-1:0]              program_rdata;
    reg  [SWEEP_WORDS*CODE_W-1:0]  rdata;
    reg  [SWEEP_WORDS*CODE_W-1:0]  rdata_q;

    wire [TABLE_BANKS-1:0] tables_corrected;
    wire [TABLE_BANKS-1:0] tables_uncorrectable;
    wire [WIRING_BANKS-1:0] wiring_corrected;
    wire [WIRING_BANKS-1:0] wiring_uncorrectable;
    wire program_corrected;
    wire program_uncorrectable;

    assign s_ready = ready[s_store[1:0]];

    // With a port of its own only a write may have to wait, and then only for the engine.
    assign s_prompt = STORE_PORTS == 1 || HUGE_RAM != 0 || LATENCY == 1 ? s_ready : quiet || !s_we;

`ifdef FL_ASSERT
    always @(posedge clk) begin
        if ((s_valid && s_prompt && !s_ready) === 1'b1) begin
            $display("assertion failed: %m: an access has to wait that was to be taken at once");
            $finish;
        end
    end
`endif
    assign s_rdata = LATENCY == 1 ? rdata_q : rdata;
    assign ready[3] = 1'b1;

    // One store answers, the others say nothing.
    always @* begin
        rdata = {(SWEEP_WORDS*CODE_W){1'b0}};
        rdata[TABLE_WIDTH*CODE_W-1:0] = table_rdata;
        rdata[WIRING_WIDTH*CODE_W-1:0] = rdata[WIRING_WIDTH*CODE_W-1:0] | wiring_rdata;
        rdata[CODE_W-1:0] = rdata[CODE_W-1:0] | program_rdata;
    end

    always @(posedge clk) rdata_q <= rdata;

    param_store #(
        .BANKS(TABLE_BANKS),
        .ROWS(1 << TABLE_W),
        .ROW_W(TABLE_W),
        .WIDTH(TABLE_WIDTH),
        .CODE_W(`CODE_BITS(PROTECTIONS[3:0])),
        .LANE_W(CODE_W),
        .PROTECTION(PROTECTIONS[3:0]),
        .LATENCY(LATENCY),
        .PORTS(STORE_PORTS),
        .GUARDED(0)
    ) tables (
        .clk(clk),
        .e_re(gate_re),
        .e_row(table_row),
        .e_data(table_data),
        .e_corrected(tables_corrected),
        .e_uncorrectable(tables_uncorrectable),
        .m_valid(s_valid && selected[`LUT_STORE_TABLES]),
        .m_we(s_we),
        .m_slice(s_index >> $clog2(TABLE_WIDTH)),
        .m_mask(s_mask[TABLE_WIDTH-1:0]),
        .m_wdata(s_wdata[TABLE_WIDTH*CODE_W-1:0]),
        .m_ready(ready[`LUT_STORE_TABLES]),
        .m_rdata(table_rdata)
    );

    generate
        if (STORED_WIRING != 0) begin : g_wiring
            param_store #(
                .BANKS(WIRING_BANKS),
                .ROWS(1 << WIRING_W),
                .ROW_W(WIRING_W),
                .WIDTH(WIRING_WIDTH),
                .CODE_W(`CODE_BITS(PROTECTIONS[7:4])),
                .LANE_W(CODE_W),
                .PROTECTION(PROTECTIONS[7:4]),
                .LATENCY(LATENCY),
                .PORTS(STORE_PORTS),
                .GUARDED(0),
                .HUGE(HUGE_RAM)
            ) wiring (
                .clk(clk),
                .e_re(gate_re),
                .e_row(wiring_row),
                .e_data(wiring_data),
                .e_corrected(wiring_corrected),
                .e_uncorrectable(wiring_uncorrectable),
                .m_valid(s_valid && selected[`LUT_STORE_WIRING]),
                .m_we(s_we),
                .m_slice(s_index >> $clog2(WIRING_WIDTH)),
                .m_mask(s_mask[WIRING_WIDTH-1:0]),
                .m_wdata(s_wdata[WIRING_WIDTH*CODE_W-1:0]),
                .m_ready(ready[`LUT_STORE_WIRING]),
                .m_rdata(wiring_rdata)
            );
        end else begin : g_fixed
            assign wiring_data = {(32*WIRING_BANKS){1'b0}};
            assign wiring_corrected = {WIRING_BANKS{1'b0}};
            assign wiring_uncorrectable = {WIRING_BANKS{1'b0}};
            assign wiring_rdata = {(WIRING_WIDTH*CODE_W){1'b0}};
            assign ready[`LUT_STORE_WIRING] = 1'b1;

            wire unused = &{1'b0, wiring_row, selected[`LUT_STORE_WIRING]};
        end
    endgenerate

    param_store #(
        .BANKS(1),
        .ROWS(1 << PROGRAM_W),
        .ROW_W(PROGRAM_W),
        .WIDTH(1),
        .CODE_W(`CODE_BITS(PROTECTIONS[11:8])),
        .LANE_W(CODE_W),
        .PROTECTION(PROTECTIONS[11:8]),
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
        .m_valid(s_valid && selected[`LUT_STORE_PROGRAM]),
        .m_we(s_we),
        .m_slice(s_index),
        .m_mask(s_mask[0]),
        .m_wdata(s_wdata[CODE_W-1:0]),
        .m_ready(ready[`LUT_STORE_PROGRAM]),
        .m_rdata(program_rdata)
    );

    read_events #(
        .BANKS(TABLE_BANKS),
        .LATENCY(LATENCY),
        .PROTECTION(PROTECTIONS[3:0])
    ) tables_events (
        .clk(clk),
        .rst(rst),
        .clear(clear),
        .re(gate_re),
        .corrected(tables_corrected),
        .uncorrectable(tables_uncorrectable),
        .reads_corrected(reads_corrected[32*`LUT_STORE_TABLES +: 32]),
        .reads_uncorrectable(reads_uncorrectable[32*`LUT_STORE_TABLES +: 32])
    );

    read_events #(
        .BANKS(WIRING_BANKS),
        .LATENCY(LATENCY),
        .PROTECTION(PROTECTIONS[7:4])
    ) wiring_events (
        .clk(clk),
        .rst(rst),
        .clear(clear),
        .re(gate_re),
        .corrected(wiring_corrected),
        .uncorrectable(wiring_uncorrectable),
        .reads_corrected(reads_corrected[32*`LUT_STORE_WIRING +: 32]),
        .reads_uncorrectable(reads_uncorrectable[32*`LUT_STORE_WIRING +: 32])
    );

    read_events #(
        .BANKS(1),
        .LATENCY(LATENCY),
        .PROTECTION(PROTECTIONS[11:8])
    ) program_events (
        .clk(clk),
        .rst(rst),
        .clear(clear),
        .re(program_re),
        .corrected(program_corrected),
        .uncorrectable(program_uncorrectable),
        .reads_corrected(reads_corrected[32*`LUT_STORE_PROGRAM +: 32]),
        .reads_uncorrectable(reads_uncorrectable[32*`LUT_STORE_PROGRAM +: 32])
    );

    assign reads_corrected[127:96] = 32'd0;
    assign reads_uncorrectable[127:96] = 32'd0;

    wire unused = &{1'b0, s_store[2], selected[3], s_mask, s_wdata};

endmodule

`default_nettype wire
