// SPDX-License-Identifier: Apache-2.0
// Behaviour of ECP5's block RAM, for netlists: 18,432 bits behind two ports, each with a width of
// its own. What the vendor does not define is unknown (README.md).
//
// Relies on CLKA and CLKB being one net: what one port writes and the other touches at the same
// edge is a collision. The model knows no other parameters than these.
`default_nettype none

module DP16KD #(
    parameter DATA_WIDTH_A = 18,             // 1, 2, 4, 9, 18; or 36, and it writes only
    parameter DATA_WIDTH_B = 18,             // 1, 2, 4, 9, 18; or 36, and it reads only
    parameter REGMODE_A = "NOREG",           // or OUTREG: data come a clock cycle later
    parameter REGMODE_B = "NOREG",
    parameter RESETMODE = "SYNC",            // or ASYNC: how RST clears the outputs
    parameter ASYNC_RESET_RELEASE = "SYNC",  // makes no difference without delays
    parameter CSDECODE_A = "0b000",          // CS2 CS1 CS0 that select the block
    parameter CSDECODE_B = "0b000",
    parameter WRITEMODE_A = "NORMAL",        // or WRITETHROUGH, READBEFOREWRITE
    parameter WRITEMODE_B = "NORMAL",
    parameter CLKAMUX = "CLKA",              // or INV
    parameter CLKBMUX = "CLKB",
    parameter GSR = "ENABLED",               // there is no global reset after configuration

    // first contents: 16 words of 18 bits in each, of 20 bits the lower ones
    parameter [319:0] INITVAL_00 = 320'd0,
    parameter [319:0] INITVAL_01 = 320'd0,
    parameter [319:0] INITVAL_02 = 320'd0,
    parameter [319:0] INITVAL_03 = 320'd0,
    parameter [319:0] INITVAL_04 = 320'd0,
    parameter [319:0] INITVAL_05 = 320'd0,
    parameter [319:0] INITVAL_06 = 320'd0,
    parameter [319:0] INITVAL_07 = 320'd0,
    parameter [319:0] INITVAL_08 = 320'd0,
    parameter [319:0] INITVAL_09 = 320'd0,
    parameter [319:0] INITVAL_0A = 320'd0,
    parameter [319:0] INITVAL_0B = 320'd0,
    parameter [319:0] INITVAL_0C = 320'd0,
    parameter [319:0] INITVAL_0D = 320'd0,
    parameter [319:0] INITVAL_0E = 320'd0,
    parameter [319:0] INITVAL_0F = 320'd0,
    parameter [319:0] INITVAL_10 = 320'd0,
    parameter [319:0] INITVAL_11 = 320'd0,
    parameter [319:0] INITVAL_12 = 320'd0,
    parameter [319:0] INITVAL_13 = 320'd0,
    parameter [319:0] INITVAL_14 = 320'd0,
    parameter [319:0] INITVAL_15 = 320'd0,
    parameter [319:0] INITVAL_16 = 320'd0,
    parameter [319:0] INITVAL_17 = 320'd0,
    parameter [319:0] INITVAL_18 = 320'd0,
    parameter [319:0] INITVAL_19 = 320'd0,
    parameter [319:0] INITVAL_1A = 320'd0,
    parameter [319:0] INITVAL_1B = 320'd0,
    parameter [319:0] INITVAL_1C = 320'd0,
    parameter [319:0] INITVAL_1D = 320'd0,
    parameter [319:0] INITVAL_1E = 320'd0,
    parameter [319:0] INITVAL_1F = 320'd0,
    parameter [319:0] INITVAL_20 = 320'd0,
    parameter [319:0] INITVAL_21 = 320'd0,
    parameter [319:0] INITVAL_22 = 320'd0,
    parameter [319:0] INITVAL_23 = 320'd0,
    parameter [319:0] INITVAL_24 = 320'd0,
    parameter [319:0] INITVAL_25 = 320'd0,
    parameter [319:0] INITVAL_26 = 320'd0,
    parameter [319:0] INITVAL_27 = 320'd0,
    parameter [319:0] INITVAL_28 = 320'd0,
    parameter [319:0] INITVAL_29 = 320'd0,
    parameter [319:0] INITVAL_2A = 320'd0,
    parameter [319:0] INITVAL_2B = 320'd0,
    parameter [319:0] INITVAL_2C = 320'd0,
    parameter [319:0] INITVAL_2D = 320'd0,
    parameter [319:0] INITVAL_2E = 320'd0,
    parameter [319:0] INITVAL_2F = 320'd0,
    parameter [319:0] INITVAL_30 = 320'd0,
    parameter [319:0] INITVAL_31 = 320'd0,
    parameter [319:0] INITVAL_32 = 320'd0,
    parameter [319:0] INITVAL_33 = 320'd0,
    parameter [319:0] INITVAL_34 = 320'd0,
    parameter [319:0] INITVAL_35 = 320'd0,
    parameter [319:0] INITVAL_36 = 320'd0,
    parameter [319:0] INITVAL_37 = 320'd0,
    parameter [319:0] INITVAL_38 = 320'd0,
    parameter [319:0] INITVAL_39 = 320'd0,
    parameter [319:0] INITVAL_3A = 320'd0,
    parameter [319:0] INITVAL_3B = 320'd0,
    parameter [319:0] INITVAL_3C = 320'd0,
    parameter [319:0] INITVAL_3D = 320'd0,
    parameter [319:0] INITVAL_3E = 320'd0,
    parameter [319:0] INITVAL_3F = 320'd0
) (
    // port a
    input  wire CLKA,
    input  wire CEA,
    input  wire OCEA,
    input  wire WEA,
    input  wire RSTA,
    input  wire CSA2, CSA1, CSA0,
    input  wire
        ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
    input  wire
        DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5,
        DIA4, DIA3, DIA2, DIA1, DIA0,
    output wire
        DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
        DOA4, DOA3, DOA2, DOA1, DOA0,

    // port b
    input  wire CLKB,
    input  wire CEB,
    input  wire OCEB,
    input  wire WEB,
    input  wire RSTB,
    input  wire CSB2, CSB1, CSB0,
    input  wire
        ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
    input  wire
        DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5,
        DIB4, DIB3, DIB2, DIB1, DIB0,
    output wire
        DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
        DOB4, DOB3, DOB2, DOB1, DOB0
);

    localparam [20479:0] FIRST = {
        INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39,
        INITVAL_38, INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32,
        INITVAL_31, INITVAL_30, INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B,
        INITVAL_2A, INITVAL_29, INITVAL_28, INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24,
        INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20, INITVAL_1F, INITVAL_1E, INITVAL_1D,
        INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18, INITVAL_17, INITVAL_16,
        INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10, INITVAL_0F,
        INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08,
        INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02, INITVAL_01,
        INITVAL_00
    };
    // whether both ports move at the same edge of the clock
    localparam TOGETHER = (CLKAMUX == "INV") == (CLKBMUX == "INV");
    // READBEFOREWRITE is for whole bytes.
    localparam NARROW_A = WRITEMODE_A == "READBEFOREWRITE" && DATA_WIDTH_A < 9;
    localparam NARROW_B = WRITEMODE_B == "READBEFOREWRITE" && DATA_WIDTH_B < 9;

    // Rows of four bytes of nine bits; ports narrower than 9 do not reach the ninth.
    reg [35:0] mem [0:511];

    wire        clk_a = CLKAMUX == "INV" ? !CLKA : CLKA;
    wire        arst_a = RESETMODE == "ASYNC" && RSTA;
    wire [17:0] di_a;
    wire [13:0] address_a;
    wire        on_a;
    wire        reads_a;
    wire [8:0]  row_a;
    wire [35:0] written_a;
    wire [35:0] placed_a;
    wire [5:0]  first_a;
    wire [35:0] ones_a;
    wire [35:0] unknown_a;
    reg  [35:0] old_a;
    reg  [35:0] new_a;
    reg  [35:0] seen_a;
    reg  [35:0] latch_a_q;
    reg  [35:0] out_a_q;
    wire [35:0] rdata_a;

    wire        clk_b = CLKBMUX == "INV" ? !CLKB : CLKB;
    wire        arst_b = RESETMODE == "ASYNC" && RSTB;
    wire [17:0] di_b;
    wire [13:0] address_b;
    wire        on_b;
    wire        reads_b;
    wire [8:0]  row_b;
    wire [35:0] written_b;
    wire [35:0] placed_b;
    wire [5:0]  first_b;
    wire [35:0] ones_b;
    wire [35:0] unknown_b;
    reg  [35:0] old_b;
    reg  [35:0] new_b;
    reg  [35:0] seen_b;
    reg  [35:0] latch_b_q;
    reg  [35:0] out_b_q;
    wire [35:0] rdata_b;

    integer i;

    initial begin
        for (i = 0; i < 512; i = i + 1) mem[i] = {FIRST[40*i+20 +: 18], FIRST[40*i +: 18]};
        latch_a_q = 36'd0;
        latch_b_q = 36'd0;
        out_a_q = 36'd0;
        out_b_q = 36'd0;
    end

    // A port changes the memory at once, so that each may write its own part of a row; what one
    // reads of the other's part is unknown, and so does not depend on which is first.

    // port a

    assign address_a = {
        ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0
    };
    assign di_a = {
        DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5,
        DIA4, DIA3, DIA2, DIA1, DIA0
    };
    assign unknown_a = row_a == row_b && TOGETHER ? written_b : 36'd0;
    assign rdata_a = REGMODE_A == "OUTREG" ? out_a_q : latch_a_q;

    dp16kd_place #(
        .WIDTH(DATA_WIDTH_A),
        .CSDECODE(CSDECODE_A),
        .WRITEMODE(WRITEMODE_A)
    ) place_a (
        .ce(CEA),
        .cs({CSA2, CSA1, CSA0}),
        .we(WEA),
        .hold(RSTA),
        .address(address_a),
        .di({di_b, di_a}),
        .on(on_a),
        .reads(reads_a),
        .row(row_a),
        .first(first_a),
        .ones(ones_a),
        .written(written_a),
        .placed(placed_a)
    );

    always @(posedge clk_a or posedge arst_a) begin
        if (arst_a) begin
            latch_a_q <= 36'd0;
            out_a_q <= 36'd0;
        end else begin
            if (on_a) begin
                old_a = mem[row_a];
                new_a = (old_a & ~written_a) | (placed_a & written_a);
                if ((unknown_a & written_a) != 36'd0) begin
                    new_a = new_a ^ (unknown_a & written_a & 36'bx);
                end
                if (written_a != 36'd0) mem[row_a] = new_a;
                if (reads_a) begin
                    seen_a = WRITEMODE_A == "WRITETHROUGH" ? new_a : old_a;
                    if (unknown_a != 36'd0) seen_a = seen_a ^ (unknown_a & 36'bx);
                    if (NARROW_A && WEA) seen_a = 36'bx;
                    latch_a_q <= (seen_a >> first_a) & ones_a;
                end
            end
            if (OCEA) out_a_q <= latch_a_q;
            if (RSTA) begin
                latch_a_q <= 36'd0;
                out_a_q <= 36'd0;
            end
        end
    end

    // port b

    assign address_b = {
        ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0
    };
    assign di_b = {
        DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5,
        DIB4, DIB3, DIB2, DIB1, DIB0
    };
    assign unknown_b = row_b == row_a && TOGETHER ? written_a : 36'd0;
    assign rdata_b = REGMODE_B == "OUTREG" ? out_b_q : latch_b_q;

    dp16kd_place #(
        .WIDTH(DATA_WIDTH_B),
        .CSDECODE(CSDECODE_B),
        .WRITEMODE(WRITEMODE_B)
    ) place_b (
        .ce(CEB),
        .cs({CSB2, CSB1, CSB0}),
        .we(WEB),
        .hold(RSTB),
        .address(address_b),
        .di({18'd0, di_b}),
        .on(on_b),
        .reads(reads_b),
        .row(row_b),
        .first(first_b),
        .ones(ones_b),
        .written(written_b),
        .placed(placed_b)
    );

    always @(posedge clk_b or posedge arst_b) begin
        if (arst_b) begin
            latch_b_q <= 36'd0;
            out_b_q <= 36'd0;
        end else begin
            if (on_b) begin
                old_b = mem[row_b];
                new_b = (old_b & ~written_b) | (placed_b & written_b);
                if ((unknown_b & written_b) != 36'd0) begin
                    new_b = new_b ^ (unknown_b & written_b & 36'bx);
                end
                if (written_b != 36'd0) mem[row_b] = new_b;
                if (reads_b) begin
                    seen_b = WRITEMODE_B == "WRITETHROUGH" ? new_b : old_b;
                    if (unknown_b != 36'd0) seen_b = seen_b ^ (unknown_b & 36'bx);
                    if (NARROW_B && WEB) seen_b = 36'bx;
                    latch_b_q <= (seen_b >> first_b) & ones_b;
                end
            end
            if (OCEB) out_b_q <= latch_b_q;
            if (RSTB) begin
                latch_b_q <= 36'd0;
                out_b_q <= 36'd0;
            end
        end
    end

    // what the pins show: 18 bits of a port each, or 36 of port b
    assign {
        DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
        DOA4, DOA3, DOA2, DOA1, DOA0
    } = DATA_WIDTH_B == 36 ? rdata_b[17:0] : rdata_a[17:0];
    assign {
        DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
        DOB4, DOB3, DOB2, DOB1, DOB0
    } = DATA_WIDTH_B == 36 ? rdata_b[35:18] : rdata_b[17:0];

endmodule

`default_nettype wire
