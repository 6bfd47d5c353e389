// SPDX-License-Identifier: Apache-2.0
// The data and raw windows onto the parameter stores: Wishbone B4 classic slave, narrow master of
// the store arbiter. Data pass the store's code. Raw words are the physical bits in four 32-bit
// parts, of which those that a store has not read as zeros; a part of several is written into the
// word that is read first, and nothing comes between.
`default_nettype none

module store_window #(
    parameter [31:0] PROTECTIONS = 32'd0,       // 4 bits a store, as PROTECTION in code_word.v
    parameter CODE_W = 32,                      // physical bits of the widest code word
    parameter [255:0] STORE_CAPACITY = 256'd0   // code words of each store in bits 23:0 of 32
) (
    input  wire              clk,
    input  wire              rst,

    // bus; `s_raw` selects the raw window
    input  wire              s_stb,
    input  wire              s_raw,
    input  wire              s_we,
    input  wire [23:0]       s_adr,
    input  wire [31:0]       s_wdata,
    output reg               s_ack,
    output reg               s_err,
    output reg  [31:0]       s_rdata,
    input  wire              locked,

    // arbiter
    output reg               n_valid,
    output wire              n_lock,
    output wire              n_we,
    output wire [2:0]        n_store,
    output wire [19:0]       n_word,
    output wire [CODE_W-1:0] n_wdata,
    input  wire              n_ready,
    input  wire              n_rvalid,
    input  wire [CODE_W-1:0] n_rdata
);

    localparam CODED = PROTECTIONS != 32'd0;
    localparam PARTS = (CODE_W + 31) / 32;

    wire [2:0]  store = s_adr[23:21];
    wire [20:0] number = s_raw ? {2'd0, s_adr[20:2]} : s_adr[20:0];
    wire [1:0]  part = s_raw ? s_adr[1:0] : 2'd0;
    wire [6:0]  bits;
    wire [23:0] capacity = STORE_CAPACITY[32*store +: 24];
    // An access begins a cycle late: where the store ends takes a comparison.
    reg         begun_q;
    reg         beyond_q;
    reg         absent_q;
    wire        access = s_stb && !s_ack && !s_err && begun_q;
    wire        refused = locked || beyond_q;
    reg         asked_q;         // the arbiter; a read is not yet answered

    store_bits #(
        .PROTECTIONS(PROTECTIONS)
    ) store_bits (
        .store(store),
        .bits(bits)
    );

    always @(posedge clk) begin
        begun_q <= s_stb && !s_ack && !s_err && !rst;
        beyond_q <= {3'd0, number} >= capacity;
        absent_q <= {part, 5'd0} >= bits;
    end

    // What was read; with codes a cycle later, since a decoder is to come.
    reg               came_q;
    reg  [CODE_W-1:0] code_q;
    wire              came = CODED ? came_q : n_rvalid;
    wire [CODE_W-1:0] code = CODED ? code_q : n_rdata;
    wire [31:0]       data;

    always @(posedge clk) begin
        came_q <= n_rvalid;
        if (n_rvalid) code_q <= n_rdata;
        if (rst) came_q <= 1'b0;
    end

    wire found_corrected;
    wire found_uncorrectable;

    store_decode #(
        .PROTECTIONS(PROTECTIONS),
        .CODE_W(CODE_W)
    ) decode (
        .store(store),
        .code(code),
        .data(data),
        .corrected(found_corrected),
        .uncorrectable(found_uncorrectable)
    );

    wire [32*PARTS-1:0] padded;
    wire [31:0]         raw_part = padded[32*part +: 32];

    // A part of a word that has more of them: read, then write.
    wire                merges = CODED && s_we && s_raw && bits > 7'd32;
    reg                 merged_q;        // it was read
    wire [32*PARTS-1:0] merged;
    wire [CODE_W-1:0]   encoded;

    store_encode #(
        .PROTECTIONS(PROTECTIONS),
        .CODE_W(CODE_W)
    ) encode (
        .store(store),
        .data(s_wdata),
        .code(encoded)
    );

    genvar p;
    generate
        for (p = 0; p < PARTS; p = p + 1) begin : g_part
            localparam LEFT = CODE_W - 32 * p;
            localparam BITS = LEFT < 32 ? LEFT : 32;
            wire written = s_raw && part == p;

            assign padded[32*p +: BITS] = code[32*p +: BITS];
            if (BITS < 32) begin : g_filled
                assign padded[32*p+BITS +: 32-BITS] = {(32-BITS){1'b0}};
            end
            assign merged[32*p +: 32] = written ? s_wdata : padded[32*p +: 32];
        end
    endgenerate

    assign n_lock = merges && asked_q;
    assign n_we = s_we && (!merges || merged_q);
    assign n_store = store;
    assign n_word = number[19:0];
    assign n_wdata = s_raw ? merged[CODE_W-1:0] : encoded;

    always @(posedge clk) begin
        if (n_ready) n_valid <= 1'b0;
        if (access && !refused && !absent_q && !asked_q) begin
            n_valid <= 1'b1;
            asked_q <= 1'b1;
        end
        if (asked_q && merges && !merged_q && came) begin
            n_valid <= 1'b1;
            merged_q <= 1'b1;
        end
        s_ack <= (asked_q && (n_we ? n_valid && n_ready : !s_we && came))
                 || (access && !asked_q && !refused && absent_q);
        s_err <= access && !asked_q && refused;
        if (came || absent_q) s_rdata <= absent_q ? 32'd0 : s_raw ? raw_part : data;
        if (s_ack || rst) begin
            n_valid <= 1'b0;
            asked_q <= 1'b0;
            merged_q <= 1'b0;
        end
        if (rst) begin
            s_ack <= 1'b0;
            s_err <= 1'b0;
        end
    end

    wire unused = &{1'b0, found_corrected, found_uncorrectable, merged};

endmodule

`default_nettype wire
