// SPDX-License-Identifier: Apache-2.0
// The link (docs/link.md): bytes on two pins to transfers on a bus, one response to each request.
//
//   uart_rxd ─ uart_rx ─ frame_decode ─ request RAM ──┐
//                                                  command ─ bus
//   uart_txd ─ uart_tx ─ frame_encode ─ response RAM ─┘
//
// line_rate tells both ends of the line the bit rate.
`default_nettype none

module link #(
    parameter FRAME_WORDS = 256,   // data words of the longest frame, at most 508
    parameter RECORDS = 1,         // 0: there are none
    parameter [31:0] CLOCK_HZ = 32'd100000000
) (
    input  wire        clk,
    input  wire        rst,

    // line; bit rates are fractions of the clock, in 2^-24, at most a quarter
    input  wire [23:0] base_step,  // the rate to wake up with
    input  wire        set_valid,  // change over to another
    input  wire [23:0] set_step,
    output wire [23:0] step,       // the rate now
    input  wire        uart_rxd,
    output wire        uart_txd,

    // bus: Wishbone B4 classic master, word addresses
    output wire        wb_cyc,
    output wire        wb_stb,
    output wire        wb_we,
    output wire [27:0] wb_adr,
    output wire [31:0] wb_dat_w,
    input  wire [31:0] wb_dat_r,
    input  wire        wb_ack,
    input  wire        wb_err,

    // frames that were not executed
    output wire [31:0] frames_bad,
    output wire [31:0] frames_dropped,

    // low when nothing will change until the line does
    output wire        active
);

    localparam CONTENT = 12 + 4 * FRAME_WORDS;
    localparam ADDRESS_W = $clog2(CONTENT);

    wire        rx_valid;
    wire        rx_broken;
    wire [7:0]  rx_data;
    wire        rx_active;
    wire        decode_active;
    wire        tx_valid;
    wire [7:0]  tx_data;
    wire        tx_ready;
    wire        tx_active;

    wire        request_we;
    wire [10:0] request_waddr;
    wire [7:0]  request_wdata;
    wire [10:0] request_raddr;
    wire [7:0]  request_rdata;
    wire        response_we;
    wire [10:0] response_waddr;
    wire [7:0]  response_wdata;
    wire [10:0] response_raddr;
    wire [7:0]  response_rdata;

    wire        frame_valid;
    wire [10:0] frame_length;
    wire        frame_done;
    wire        send_start;
    wire [10:0] send_length;
    wire        send_done;

    wire unused = &{1'b0, request_waddr, request_raddr, response_waddr, response_raddr};

    // Nothing is being received, carried out or sent, the response to the last frame included.
    wire        receives = rx_active || decode_active || frame_valid;
    reg         quiet_q;
    wire        rate_active;

    assign active = receives || tx_active || rate_active;

    always @(posedge clk) quiet_q <= !(receives || tx_valid || tx_active);

    line_rate #(
        .CLOCK_HZ(CLOCK_HZ)
    ) line_rate (
        .clk(clk),
        .rst(rst),
        .base_step(base_step),
        .rxd(uart_rxd),
        .set_valid(set_valid),
        .set_step(set_step),
        .quiet(quiet_q),
        .step(step),
        .active(rate_active)
    );

    uart_rx uart_rx (
        .clk(clk),
        .rst(rst),
        .step(step),
        .rxd(uart_rxd),
        .m_valid(rx_valid),
        .m_broken(rx_broken),
        .m_data(rx_data),
        .active(rx_active)
    );

    frame_decode #(
        .FRAME_WORDS(FRAME_WORDS)
    ) frame_decode (
        .clk(clk),
        .rst(rst),
        .s_valid(rx_valid),
        .s_broken(rx_broken),
        .s_data(rx_data),
        .ram_we(request_we),
        .ram_address(request_waddr),
        .ram_data(request_wdata),
        .frame_valid(frame_valid),
        .frame_length(frame_length),
        .frame_done(frame_done),
        .frames_bad(frames_bad),
        .frames_dropped(frames_dropped),
        .active(decode_active)
    );

    ram_1w1r #(
        .WIDTH(8),
        .DEPTH(CONTENT),
        .ADDRESS_W(ADDRESS_W)
    ) request_ram (
        .clk(clk),
        .we(request_we),
        .waddr(request_waddr[ADDRESS_W-1:0]),
        .wdata(request_wdata),
        .re(1'b1),
        .raddr(request_raddr[ADDRESS_W-1:0]),
        .rdata(request_rdata)
    );

    command #(
        .FRAME_WORDS(FRAME_WORDS),
        .RECORDS(RECORDS)
    ) command (
        .clk(clk),
        .rst(rst),
        .frame_valid(frame_valid),
        .frame_length(frame_length),
        .frame_done(frame_done),
        .request_address(request_raddr),
        .request_data(request_rdata),
        .response_we(response_we),
        .response_address(response_waddr),
        .response_data(response_wdata),
        .send_start(send_start),
        .send_length(send_length),
        .send_done(send_done),
        .wb_cyc(wb_cyc),
        .wb_stb(wb_stb),
        .wb_we(wb_we),
        .wb_adr(wb_adr),
        .wb_dat_w(wb_dat_w),
        .wb_dat_r(wb_dat_r),
        .wb_ack(wb_ack),
        .wb_err(wb_err)
    );

    ram_1w1r #(
        .WIDTH(8),
        .DEPTH(CONTENT),
        .ADDRESS_W(ADDRESS_W)
    ) response_ram (
        .clk(clk),
        .we(response_we),
        .waddr(response_waddr[ADDRESS_W-1:0]),
        .wdata(response_wdata),
        .re(1'b1),
        .raddr(response_raddr[ADDRESS_W-1:0]),
        .rdata(response_rdata)
    );

    frame_encode frame_encode (
        .clk(clk),
        .rst(rst),
        .start(send_start),
        .length(send_length),
        .done(send_done),
        .ram_address(response_raddr),
        .ram_data(response_rdata),
        .m_valid(tx_valid),
        .m_data(tx_data),
        .m_ready(tx_ready)
    );

    uart_tx uart_tx (
        .clk(clk),
        .rst(rst),
        .step(step),
        .s_valid(tx_valid),
        .s_data(tx_data),
        .s_ready(tx_ready),
        .txd(uart_txd),
        .active(tx_active)
    );

endmodule

`default_nettype wire
