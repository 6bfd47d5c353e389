// SPDX-License-Identifier: Apache-2.0
// A second copy of the data of all stores, outside the fault space: what the host wrote into the data
// windows. The scrubber reads it.
`default_nettype none

module golden_copy #(
    parameter [255:0] STORE_CAPACITY = 256'd0   // code words of each store in bits 23:0 of 32
) (
    input  wire        clk,

    // a data window is written; the copy has it a cycle later
    input  wire        we,
    input  wire [2:0]  we_store,
    input  wire [19:0] we_word,
    input  wire [31:0] we_data,

    // data two cycles after `re`
    input  wire        re,
    input  wire [2:0]  store,
    input  wire [19:0] word,
    output wire [31:0] data
);

    // A block RAM answers late in its cycle: what it says is kept before one of them is chosen.
    wire [8*32-1:0] found;
    reg  [8*32-1:0] found_q;
    reg  [2:0]      reading_q;
    reg  [2:0]      store_q;
    reg             we_q;
    reg  [2:0]      we_store_q;
    reg  [19:0]     we_word_q;
    reg  [31:0]     we_data_q;

    always @(posedge clk) begin
        reading_q <= store;
        store_q <= reading_q;
        found_q <= found;
        we_q <= we;
        we_store_q <= we_store;
        we_word_q <= we_word;
        we_data_q <= we_data;
    end

    assign data = found_q[32*store_q +: 32];

    genvar s;
    generate
        for (s = 0; s < 8; s = s + 1) begin : g_store
            localparam [23:0] CAPACITY = STORE_CAPACITY[32*s +: 24];

            if (CAPACITY != 24'd0) begin : g_present
                localparam ADDRESS_W = CAPACITY == 24'd1 ? 1 : $clog2(CAPACITY);

                ram_1w1r #(
                    .WIDTH(32),
                    .DEPTH(CAPACITY),
                    .ADDRESS_W(ADDRESS_W)
                ) ram (
                    .clk(clk),
                    .we(we_q && we_store_q == s),
                    .waddr(we_word_q[ADDRESS_W-1:0]),
                    .wdata(we_data_q),
                    .re(re && store == s),
                    .raddr(word[ADDRESS_W-1:0]),
                    .rdata(found[32*s +: 32])
                );
            end else begin : g_absent
                assign found[32*s +: 32] = 32'd0;
            end
        end
    endgenerate

    wire unused = &{1'b0, we_word_q, word};

endmodule

`default_nettype wire
