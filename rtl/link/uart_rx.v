// SPDX-License-Identifier: Apache-2.0
// UART receiver: 8 data bits, no parity, 1 stop bit, at least 4 clocks a bit.
//
// The phase starts afresh at each start edge, so that only the error within one byte counts, and
// bits are sampled in their middle. A low level shorter than half a bit is no start. After a stop
// bit that was low nothing starts before the line has been high again.
`default_nettype none

module uart_rx (
    input  wire        clk,
    input  wire        rst,
    input  wire [23:0] step,       // bit rate / clock, in 2^-24, at most a quarter

    input  wire        rxd,

    // bytes, for one cycle each: whole, or lost because its stop bit was low
    output reg         m_valid,
    output reg         m_broken,
    output wire [7:0]  m_data,

    // low when nothing will change until the line does
    output wire        active
);

    localparam [1:0] S_IDLE = 2'd0;
    localparam [1:0] S_BITS = 2'd1;
    localparam [1:0] S_BREAK = 2'd2;

    localparam [3:0] START_BIT = 4'd0;
    localparam [3:0] STOP_BIT = 4'd9;

    (* async_reg = "true" *)
    reg [1:0]  sync_q;
    reg [1:0]  state_q;
    reg [3:0]  bit_q;              // which bit is sampled next
    reg [7:0]  shift_q;
    reg [23:0] phase_q;

    wire        line = sync_q[1];
    wire [24:0] phase_next = {1'b0, phase_q} + {1'b0, step};
    wire        sample = phase_next[24];

    assign m_data = shift_q;
    assign active = state_q == S_BITS || m_valid || m_broken || sync_q[0] != line
        || line == (state_q == S_BREAK);

    always @(posedge clk) begin
        sync_q <= {sync_q[0], rxd};
        m_valid <= 1'b0;
        m_broken <= 1'b0;
        case (state_q)
            // The edge lies up to a cycle back, half a cycle on average; and the sum reaches 2^24
            // half a cycle late on average. So one step ahead of half a bit.
            S_IDLE: begin
                phase_q <= 24'h800000 + step;
                bit_q <= START_BIT;
                if (!line) state_q <= S_BITS;
            end
            S_BITS: begin
                phase_q <= phase_next[23:0];
                if (sample) begin
                    bit_q <= bit_q + 4'd1;
                    if (bit_q == START_BIT) begin
                        if (line) state_q <= S_IDLE;
                    end else if (bit_q == STOP_BIT) begin
                        m_valid <= line;
                        m_broken <= !line;
                        state_q <= line ? S_IDLE : S_BREAK;
                    end else begin
                        shift_q <= {line, shift_q[7:1]};
                    end
                end
            end
            // S_BREAK
            default: begin
                if (line) state_q <= S_IDLE;
            end
        endcase
        if (rst) begin
            sync_q <= 2'b11;
            state_q <= S_IDLE;
            m_valid <= 1'b0;
            m_broken <= 1'b0;
        end
    end

endmodule

`default_nettype wire
