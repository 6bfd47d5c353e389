// SPDX-License-Identifier: Apache-2.0
// Carries out the host's commands in a build without on-board trials: FLIP, DIGEST and RUN, one at
// a time. Any other command does nothing. Relies on the configuration registers being constant
// while `busy`, which the bus enforces.
`default_nettype none

`include "registers.vh"

module steps (
    input  wire        clk,
    input  wire        rst,

    // command
    input  wire        command_valid,
    input  wire [31:0] command,
    output wire        busy,
    output reg  [7:0]  result,

    // rooms: a start is one cycle long, and so is what tells of the end
    output wire        flip_start,
    input  wire        flip_done,
    output wire        digest_start,
    input  wire        digest_done,
    output wire        run_prepare,
    input  wire        run_ready,
    output wire        run_start,
    input  wire        run_done,
    input  wire        run_hung,
    input  wire        run_overrun,
    input  wire        compare_idle,

    output reg  [31:0] cycles
);

    localparam [2:0] S_IDLE = 3'd0;
    localparam [2:0] S_FLIP = 3'd1;
    localparam [2:0] S_DIGEST = 3'd2;
    localparam [2:0] S_PREPARE = 3'd3;
    localparam [2:0] S_RUN = 3'd4;
    localparam [2:0] S_JUDGE = 3'd5;

    reg [2:0] state_q;
    reg       begun_q;             // not the first cycle of the state

    assign busy = state_q != S_IDLE;
    assign flip_start = state_q == S_FLIP && !begun_q;
    assign digest_start = state_q == S_DIGEST && !begun_q;
    assign run_prepare = state_q == S_PREPARE && !begun_q;
    assign run_start = state_q == S_RUN && !begun_q;

    always @(posedge clk) begin
        begun_q <= busy;
        if (busy) cycles <= cycles + 32'd1;
        case (state_q)
            // STOP with nothing to stop must not take back how the last command ended.
            S_IDLE: if (command_valid && command != `COMMAND_STOP) begin
                cycles <= 32'd0;
                result <= `TRIAL_OK;
                case (command)
                    `COMMAND_FLIP:   state_q <= S_FLIP;
                    `COMMAND_DIGEST: state_q <= S_DIGEST;
                    `COMMAND_RUN:    state_q <= S_PREPARE;
                    default: begin
                    end
                endcase
            end
            S_FLIP: if (flip_done) state_q <= S_IDLE;
            S_DIGEST: if (digest_done) state_q <= S_IDLE;
            S_PREPARE: if (run_ready && begun_q) begin
                begun_q <= 1'b0;
                state_q <= S_RUN;
            end
            S_RUN: if (run_done) state_q <= S_JUDGE;
            default: if (compare_idle) begin // S_JUDGE
                result <= run_hung ? `TRIAL_HANG : run_overrun ? `TRIAL_CYCLE_LIMIT : `TRIAL_OK;
                state_q <= S_IDLE;
            end
        endcase
        if (rst) begin
            state_q <= S_IDLE;
            result <= `TRIAL_OK;
            cycles <= 32'd0;
        end
    end

endmodule

`default_nettype wire
