// SPDX-License-Identifier: Apache-2.0
// One parameter store: BANKS code words a row, a wide engine port read through the decoder, and a
// maintenance port of WIDTH code words (host, fault controller, digest, later the scrubber), each in
// the lowest bits of a lane.
//
// Code word of physical index p: row p / BANKS, bank p mod BANKS, slice p / WIDTH. A row at or
// beyond ROWS reads as zero on the maintenance port and is not written; the engine port is not to
// be given one. A maintenance write waits (m_ready low) while the engine reads its row, or another one
// that is odd or even as it is, since more would take longer to compare; with fewer ports every
// maintenance access waits while the engine reads. The engine never waits.
`default_nettype none

module param_store #(
    parameter BANKS = 4,         // code words of a row, a power of two
    parameter ROWS = 512,        // rows
    parameter ROW_W = 9,         // at least ceil(log2(ROWS)), less than 20
    parameter WIDTH = 4,         // code words of a maintenance access, a power of two up to BANKS
    parameter CODE_W = 32,       // physical bits of a code word
    parameter LANE_W = 32,       // bits of a lane of the maintenance port, at least CODE_W
    parameter PROTECTION = 0,    // as in code_word.v
    parameter LATENCY = 3,       // of the engine's reads: block RAM, register, decoder; 1: without the registers
    parameter PORTS = 2,         // of the RAM: 2 independent, or 1 that reads and 1 that writes
    parameter HUGE = 0,          // 1: in RAMs with a single port (ram_1rw.v), whatever PORTS
    parameter GUARDED = 1        // 0: the maintenance port is not to be given a row beyond ROWS either
) (
    input  wire                    clk,

    // engine: data LATENCY cycles after `e_re`, only then, and what the decoders found, one bit a bank
    input  wire                    e_re,
    input  wire [ROW_W-1:0]        e_row,
    output wire [BANKS*32-1:0]     e_data,
    output wire [BANKS-1:0]        e_corrected,
    output wire [BANKS-1:0]        e_uncorrectable,

    // maintenance: done in a cycle with `m_valid` and `m_ready`; read data two cycles after it, or one
    // with LATENCY 1, for one cycle; zero in every other
    input  wire                    m_valid,
    input  wire                    m_we,
    input  wire [19:0]             m_slice,
    input  wire [WIDTH-1:0]        m_mask,      // code words to write; a read reads all
    input  wire [WIDTH*LANE_W-1:0] m_wdata,
    output wire                    m_ready,
    output wire [WIDTH*LANE_W-1:0] m_rdata
);

    localparam SLICES = BANKS / WIDTH;
    localparam SLICE_W = (SLICES >= 64) ? 6 : (SLICES >= 32) ? 5 : (SLICES >= 16) ? 4 :
                         (SLICES >= 8) ? 3 : (SLICES >= 4) ? 2 : (SLICES >= 2) ? 1 : 0;

    wire [31:0]      m_row = {12'd0, m_slice} >> SLICE_W;
    wire [31:0]      m_part = {12'd0, m_slice} & (SLICES - 1);
    wire             m_inside = GUARDED == 0 || m_row < ROWS;
    wire             m_go = m_valid && m_ready && m_inside;

    localparam SINGLE = HUGE != 0;
    localparam SHARED = PORTS == 1;   // a read port

    wire meets = e_row[0] == m_row[0];

    assign m_ready = !(e_re && (SINGLE || SHARED || (m_we && meets)));

    // a read of what exists, and which slice of the row it is of
    reg [31:0] part_q;
    reg        reading_q;

    always @(posedge clk) begin
        part_q <= m_part;
        reading_q <= m_go && !m_we;
    end

    // The row, as it comes out of the block RAMs or kept where it does, and its part: one-hot.
    wire [BANKS*CODE_W-1:0] row_rdata;
    reg  [BANKS*CODE_W-1:0] row_q;
    reg  [SLICES-1:0]       chosen;
    reg  [SLICES-1:0]       chosen_q;
    localparam PART_W = WIDTH * CODE_W;

    wire [BANKS*CODE_W-1:0] row = LATENCY == 1 ? row_rdata : row_q;
    wire [SLICES-1:0]       which = LATENCY == 1 ? chosen : chosen_q;
    reg  [PART_W-1:0]       rdata;
    integer                 p;

    // AND-OR: a shift by multiples of a width that is no power of two would be a multiplier.
    always @* begin
        rdata = {PART_W{1'b0}};
        for (p = 0; p < SLICES; p = p + 1) begin
            chosen[p] = reading_q && part_q == p;
            rdata = rdata | ({PART_W{which[p]}} & row[p*PART_W +: PART_W]);
        end
    end

    always @(posedge clk) begin
        row_q <= row_rdata;
        chosen_q <= chosen;
    end

    genvar lane;
    generate
        for (lane = 0; lane < WIDTH; lane = lane + 1) begin : g_lane
            if (LANE_W > CODE_W) begin : g_filled
                assign m_rdata[lane*LANE_W +: LANE_W] =
                    {{(LANE_W-CODE_W){1'b0}}, rdata[lane*CODE_W +: CODE_W]};
            end else begin : g_whole
                assign m_rdata[lane*LANE_W +: LANE_W] = rdata[lane*CODE_W +: CODE_W];
            end
        end
    endgenerate

    genvar bank;
    generate
        for (bank = 0; bank < BANKS; bank = bank + 1) begin : g_bank
            localparam LANE = bank % WIDTH;
            localparam PART = bank / WIDTH;

            wire [CODE_W-1:0] code;
            reg  [CODE_W-1:0] code_q;
            wire [31:0]       data;
            wire              corrected;
            wire              uncorrectable;
            reg  [31:0]       data_q;
            reg               corrected_q;
            reg               uncorrectable_q;

            wire              m_here = m_go && m_part == PART && (!m_we || m_mask[LANE]);
            wire [ROW_W-1:0]  read_row = e_re ? e_row : m_row[ROW_W-1:0];

            if (SINGLE) begin : g_single
                ram_1rw #(
                    .WIDTH(CODE_W),
                    .DEPTH(ROWS),
                    .ADDRESS_W(ROW_W),
                    .HUGE(1)
                ) ram (
                    .clk(clk),
                    .en(e_re || m_here),
                    .we(!e_re && m_we),
                    .address(read_row),
                    .wdata(m_wdata[LANE*LANE_W +: CODE_W]),
                    .rdata(code)
                );

                assign row_rdata[bank*CODE_W +: CODE_W] = code;
            end else if (SHARED) begin : g_shared
                ram_1w1r #(
                    .WIDTH(CODE_W),
                    .DEPTH(ROWS),
                    .ADDRESS_W(ROW_W)
                ) ram (
                    .clk(clk),
                    .we(m_here && m_we),
                    .waddr(m_row[ROW_W-1:0]),
                    .wdata(m_wdata[LANE*LANE_W +: CODE_W]),
                    .re(e_re || (m_here && !m_we)),
                    .raddr(read_row),
                    .rdata(code)
                );

                assign row_rdata[bank*CODE_W +: CODE_W] = code;
            end else begin : g_dual
                ram_dual #(
                    .WIDTH(CODE_W),
                    .DEPTH(ROWS),
                    .ADDRESS_W(ROW_W)
                ) ram (
                    .clk(clk),
                    .a_re(e_re),
                    .a_address(e_row),
                    .a_rdata(code),
                    .b_en(m_here),
                    .b_we(m_we),
                    .b_address(m_row[ROW_W-1:0]),
                    .b_wdata(m_wdata[LANE*LANE_W +: CODE_W]),
                    .b_rdata(row_rdata[bank*CODE_W +: CODE_W])
                );

                wire unused = &{1'b0, read_row};
            end

            code_word_decode #(
                .PROTECTION(PROTECTION),
                .CODE_W(CODE_W)
            ) decode (
                .code(LATENCY == 1 ? code : code_q),
                .data(data),
                .corrected(corrected),
                .uncorrectable(uncorrectable)
            );

            always @(posedge clk) begin
                code_q <= code;
                data_q <= data;
                corrected_q <= corrected;
                uncorrectable_q <= uncorrectable;
            end

            assign e_data[bank*32 +: 32] = LATENCY == 1 ? data : data_q;
            assign e_corrected[bank] = LATENCY == 1 ? corrected : corrected_q;
            assign e_uncorrectable[bank] = LATENCY == 1 ? uncorrectable : uncorrectable_q;
        end
    endgenerate

    wire unused = &{1'b0, m_wdata};

endmodule

`default_nettype wire
