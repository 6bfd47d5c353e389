// SPDX-License-Identifier: Apache-2.0
// The mac engine: runs the layer program over a range of pictures, a batch of them in flight at
// once, and writes their scores. What every stored bit means stands in docs/mac-engine.md; nothing
// here may depend on anything but the stores and the pictures. `prepare` forgets what earlier runs
// wrote; `start` may follow once `ready` is high. Configuration is constant from `prepare` to
// `done`.
`default_nettype none

module mac #(
    parameter OC_LANES = 8,          // output channels of the array, a power of two up to 16
    parameter IC_LANES = 8,          // inputs of the array, a power of two up to 16
    parameter REQUANT_LANES = 2,     // channels requantised a cycle, at most OC_LANES
    parameter SWEEP_WORDS = 4,       // code words of the maintenance port
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store, as PROTECTION in code_word.v
    parameter CODE_W = 32,           // physical bits of the widest code word
    parameter STORE_PORTS = 2,       // as PORTS in param_store.v
    parameter IN_FLIGHT_BITS = 4,    // log2 of the most pictures in flight, at least 1
    parameter WEIGHT_BITS = 13,      // log2 of code words in each store
    parameter BIAS_BITS = 10,
    parameter REQUANT_BITS = 11,
    parameter PROGRAM_BITS = 9,
    parameter ACTIVATION_BITS = 9,   // log2 of activation rows, all buffers and pictures
    parameter IMAGE_BITS = 11,       // log2 of image rows
    parameter SCORE_BITS = 9         // log2 of score rows
) (
    input  wire                          clk,
    input  wire                          rst,

    // control
    input  wire                          prepare,
    output wire                          ready,
    input  wire                          start,
    input  wire [15:0]                   first,
    input  wire [15:0]                   count,
    output reg                           done,
    output reg                           hung,            // with `done`: the work limit ended the run
    output reg                           overrun,         // with `done`: the cycle limit ended the run
    output wire [15:0]                   answered,        // pictures whose scores are complete
    output wire [15:0]                   score_base,      // once ready: score row of the first picture

    // configuration
    input  wire [15:0]                   image_rows,
    input  wire [15:0]                   score_rows,
    input  wire [4:0]                    row_bits,
    input  wire [31:0]                   work_limit,
    input  wire [31:0]                   cycle_limit,
    input  wire [79:0]                   extents,

    // image store, read latency 1
    output wire                          image_re,
    output wire [IMAGE_BITS-1:0]         image_row,
    input  wire [127:0]                  image_data,

    // score store
    output wire                          score_we,
    output wire [SCORE_BITS-1:0]         score_row,
    output wire [127:0]                  score_data,

    // maintenance port of the parameter stores
    input  wire                          s_valid,
    input  wire                          s_we,
    input  wire [2:0]                    s_store,
    input  wire [19:0]                   s_index,
    input  wire [SWEEP_WORDS-1:0]        s_mask,
    input  wire [SWEEP_WORDS*CODE_W-1:0] s_wdata,
    output wire                          s_ready,
    output wire                          s_prompt,
    output wire [SWEEP_WORDS*CODE_W-1:0] s_rdata,

    // code words that came corrected and uncorrectable out of each store since `prepare`
    output wire [4*32-1:0]               reads_corrected,
    output wire [4*32-1:0]               reads_uncorrectable
);

    localparam SLOT_W = IN_FLIGHT_BITS;
    localparam WORDS_PER_LANE = IC_LANES < 4 ? 1 : IC_LANES / 4;
    localparam WEIGHT_BANKS = OC_LANES * WORDS_PER_LANE;
    localparam WEIGHT_W = WEIGHT_BITS - $clog2(WEIGHT_BANKS);
    localparam BIAS_W = BIAS_BITS - $clog2(REQUANT_LANES);
    localparam REQUANT_W = REQUANT_BITS - $clog2(2 * REQUANT_LANES);
    localparam SUB_W = 6 - $clog2(WEIGHT_BANKS);      // rows of a 64-word weight block
    localparam BUFFER_W = ACTIVATION_BITS - 2;        // rows of an activation buffer
    localparam EPOCH_W = 8;

    localparam [2:0] S_IDLE = 3'd0;
    localparam [2:0] S_CLEAR = 3'd1;
    localparam [2:0] S_READY = 3'd2;
    localparam [2:0] S_BATCH = 3'd3;
    localparam [2:0] S_FETCH = 3'd4;
    localparam [2:0] S_DECODE = 3'd5;
    localparam [2:0] S_LAYER = 3'd6;
    localparam [2:0] S_NEXT = 3'd7;

    reg [2:0]         state_q;
    reg               running_q;          // S_CLEAR in the middle of a run, not before it
    reg [EPOCH_W-1:0] epoch_q;
    reg [15:0]        remaining_q;        // pictures: before the first one, then still to run
    reg [15:0]        answered_q;
    reg [15:0]        image_base_q;
    reg [15:0]        score_base_q;
    reg [32:0]        work_q;             // left; negative: over the limit
    reg [32:0]        cycles_q;
    reg               clear_q;
    reg               rewind_q;
    reg               fetch_q;
    reg               flush_q;
    reg               end_q;
    reg               layer_q;

    wire clearing;
    wire instruction_valid;
    wire layer_start;
    wire layer_done;
    wire work_step;
    wire stop = rst || flush_q;

    // As many pictures in flight as their activation rows allow. What only configuration decides
    // follows it in a few cycles, while the memories clear.
    wire [4:0]      spare_bits = row_bits > BUFFER_W[4:0] ? 5'd0 : BUFFER_W[4:0] - row_bits;
    wire [4:0]      flight_bits = spare_bits > IN_FLIGHT_BITS[4:0] ? IN_FLIGHT_BITS[4:0] : spare_bits;
    reg [4:0]       flight_bits_q;
    reg [15:0]      flight_q;
    reg [15:0]      image_stride_q;       // rows of the pictures in flight
    reg [15:0]      score_stride_q;

    // The batch follows what remains in two cycles, long before the first layer.
    reg             last_batch_q;
    reg [15:0]      batch_q;

    always @(posedge clk) begin
        flight_bits_q <= flight_bits;
        flight_q <= 16'd1 << flight_bits_q;
        image_stride_q <= image_rows << flight_bits_q;
        score_stride_q <= score_rows << flight_bits_q;
        last_batch_q <= remaining_q <= flight_q;
        batch_q <= last_batch_q ? remaining_q : flight_q;
    end

    // First rows of the first picture: first * rows, one bit a cycle while the memories clear.
    wire       placing = !running_q && remaining_q != 16'd0;
    reg [15:0] image_place_q;             // rows of 1, 2, 4, ... pictures
    reg [15:0] score_place_q;

    wire       op_end;
    wire       op_dense;
    wire       single;
    wire [1:0] src;
    wire [1:0] dst;
    wire [15:0] n_in;
    wire [15:0] n_out;
    wire [15:0] src_row;
    wire [15:0] dst_row;
    wire [15:0] weight_block;
    wire [15:0] channel_block;
    wire [7:0]  input_zero_point;
    wire [7:0]  output_zero_point;
    wire [7:0]  activation_min;
    wire [7:0]  activation_max;

    assign ready = state_q == S_READY;
    assign answered = answered_q;
    assign score_base = score_base_q;

    wire over_work = work_q[32];
    wire over_cycles = cycles_q[32];
    wire in_batch = state_q == S_FETCH || state_q == S_DECODE || state_q == S_LAYER;
    assign layer_start = state_q == S_DECODE && !over_work && layer_q;

    // Nothing is read from the stores: neither has a run begun, nor is the last one's end under way.
    reg  [3:0] rested_q;
    wire       rests = state_q == S_IDLE || state_q == S_READY || (state_q == S_CLEAR && !running_q);

    always @(posedge clk) rested_q <= rst || !rests ? 4'd0 : {rested_q[2:0], 1'b1};

    // what the instruction is, known some cycles before it is decoded
    always @(posedge clk) begin
        end_q <= op_end;
        layer_q <= op_dense && n_out != 16'd0;
    end

    always @(posedge clk) begin
        done <= 1'b0;
        clear_q <= 1'b0;
        rewind_q <= 1'b0;
        fetch_q <= 1'b0;
        flush_q <= 1'b0;
        if (in_batch) cycles_q <= cycles_q - 33'd1;
        if (work_step || (state_q == S_FETCH && instruction_valid)) work_q <= work_q - 33'd1;

        case (state_q)
            S_IDLE: begin
            end
            S_CLEAR: begin
                if (placing) begin
                    if (remaining_q[0]) begin
                        image_base_q <= image_base_q + image_place_q;
                        score_base_q <= score_base_q + score_place_q;
                    end
                    image_place_q <= image_place_q << 1;
                    score_place_q <= score_place_q << 1;
                    remaining_q <= remaining_q >> 1;
                end
                epoch_q <= {EPOCH_W{1'b0}};
                if (!clearing && !clear_q && !placing) state_q <= running_q ? S_BATCH : S_READY;
            end
            S_READY: if (start) begin
                remaining_q <= count;
                running_q <= 1'b1;
                state_q <= count == 16'd0 ? S_IDLE : S_BATCH;
                done <= count == 16'd0;
            end
            S_BATCH: begin
                // Every batch has an epoch of its own; when they are used up, clear again.
                work_q <= {1'b0, work_limit};
                cycles_q <= {1'b0, cycle_limit};
                if (&epoch_q) begin
                    clear_q <= 1'b1;
                    state_q <= S_CLEAR;
                end else begin
                    epoch_q <= epoch_q + 1'b1;
                    rewind_q <= 1'b1;
                    fetch_q <= 1'b1;
                    state_q <= S_FETCH;
                end
            end
            S_FETCH: if (instruction_valid) state_q <= S_DECODE;
            S_DECODE: begin
                if (end_q) begin
                    state_q <= S_NEXT;
                end else if (layer_start) begin
                    state_q <= S_LAYER;
                end else begin
                    fetch_q <= 1'b1;
                    state_q <= S_FETCH;
                end
            end
            S_LAYER: if (layer_done) begin
                fetch_q <= 1'b1;
                state_q <= S_FETCH;
            end
            default: begin // S_NEXT
                answered_q <= answered_q + batch_q;
                remaining_q <= remaining_q - batch_q;
                image_base_q <= image_base_q + image_stride_q;
                score_base_q <= score_base_q + score_stride_q;
                done <= last_batch_q;
                state_q <= last_batch_q ? S_IDLE : S_BATCH;
            end
        endcase

        if (in_batch && (over_work || over_cycles)) begin
            hung <= over_work;
            overrun <= !over_work;
            done <= 1'b1;
            flush_q <= 1'b1;
            fetch_q <= 1'b0;
            state_q <= S_IDLE;
        end

        if (prepare) begin
            state_q <= S_CLEAR;
            running_q <= 1'b0;
            clear_q <= 1'b1;
            remaining_q <= first;
            image_place_q <= image_rows;
            score_place_q <= score_rows;
            image_base_q <= 16'd0;
            score_base_q <= 16'd0;
            answered_q <= 16'd0;
            hung <= 1'b0;
            overrun <= 1'b0;
        end

        if (rst) begin
            state_q <= S_IDLE;
            running_q <= 1'b0;
            answered_q <= 16'd0;
            hung <= 1'b0;
            overrun <= 1'b0;
        end
    end

    // Program
    wire                    program_re;
    wire [PROGRAM_BITS-1:0] program_word;
    wire [31:0]             program_data;

    fetch #(
        .WORD_W(PROGRAM_BITS)
    ) fetch (
        .clk(clk),
        .rst(stop),
        .rewind(rewind_q),
        .start(fetch_q),
        .extent(extents[79:60]),
        .valid(instruction_valid),
        .store_re(program_re),
        .store_word(program_word),
        .store_data(program_data),
        .op_end(op_end),
        .op_dense(op_dense),
        .single(single),
        .src(src),
        .dst(dst),
        .n_in(n_in),
        .n_out(n_out),
        .src_row(src_row),
        .dst_row(dst_row),
        .weight_block(weight_block),
        .channel_block(channel_block),
        .input_zero_point(input_zero_point),
        .output_zero_point(output_zero_point),
        .activation_min(activation_min),
        .activation_max(activation_max)
    );

    // Loops
    wire              step_valid;
    wire              step_first;
    wire              step_last;
    wire              step_last_tile;
    wire              step_final;
    wire [SLOT_W-1:0] step_slot;
    wire [15:0]       step_image_base;
    wire [15:0]       step_score_base;
    wire [16:0]       step_input;
    wire [16:0]       step_output;
    wire [25:0]       step_block;
    wire              loops_busy;

    loop_nest #(
        .OC_LANES(OC_LANES),
        .IC_LANES(IC_LANES),
        .MIN_STEPS(OC_LANES / REQUANT_LANES),
        .SLOT_W(SLOT_W)
    ) loop_nest (
        .clk(clk),
        .rst(stop),
        .start(layer_start),
        .n_in(n_in),
        .n_out(n_out),
        .weight_block(weight_block),
        .pictures(batch_q[SLOT_W:0]),
        .image_base(image_base_q),
        .image_rows(image_rows),
        .score_base(score_base_q),
        .score_rows(score_rows),
        .busy(loops_busy),
        .work(work_step),
        .step_valid(step_valid),
        .step_first(step_first),
        .step_last(step_last),
        .step_last_tile(step_last_tile),
        .step_final(step_final),
        .step_slot(step_slot),
        .step_image_base(step_image_base),
        .step_score_base(step_score_base),
        .step_input(step_input),
        .step_output(step_output),
        .step_block(step_block)
    );

    // Operands and array. Operands are valid 6 cycles after the step, its sum 4 cycles later,
    // the accumulator holds it after one more.
    localparam OPERANDS = 6;
    localparam ACCUMULATE = OPERANDS + 4;
    localparam TILE = ACCUMULATE + 1;
    localparam SIDE_W = 2 + SLOT_W + 16 + 17;

    wire                           memory_re;
    wire [ACTIVATION_BITS-1:0]     read_row;
    wire [127:0]                   activation_data;
    wire                           activation_current;
    wire [127:0]                   unused_masked;
    wire                           weight_re;
    wire [WEIGHT_W-1:0]            weight_row;
    wire [32*WEIGHT_BANKS-1:0]     weight_data;
    wire                           weights_ok;
    wire [9*IC_LANES-1:0]          inputs;
    wire [8*IC_LANES*OC_LANES-1:0] weights;
    wire [32*OC_LANES-1:0]         accumulators;

    reg [TILE-1:0]        valid_q;
    reg [TILE-1:0]        first_q;
    reg [TILE-1:0]        last_q;
    reg [TILE*SIDE_W-1:0] side_q;
    wire [SIDE_W-1:0]     side_in = {step_last_tile, step_final, step_slot, step_score_base, step_output};
    wire [SIDE_W-1:0]     side = side_q[(TILE-1)*SIDE_W +: SIDE_W];

    always @(posedge clk) begin
        valid_q <= {valid_q[TILE-2:0], step_valid};
        first_q <= {first_q[TILE-2:0], step_first};
        last_q <= {last_q[TILE-2:0], step_last};
        side_q <= {side_q[(TILE-1)*SIDE_W-1:0], side_in};
        if (stop) valid_q <= {TILE{1'b0}};
    end

    operands #(
        .OC_LANES(OC_LANES),
        .IC_LANES(IC_LANES),
        .SLOT_W(SLOT_W),
        .ACTIVATION_W(ACTIVATION_BITS),
        .IMAGE_W(IMAGE_BITS),
        .WEIGHT_W(WEIGHT_W),
        .SUB_W(SUB_W),
        .WEIGHT_BANKS(WEIGHT_BANKS)
    ) operands (
        .clk(clk),
        .src(src),
        .src_blank(src != 2'd0 && src == dst),
        .n_in(n_in),
        .src_row(src_row),
        .input_zero_point(input_zero_point),
        .image_rows(image_rows),
        .row_bits(row_bits),
        .weight_extent(extents[19:0]),
        .step_valid(step_valid),
        .step_slot(step_slot),
        .step_image_base(step_image_base),
        .step_input(step_input),
        .step_output(step_output[3:0]),
        .step_block(step_block),
        .memory_re(memory_re),
        .image_row(image_row),
        .image_data(image_data),
        .activation_row(read_row),
        .activation_data(activation_data),
        .activation_current(activation_current),
        .weight_re(weight_re),
        .weight_row(weight_row),
        .weight_data(weight_data),
        .weights_ok(weights_ok),
        .inputs(inputs),
        .weights(weights)
    );

    assign image_re = memory_re;

    array #(
        .OC_LANES(OC_LANES),
        .IC_LANES(IC_LANES)
    ) array (
        .clk(clk),
        .inputs(inputs),
        .weights(weights),
        .weights_ok(weights_ok),
        .accumulate(valid_q[ACCUMULATE-1]),
        .restart(first_q[ACCUMULATE-1]),
        .accumulators(accumulators)
    );

    // Requantise and write back
    wire                         channel_re;
    wire [BIAS_W-1:0]            bias_row;
    wire [32*REQUANT_LANES-1:0]  bias_data;
    wire [REQUANT_W-1:0]         requant_row;
    wire [64*REQUANT_LANES-1:0]  requant_data;
    wire                         activation_we;
    wire [ACTIVATION_BITS-1:0]   write_row;
    wire [127:0]                 row_data;

    drain #(
        .OC_LANES(OC_LANES),
        .REQUANT_LANES(REQUANT_LANES),
        .SLOT_W(SLOT_W),
        .ACTIVATION_W(ACTIVATION_BITS),
        .SCORE_W(SCORE_BITS),
        .BIAS_W(BIAS_W),
        .REQUANT_W(REQUANT_W)
    ) drain (
        .clk(clk),
        .rst(stop),
        .single(single),
        .dst(dst),
        .n_out(n_out),
        .dst_row(dst_row),
        .channel_block(channel_block),
        .output_zero_point(output_zero_point),
        .activation_min(activation_min),
        .activation_max(activation_max),
        .row_bits(row_bits),
        .score_rows(score_rows),
        .bias_extent(extents[39:20]),
        .requant_extent(extents[59:40]),
        .tile_valid(valid_q[TILE-1] && last_q[TILE-1]),
        .tile_last(side[34+SLOT_W]),
        .tile_final(side[33+SLOT_W]),
        .tile_slot(side[33 +: SLOT_W]),
        .tile_score_base(side[32:17]),
        .tile_output(side[16:0]),
        .accumulators(accumulators),
        .store_re(channel_re),
        .bias_row(bias_row),
        .bias_data(bias_data),
        .requant_row(requant_row),
        .requant_data(requant_data),
        .activation_we(activation_we),
        .activation_row(write_row),
        .score_we(score_we),
        .score_row(score_row),
        .row_data(row_data),
        .layer_done(layer_done)
    );

    assign score_data = row_data;

    // Memories
    epoch_ram #(
        .WIDTH(128),
        .ADDRESS_W(ACTIVATION_BITS),
        .TAG_W(EPOCH_W)
    ) activations (
        .clk(clk),
        .rst(rst),
        .clear(clear_q),
        .clearing(clearing),
        .epoch(epoch_q),
        .we(activation_we),
        .waddr(write_row),
        .wdata(row_data),
        .re(memory_re),
        .raddr(read_row),
        .rdata(unused_masked),
        .raw(activation_data),
        .current(activation_current)
    );

    mac_stores #(
        .REQUANT_LANES(REQUANT_LANES),
        .SWEEP_WORDS(SWEEP_WORDS),
        .PROTECTIONS(PROTECTIONS),
        .CODE_W(CODE_W),
        .PROGRAM_BITS(PROGRAM_BITS),
        .WEIGHT_BANKS(WEIGHT_BANKS),
        .WEIGHT_W(WEIGHT_W),
        .BIAS_W(BIAS_W),
        .REQUANT_W(REQUANT_W),
        .STORE_PORTS(STORE_PORTS)
    ) stores (
        .clk(clk),
        .rst(rst),
        .clear(prepare),
        .quiet(&rested_q),
        .weight_re(weight_re),
        .weight_row(weight_row),
        .weight_data(weight_data),
        .channel_re(channel_re),
        .bias_row(bias_row),
        .bias_data(bias_data),
        .requant_row(requant_row),
        .requant_data(requant_data),
        .program_re(program_re),
        .program_word(program_word),
        .program_data(program_data),
        .s_valid(s_valid),
        .s_we(s_we),
        .s_store(s_store),
        .s_index(s_index),
        .s_mask(s_mask),
        .s_wdata(s_wdata),
        .s_ready(s_ready),
        .s_prompt(s_prompt),
        .s_rdata(s_rdata),
        .reads_corrected(reads_corrected),
        .reads_uncorrectable(reads_uncorrectable)
    );

    wire unused = &{1'b0, loops_busy, batch_q};

endmodule

`default_nettype wire
