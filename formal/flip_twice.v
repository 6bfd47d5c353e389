// SPDX-License-Identifier: Apache-2.0
// A flip is its own inverse: the same entry, given or alone in the list, without a pattern, applied
// twice to a memory of one word that answers as the arbiter does, leaves what was there; applied
// once, it inverts that bit and no other. How long a run takes depends on nothing but whether the bit
// exists: the cover point shows that two of the longer kind are over within the bound.
`default_nettype none

module flip_twice (
    input wire clk
);

    (* anyconst *) reg [31:0] entry;
    (* anyconst *) reg        listed;   // it is the only one of the list, else it is given
    (* anyconst *) reg [159:0] extents;
    (* anyconst *) reg [38:0] golden;

    // Reset, then two runs.
    reg        rst = 1'b1;
    reg [1:0]  runs = 2'd0;
    reg        started = 1'b0;
    wire       busy;
    wire       done;
    wire       start = !rst && !busy && !started && runs < 2'd2;

    wire       n_valid;
    wire       n_lock;
    wire       n_we;
    wire [2:0] n_store;
    wire [19:0] n_word;
    wire [38:0] n_wdata;
    reg  [2:0] reading = 3'd0;
    reg [38:0] memory;
    reg        loaded = 1'b0;
    wire [31:0] next;
    wire [31:0] flips;
    wire [31:0] refused;
    wire       list_re;
    wire [15:0] list_addr;

    flip #(
        .LIST_BITS(4),
        .PROTECTIONS(32'h22222222),
        .CODE_W(39)
    ) flip (
        .clk(clk),
        .rst(rst),
        .start(start),
        .one(!listed),
        .set(1'b0),
        .hold(1'b0),
        .pattern(10'd0),
        .count(16'd1),
        .from(entry),
        .extents(extents),
        .busy(busy),
        .done(done),
        .next(next),
        .flips(flips),
        .refused(refused),
        .list_re(list_re),
        .list_addr(list_addr),
        .list_data(entry),
        .n_valid(n_valid),
        .n_lock(n_lock),
        .n_we(n_we),
        .n_store(n_store),
        .n_word(n_word),
        .n_wdata(n_wdata),
        .n_ready(1'b1),
        .n_rvalid(reading[2]),
        .n_rdata(memory)
    );

    wire [6:0]  index = entry[27:21];
    wire [19:0] extent = extents[20*entry[30:28] +: 20];
    wire        exists = entry[20:0] < {1'b0, extent} && index < 7'd39;
    wire [38:0] flipped = golden ^ (39'd1 << index);

    always @(posedge clk) begin
        rst <= 1'b0;
        loaded <= 1'b1;
        if (!loaded) memory <= golden;
        else if (n_valid && n_we) memory <= n_wdata;
        reading <= {reading[1:0], n_valid && !n_we && !rst};
        if (start) started <= 1'b1;
        if (done && !rst) begin
            started <= 1'b0;
            runs <= runs + 2'd1;
            assert (flips == (exists ? 32'd1 : 32'd0));
            assert (refused == (exists ? 32'd0 : 32'd1));
            if (runs == 2'd0) assert (memory == (exists ? flipped : golden));
            if (runs == 2'd1) assert (memory == golden);
        end
        if (loaded && n_valid && !rst) begin
            assert (n_store == entry[30:28] && n_word == entry[19:0] && n_lock);
        end
        cover (runs == 2'd2 && exists);
    end

endmodule

`default_nettype wire
