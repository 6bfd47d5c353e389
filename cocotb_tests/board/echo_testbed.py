# SPDX-License-Identifier: Apache-2.0
"""A design in the place of the testbed that takes seconds to place and route: it sends every byte back."""

from __future__ import annotations

from pathlib import Path

from host.toolchain import RTL, read_sources

#: Through a block RAM, so that the flow has one to infer.
_BODY = """
    wire [7:0] rx_data;
    wire [7:0] tx_data;
    wire       rx_valid;
    wire       rx_broken;
    wire       rx_active;
    wire       tx_ready;
    wire       tx_active;

    reg  [8:0] write_q;
    reg  [8:0] read_q;
    reg        valid_q;

    wire       waiting = write_q != read_q;
    wire       fetch = waiting && !valid_q;

    assign active = rx_active || tx_active || waiting || rx_broken;

    always @(posedge clk) begin
        if (rst) begin
            write_q <= 9'd0;
            read_q <= 9'd0;
            valid_q <= 1'b0;
        end else begin
            if (rx_valid) write_q <= write_q + 9'd1;
            if (fetch) valid_q <= 1'b1;
            if (valid_q && tx_ready) begin
                valid_q <= 1'b0;
                read_q <= read_q + 9'd1;
            end
        end
    end

    ram_1w1r #(
        .WIDTH(8),
        .DEPTH(512),
        .ADDRESS_W(9)
    ) bytes (
        .clk(clk),
        .we(rx_valid),
        .waddr(write_q),
        .wdata(rx_data),
        .re(fetch),
        .raddr(read_q),
        .rdata(tx_data)
    );

    uart_rx uart_rx (
        .clk(clk),
        .rst(rst),
        .step(uart_step),
        .rxd(uart_rxd),
        .m_valid(rx_valid),
        .m_broken(rx_broken),
        .m_data(rx_data),
        .active(rx_active)
    );

    uart_tx uart_tx (
        .clk(clk),
        .rst(rst),
        .step(uart_step),
        .s_valid(valid_q),
        .s_data(tx_data),
        .s_ready(tx_ready),
        .txd(uart_txd),
        .active(tx_active)
    );

endmodule

`default_nettype wire
"""


def echo_sources(folder: Path) -> list[Path]:
    """Sources in which a module with the parameters and ports of the testbed sends every byte back.

    Parameters
    ----------
    folder
        Where that module is written.
    """
    text = (RTL / "testbed.v").read_text(encoding="utf-8")
    interface, end, _ = text.partition("\n);\n")
    assert end, "testbed.v has no end of ports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "testbed.v"
    path.write_text(interface + end + _BODY, encoding="utf-8")
    used = ("board/reset_hold.v", "store/ram_1w1r.v", "link/uart_rx.v", "link/uart_tx.v")
    return [*read_sources(*used), path]
