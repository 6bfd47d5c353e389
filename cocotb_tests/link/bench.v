// SPDX-License-Identifier: Apache-2.0
// Bench of rtl/link: each module beside the others, its ports prefixed, its memory in the hands of
// the test; and the whole link. Bus signals have the names that published Wishbone models look for.
`default_nettype none

module bench #(
    parameter FRAME_WORDS = 256,
    parameter [31:0] CLOCK_HZ = 32'd12000000
) (
    input  wire        clk,
    input  wire        rst,
    input  wire [23:0] step,

    // crc32
    input  wire [31:0] crc_state,
    input  wire [7:0]  crc_data,
    output wire [31:0] crc_next,

    // uart_rx
    input  wire        rx_rxd,
    output wire        rx_valid,
    output wire        rx_broken,
    output wire [7:0]  rx_data,
    output wire        rx_active,

    // uart_tx
    input  wire        tx_valid,
    input  wire [7:0]  tx_data,
    output wire        tx_ready,
    output wire        tx_txd,
    output wire        tx_active,

    // frame_decode
    input  wire        dec_valid,
    input  wire        dec_broken,
    input  wire [7:0]  dec_data,
    output wire        dec_ram_we,
    output wire [10:0] dec_ram_address,
    output wire [7:0]  dec_ram_data,
    output wire        dec_frame_valid,
    output wire [10:0] dec_frame_length,
    input  wire        dec_frame_done,
    output wire [31:0] dec_frames_bad,
    output wire [31:0] dec_frames_dropped,
    output wire        dec_active,

    // word_reader and frame_encode, each on a copy of the memory that the test writes; word_writer
    input  wire        mem_we,
    input  wire [10:0] mem_address,
    input  wire [7:0]  mem_data,
    input  wire        reader_rewind,
    output wire        reader_valid,
    output wire [31:0] reader_data,
    input  wire        reader_ready,
    input  wire        enc_start,
    input  wire [10:0] enc_length,
    output wire        enc_done,
    output wire        enc_valid,
    output wire [7:0]  enc_data,
    input  wire        enc_ready,
    input  wire        writer_valid,
    input  wire [8:0]  writer_index,
    input  wire [31:0] writer_data,
    output wire        writer_ready,
    output wire        writer_ram_we,
    output wire [10:0] writer_ram_address,
    output wire [7:0]  writer_ram_data,

    // command: the request in a copy of the same memory, the response as it is written
    input  wire        cmd_frame_valid,
    input  wire [10:0] cmd_frame_length,
    output wire        cmd_frame_done,
    output wire        cmd_response_we,
    output wire [10:0] cmd_response_address,
    output wire [7:0]  cmd_response_data,
    output wire        cmd_send_start,
    output wire [10:0] cmd_send_length,
    input  wire        cmd_send_done,
    output wire        cmd_wb_cyc,
    output wire        cmd_wb_stb,
    output wire        cmd_wb_we,
    output wire [27:0] cmd_wb_adr,
    output wire [31:0] cmd_wb_datwr,
    input  wire [31:0] cmd_wb_datrd,
    input  wire        cmd_wb_ack,
    input  wire        cmd_wb_err,

    // line_rate
    input  wire        rate_rxd,
    input  wire        rate_set_valid,
    input  wire [23:0] rate_set_step,
    input  wire        rate_quiet,
    output wire [23:0] rate_step,
    output wire        rate_active,

    // link
    input  wire        link_set_valid,
    input  wire [23:0] link_set_step,
    output wire [23:0] link_step,
    input  wire        link_rxd,
    output wire        link_txd,
    output wire        link_wb_cyc,
    output wire        link_wb_stb,
    output wire        link_wb_we,
    output wire [27:0] link_wb_adr,
    output wire [31:0] link_wb_datwr,
    input  wire [31:0] link_wb_datrd,
    input  wire        link_wb_ack,
    input  wire        link_wb_err,
    output wire [31:0] link_frames_bad,
    output wire [31:0] link_frames_dropped,
    output wire        link_active
);

    wire [10:0] reader_address;
    wire [7:0]  reader_byte;
    wire [10:0] enc_address;
    wire [7:0]  enc_byte;
    wire [10:0] cmd_address;
    wire [7:0]  cmd_byte;

    crc32 crc32 (
        .state(crc_state),
        .data(crc_data),
        .next(crc_next)
    );

    uart_rx uart_rx (
        .clk(clk),
        .rst(rst),
        .step(step),
        .rxd(rx_rxd),
        .m_valid(rx_valid),
        .m_broken(rx_broken),
        .m_data(rx_data),
        .active(rx_active)
    );

    uart_tx uart_tx (
        .clk(clk),
        .rst(rst),
        .step(step),
        .s_valid(tx_valid),
        .s_data(tx_data),
        .s_ready(tx_ready),
        .txd(tx_txd),
        .active(tx_active)
    );

    frame_decode #(
        .FRAME_WORDS(FRAME_WORDS)
    ) frame_decode (
        .clk(clk),
        .rst(rst),
        .s_valid(dec_valid),
        .s_broken(dec_broken),
        .s_data(dec_data),
        .ram_we(dec_ram_we),
        .ram_address(dec_ram_address),
        .ram_data(dec_ram_data),
        .frame_valid(dec_frame_valid),
        .frame_length(dec_frame_length),
        .frame_done(dec_frame_done),
        .frames_bad(dec_frames_bad),
        .frames_dropped(dec_frames_dropped),
        .active(dec_active)
    );

    ram_1w1r #(
        .WIDTH(8),
        .DEPTH(2048),
        .ADDRESS_W(11)
    ) reader_ram (
        .clk(clk),
        .we(mem_we),
        .waddr(mem_address),
        .wdata(mem_data),
        .re(1'b1),
        .raddr(reader_address),
        .rdata(reader_byte)
    );

    word_reader word_reader (
        .clk(clk),
        .rst(rst),
        .rewind(reader_rewind),
        .m_valid(reader_valid),
        .m_data(reader_data),
        .m_ready(reader_ready),
        .ram_address(reader_address),
        .ram_data(reader_byte)
    );

    ram_1w1r #(
        .WIDTH(8),
        .DEPTH(2048),
        .ADDRESS_W(11)
    ) enc_ram (
        .clk(clk),
        .we(mem_we),
        .waddr(mem_address),
        .wdata(mem_data),
        .re(1'b1),
        .raddr(enc_address),
        .rdata(enc_byte)
    );

    frame_encode frame_encode (
        .clk(clk),
        .rst(rst),
        .start(enc_start),
        .length(enc_length),
        .done(enc_done),
        .ram_address(enc_address),
        .ram_data(enc_byte),
        .m_valid(enc_valid),
        .m_data(enc_data),
        .m_ready(enc_ready)
    );

    word_writer word_writer (
        .clk(clk),
        .rst(rst),
        .s_valid(writer_valid),
        .s_index(writer_index),
        .s_data(writer_data),
        .s_ready(writer_ready),
        .ram_we(writer_ram_we),
        .ram_address(writer_ram_address),
        .ram_data(writer_ram_data)
    );

    ram_1w1r #(
        .WIDTH(8),
        .DEPTH(2048),
        .ADDRESS_W(11)
    ) cmd_ram (
        .clk(clk),
        .we(mem_we),
        .waddr(mem_address),
        .wdata(mem_data),
        .re(1'b1),
        .raddr(cmd_address),
        .rdata(cmd_byte)
    );

    command #(
        .FRAME_WORDS(FRAME_WORDS)
    ) command (
        .clk(clk),
        .rst(rst),
        .frame_valid(cmd_frame_valid),
        .frame_length(cmd_frame_length),
        .frame_done(cmd_frame_done),
        .request_address(cmd_address),
        .request_data(cmd_byte),
        .response_we(cmd_response_we),
        .response_address(cmd_response_address),
        .response_data(cmd_response_data),
        .send_start(cmd_send_start),
        .send_length(cmd_send_length),
        .send_done(cmd_send_done),
        .wb_cyc(cmd_wb_cyc),
        .wb_stb(cmd_wb_stb),
        .wb_we(cmd_wb_we),
        .wb_adr(cmd_wb_adr),
        .wb_dat_w(cmd_wb_datwr),
        .wb_dat_r(cmd_wb_datrd),
        .wb_ack(cmd_wb_ack),
        .wb_err(cmd_wb_err)
    );

    line_rate #(
        .CLOCK_HZ(CLOCK_HZ)
    ) line_rate (
        .clk(clk),
        .rst(rst),
        .base_step(step),
        .rxd(rate_rxd),
        .set_valid(rate_set_valid),
        .set_step(rate_set_step),
        .quiet(rate_quiet),
        .step(rate_step),
        .active(rate_active)
    );

    link #(
        .FRAME_WORDS(FRAME_WORDS),
        .CLOCK_HZ(CLOCK_HZ)
    ) link (
        .clk(clk),
        .rst(rst),
        .base_step(step),
        .set_valid(link_set_valid),
        .set_step(link_set_step),
        .step(link_step),
        .uart_rxd(link_rxd),
        .uart_txd(link_txd),
        .wb_cyc(link_wb_cyc),
        .wb_stb(link_wb_stb),
        .wb_we(link_wb_we),
        .wb_adr(link_wb_adr),
        .wb_dat_w(link_wb_datwr),
        .wb_dat_r(link_wb_datrd),
        .wb_ack(link_wb_ack),
        .wb_err(link_wb_err),
        .frames_bad(link_frames_bad),
        .frames_dropped(link_frames_dropped),
        .active(link_active)
    );

endmodule

`default_nettype wire
