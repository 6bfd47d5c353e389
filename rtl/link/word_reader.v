// SPDX-License-Identifier: Apache-2.0
// A byte memory as a stream of little-endian words from its start on, read ahead: four cycles a
// word. What it reads ahead beyond the content is undefined, and its user does not take it.
`default_nettype none

module word_reader (
    input  wire        clk,
    input  wire        rst,

    input  wire        rewind,     // next is word 0

    output reg         m_valid,
    output reg  [31:0] m_data,
    input  wire        m_ready,

    // content, in the cycle after its address
    output wire [10:0] ram_address,
    input  wire [7:0]  ram_data
);

    reg  [10:0] at_q;
    wire [10:0] at_d = rewind ? 11'd0 : at_q + {10'd0, !m_valid};

    assign ram_address = at_d;

    always @(posedge clk) begin
        at_q <= at_d;
        if (!m_valid) begin
            m_data <= {ram_data, m_data[31:8]};
            m_valid <= at_q[1:0] == 2'd3;
        end else if (m_ready) begin
            m_valid <= 1'b0;
        end
        if (rewind || rst) m_valid <= 1'b0;
    end

endmodule

`default_nettype wire
