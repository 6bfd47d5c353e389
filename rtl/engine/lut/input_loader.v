// SPDX-License-Identifier: Apache-2.0
// Copies the inputs of one batch from the image store to a half of the wire memory, one wire a
// cycle, the last of them in the first cycle with `busy` low. A row of its port holds ROW_W / LANES wires; batches follow one another, each from a new
// row of the image store on, of which 2^SPLIT rows of the port are a row.
`default_nettype none

module input_loader #(
    parameter LANES = 64,        // bits of a wire
    parameter ROW_W = 128,       // bits of a row: 1, 2 or 4 wires
    parameter SPLIT = 0,         // 0 ... 2
    parameter INPUT_BITS = 9,    // log2 of inputs
    parameter IMAGE_BITS = 11    // log2 of rows
) (
    input  wire                  clk,
    input  wire                  rst,

    // control: `rewind` sets the first row, `start` loads the next batch
    input  wire                  rewind,
    input  wire [15:0]           first_row,
    input  wire                  start,
    input  wire                  half,           // constant until `busy` is low again
    input  wire [15:0]           inputs,
    output wire                  busy,

    // image store, read latency 1; a row is held until the next is read
    output wire                  image_re,
    output wire [IMAGE_BITS-1:0] image_row,
    input  wire [ROW_W-1:0]      image_data,

    // wire memory
    output reg                   we,
    output reg                   we_half,
    output reg  [INPUT_BITS-1:0] we_wire,
    output wire [LANES-1:0]      we_data
);

    localparam PARTS = ROW_W / LANES;                // wires of a row
    localparam LAST_PART = PARTS - 1;
    localparam [31:0] SPLIT_MASK = (1 << SPLIT) - 1;

    reg                  reading_q;
    reg [15:0]           wire_q;
    reg [IMAGE_BITS-1:0] row_q;
    reg                  arriving_q;                 // the row of `arrived_q` is in `image_data`
    reg [15:0]           arrived_q;
    reg                  half_q;
    reg [ROW_W-1:0]      image_q;                    // kept, since a block RAM answers late in its cycle
    reg [15:0]           place_q;                    // of the wire in it

    wire [15:0]  part = wire_q & LAST_PART[15:0];
    wire [15:0]  last_wire = inputs - 16'd1;
    wire [31:0]  place = LANES * {16'd0, place_q};
    wire [ROW_W-1:0] rest = image_q >> place;

    wire [31:0]  first = {16'd0, first_row} << SPLIT;

    assign busy = reading_q || arriving_q;
    assign image_re = reading_q && part == 16'd0;
    assign image_row = row_q;
    assign we_data = rest[LANES-1:0];

    always @(posedge clk) begin
        arriving_q <= reading_q;
        arrived_q <= wire_q;
        image_q <= image_data;
        place_q <= arrived_q & LAST_PART[15:0];
        we <= arriving_q;
        we_half <= half_q;
        we_wire <= arrived_q[INPUT_BITS-1:0];
        if (reading_q) begin
            wire_q <= wire_q + 16'd1;
            if (part == LAST_PART[15:0]) row_q <= row_q + 1'b1;
            if (wire_q == last_wire) begin
                row_q <= (row_q | SPLIT_MASK[IMAGE_BITS-1:0]) + 1'b1;
                reading_q <= 1'b0;
            end
        end
        if (start) begin
            reading_q <= inputs != 16'd0;
            wire_q <= 16'd0;
            half_q <= half;
        end
        if (rewind) row_q <= first[IMAGE_BITS-1:0];
        if (rst) begin
            reading_q <= 1'b0;
            arriving_q <= 1'b0;
            we <= 1'b0;
        end
    end

    wire unused = &{1'b0, first, rest, arrived_q};

endmodule

`default_nettype wire
