// SPDX-License-Identifier: Apache-2.0
// The small mac engine: one multiplication a cycle, one picture and one requantisation at a time,
// narrow memories. The same results as mac.v (docs/mac-engine.md), and the same control: `prepare`
// forgets what earlier runs wrote; `start` may follow once `ready` is high. Configuration is
// constant from `prepare` to `done`.
`default_nettype none

module mac_serial #(
    parameter SWEEP_WORDS = 1,       // code words of the maintenance port
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store, as PROTECTION in code_word.v
    parameter CODE_W = 32,           // physical bits of the widest code word
    parameter STORE_PORTS = 2,       // as PORTS in param_store.v
    parameter WEIGHT_BITS = 10,      // log2 of code words in each store
    parameter BIAS_BITS = 6,
    parameter REQUANT_BITS = 7,
    parameter PROGRAM_BITS = 6,
    parameter ACTIVATION_BITS = 5,   // log2 of activation rows, all buffers
    parameter IMAGE_BITS = 13,       // log2 of words of the image store
    parameter SCORE_BITS = 11        // log2 of words of the score store
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
    input  wire                          judged,          // all answered pictures are

    // configuration
    input  wire [15:0]                   image_rows,
    input  wire [15:0]                   score_rows,
    input  wire [4:0]                    row_bits,
    input  wire [31:0]                   work_limit,
    input  wire [31:0]                   cycle_limit,
    input  wire [79:0]                   extents,

    // image store, words of 4 elements, read latency 1
    output wire                          image_re,
    output wire [IMAGE_BITS-1:0]         image_word,
    input  wire [31:0]                   image_data,

    // score store, words of 4 elements
    output wire                          score_we,
    output wire [SCORE_BITS-1:0]         score_word,
    output wire [31:0]                   score_data,

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

    localparam EPOCH_W = 8;
    localparam BUFFER_W = ACTIVATION_BITS - 2;        // log2 of rows of an activation buffer

    // Numbers of blocks and channels with one bit more than the stores have, of which all ones
    // stand for whatever is beyond.
    localparam BLOCK_W = WEIGHT_BITS - 5;
    localparam CHANNEL_W = (BIAS_BITS >= REQUANT_BITS ? BIAS_BITS : REQUANT_BITS) + 1;

    localparam [2:0] S_IDLE = 3'd0;
    localparam [2:0] S_CLEAR = 3'd1;
    localparam [2:0] S_READY = 3'd2;
    localparam [2:0] S_PICTURE = 3'd3;
    localparam [2:0] S_FETCH = 3'd4;
    localparam [2:0] S_DECODE = 3'd5;
    localparam [2:0] S_LAYER = 3'd6;
    localparam [2:0] S_JUDGE = 3'd7;

    reg [2:0]         state_q;
    reg               running_q;          // S_CLEAR in the middle of a run, not before it
    reg [EPOCH_W-1:0] epoch_q;
    reg [15:0]        left_q;             // pictures: before the first one, then still to run
    reg [15:0]        answered_q;
    reg [15:0]        image_base_q;       // first rows of the picture
    reg [15:0]        score_base_q;
    reg [31:0]        work_q;             // left
    reg [31:0]        cycles_q;           // left
    reg               over_work;
    reg               over_cycles;
    reg               clear_q;
    reg               rewind_q;
    reg               fetch_q;
    reg               flush_q;

    wire        clearing;
    wire        instruction_valid;
    wire        layer_done;
    wire        work_step;
    wire        stop = rst || flush_q;

    wire        op_end;
    wire        op_dense;
    wire        single;
    wire [1:0]  src;
    wire [1:0]  dst;
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

    wire in_picture = state_q == S_FETCH || state_q == S_DECODE || state_q == S_LAYER;
    wire layer_start = state_q == S_DECODE && !over_work && op_dense && n_out != 16'd0;

    // The first picture's rows are found a picture a cycle.
    wire skip = state_q == S_CLEAR && !running_q && left_q != 16'd0;
    wire answer = state_q == S_DECODE && op_end;

    always @(posedge clk) begin
        done <= 1'b0;
        clear_q <= 1'b0;
        rewind_q <= 1'b0;
        fetch_q <= 1'b0;
        flush_q <= 1'b0;
        if (in_picture) begin
            cycles_q <= cycles_q - 32'd1;
            if (cycles_q == 32'd0) over_cycles <= 1'b1;
        end
        if (work_step || (state_q == S_FETCH && instruction_valid)) begin
            work_q <= work_q - 32'd1;
            if (work_q == 32'd0) over_work <= 1'b1;
        end

        case (state_q)
            S_IDLE: begin
            end
            S_CLEAR: begin
                epoch_q <= {EPOCH_W{1'b0}};
                if (!clearing && !clear_q && !skip) state_q <= running_q ? S_PICTURE : S_READY;
            end
            S_READY: if (start) begin
                left_q <= count;
                running_q <= 1'b1;
                state_q <= count == 16'd0 ? S_IDLE : S_PICTURE;
                done <= count == 16'd0;
            end
            S_PICTURE: begin
                // Every picture has an epoch of its own; when they are used up, clear again.
                work_q <= work_limit;
                cycles_q <= cycle_limit;
                over_work <= 1'b0;
                over_cycles <= 1'b0;
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
                if (op_end) begin
                    state_q <= S_JUDGE;
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
            default: if (judged) begin // S_JUDGE
                done <= left_q == 16'd0;
                state_q <= left_q == 16'd0 ? S_IDLE : S_PICTURE;
            end
        endcase

        if (skip || answer) begin
            left_q <= left_q - 16'd1;
            image_base_q <= image_base_q + image_rows;
            score_base_q <= score_base_q + score_rows;
        end
        if (answer) answered_q <= answered_q + 16'd1;

        if (in_picture && (over_work || over_cycles)) begin
            hung <= over_work;
            overrun <= !over_work;
            done <= 1'b1;
            flush_q <= 1'b1;
            fetch_q <= 1'b0;
            answered_q <= answered_q;
            state_q <= S_IDLE;
        end

        if (prepare) begin
            state_q <= S_CLEAR;
            running_q <= 1'b0;
            clear_q <= 1'b1;
            left_q <= first;
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
        .WORD_W(PROGRAM_BITS),
        .LATENCY(1)
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

    // Steps: input within output. The last step of an output waits until the output before is
    // written.
    reg               steps_q;            // there are any left
    reg               pending_q;          // an output is on its way to its row
    reg               final_q;            // which is the layer's last
    reg [15:0]        input_q;
    reg [15:0]        output_q;
    reg [16:0]        source_row_q;
    reg [BLOCK_W-1:0] block_q;
    reg [BLOCK_W-1:0] block_base_q;       // first block of these 16 outputs

    wire              last_input = input_q + 16'd1 == n_in || n_in == 16'd0;
    wire              last_output = output_q + 16'd1 == n_out;
    wire              step = steps_q && !(last_input && pending_q);
    wire              finish = step && last_input;
    wire              written;            // the pending output
    wire [BLOCK_W-1:0] next_block = &block_q ? block_q : block_q + 1'b1;
    wire [BLOCK_W-1:0] begin_block = |weight_block[15:BLOCK_W] ? {BLOCK_W{1'b1}} : weight_block[BLOCK_W-1:0];

    assign work_step = step && input_q[3:0] == 4'd0 && output_q[3:0] == 4'd0;

    always @(posedge clk) begin
        if (step) begin
            input_q <= input_q + 16'd1;
            if (&input_q[3:0]) begin
                source_row_q <= source_row_q + 17'd1;
                block_q <= next_block;
            end
        end
        if (written) pending_q <= 1'b0;
        if (finish) begin
            pending_q <= 1'b1;
            final_q <= last_output;
            input_q <= 16'd0;
            source_row_q <= {1'b0, src_row};
            output_q <= output_q + 16'd1;
            block_q <= &output_q[3:0] ? next_block : block_base_q;
            if (&output_q[3:0]) block_base_q <= next_block;
            if (last_output) steps_q <= 1'b0;
        end
        if (layer_start) begin
            steps_q <= 1'b1;
            input_q <= 16'd0;
            output_q <= 16'd0;
            source_row_q <= {1'b0, src_row};
            block_q <= begin_block;
            block_base_q <= begin_block;
        end
        if (stop || prepare) begin
            steps_q <= 1'b0;
            pending_q <= 1'b0;
        end
    end

    // The step's operands: memories answer in the next cycle.
    // rows of a buffer, which fit it: 2^BUFFER_W at most
    wire [BUFFER_W:0] rows = {{BUFFER_W{1'b0}}, 1'b1} << row_bits;
    wire        blank = src != 2'd0 && src == dst;
    wire        source_ok = !blank && (src == 2'd0 ? {1'b0, image_rows} > source_row_q :
                                       (source_row_q >> BUFFER_W == 17'd0 && {1'b0, source_row_q[BUFFER_W-1:0]} < rows));
    wire [15:0] image_row = image_base_q + source_row_q[15:0];
    wire [17:0] image_place = {image_row, input_q[3:2]};
    wire [19:0] weight_place = {{(14-BLOCK_W){1'b0}}, block_q, output_q[3:0], input_q[3:2]};
    wire        weights_ok = {{(15-BLOCK_W){1'b0}}, block_q} < {1'b0, extents[19:6]};
    wire [7:0]  activation_data;
    wire [31:0] weight_data;

    // bit i: i + 1 cycles after the step
    reg [2:0]   valid_q;
    reg [2:0]   first_q;
    reg [3:0]   finish_q;
    reg         source_ok_q;
    reg         weights_ok_q;
    reg [1:0]   byte_q;

    wire [31:0] image_rest = image_data >> {byte_q, 3'd0};
    wire [31:0] weight_rest = weight_data >> {byte_q, 3'd0};
    wire [7:0]  element = src == 2'd0 ? image_rest[7:0] : activation_data;
    wire [7:0]  value = source_ok_q ? element : 8'd0;

    assign image_re = step;
    assign image_word = image_place[IMAGE_BITS-1:0];

    always @(posedge clk) begin
        valid_q <= {valid_q[1:0], step};
        first_q <= {first_q[1:0], step && input_q == 16'd0};
        finish_q <= {finish_q[2:0], finish};
        source_ok_q <= source_ok;
        weights_ok_q <= weights_ok && n_in != 16'd0;
        byte_q <= input_q[1:0];
        if (stop || prepare) begin
            valid_q <= 3'd0;
            finish_q <= 4'd0;
        end
    end

    // Multiplied and accumulated, a cycle each
    reg signed [8:0]   x_q;
    reg signed [7:0]   weight_q;
    reg signed [16:0]  product_q;
    reg signed [31:0]  accumulator_q;
    wire signed [31:0] addend = {{15{product_q[16]}}, product_q};

    always @(posedge clk) begin
        x_q <= {value[7], value} - {input_zero_point[7], input_zero_point};
        weight_q <= weights_ok_q ? weight_rest[7:0] : 8'd0;
        product_q <= x_q * weight_q;
        if (valid_q[2]) accumulator_q <= first_q[2] ? addend : accumulator_q + addend;
    end

    // Requantisation of the pending output
    reg  [CHANNEL_W-1:0] channel_q;
    wire [CHANNEL_W-1:0] begin_channel = |channel_block[15:CHANNEL_W-4] ? {CHANNEL_W{1'b1}} :
                                         {channel_block[CHANNEL_W-5:0], 4'd0};
    wire                 bias_ok = {{(20-CHANNEL_W){1'b0}}, channel_q} < extents[39:20];
    wire                 requant_ok = {{(20-CHANNEL_W){1'b0}}, channel_q} < {1'b0, extents[59:41]};
    wire                 bias_re;
    wire                 multiplier_re;
    wire                 shift_re;
    wire [31:0]          bias_data;
    wire [31:0]          requant_data;
    wire                 result_valid;
    wire [7:0]           result;

    requantise_serial requantise (
        .clk(clk),
        .rst(stop || prepare),
        .single(single),
        .zero_point(output_zero_point),
        .minimum(activation_min),
        .maximum(activation_max),
        .start(finish_q[3]),
        .accumulator(accumulator_q),
        .done(result_valid),
        .value(result),
        .bias_re(bias_re),
        .multiplier_re(multiplier_re),
        .shift_re(shift_re),
        .bias(bias_ok ? bias_data : 32'd0),
        .requant(requant_ok ? requant_data : 32'd0)
    );

    // Writing: an element a cycle, after the last one of the layer zeros to the end of its row
    reg         padding_q;
    reg  [3:0]  place_q;                  // in the row
    reg  [16:0] row_q;
    reg  [23:0] word_q;                   // elements before, for the score store
    wire        write = result_valid || padding_q;
    wire [7:0]  write_data = padding_q ? 8'd0 : result;
    wire        row_end = &place_q;
    wire [16:0] score_row = {1'b0, score_base_q} + row_q;
    wire [18:0] score_place = {score_row, place_q[3:2]};
    wire        activation_we = write && dst != 2'd0 && row_q >> BUFFER_W == 17'd0 &&
                            {1'b0, row_q[BUFFER_W-1:0]} < rows;

    assign written = result_valid;
    assign layer_done = write && row_end && (padding_q || final_q);
    assign score_we = write && dst == 2'd0 && row_q < {1'b0, score_rows} && &place_q[1:0];
    assign score_word = score_place[SCORE_BITS-1:0];
    assign score_data = {write_data, word_q};

    always @(posedge clk) begin
        if (write) begin
            place_q <= place_q + 4'd1;
            word_q <= {write_data, word_q[23:8]};
            if (row_end) row_q <= row_q + 17'd1;
            if (!(&channel_q)) channel_q <= channel_q + 1'b1;
        end
        if (result_valid && final_q) padding_q <= !row_end;
        if (padding_q && row_end) padding_q <= 1'b0;
        if (layer_start) begin
            place_q <= 4'd0;
            row_q <= {1'b0, dst_row};
            channel_q <= begin_channel;
        end
        if (stop || prepare) padding_q <= 1'b0;
    end

    // Memories
    wire [15:0] read_row = source_row_q[15:0];
    wire [15:0] write_row = row_q[15:0];

    wire       unused_current;
    wire [7:0] unused_raw;

    epoch_ram #(
        .WIDTH(8),
        .ADDRESS_W(ACTIVATION_BITS + 4),
        .TAG_W(EPOCH_W)
    ) activations (
        .clk(clk),
        .rst(rst),
        .clear(clear_q),
        .clearing(clearing),
        .epoch(epoch_q),
        .we(activation_we),
        .waddr({dst, write_row[BUFFER_W-1:0], place_q}),
        .wdata(write_data),
        .re(step),
        .raddr({src, read_row[BUFFER_W-1:0], input_q[3:0]}),
        .rdata(activation_data),
        .current(unused_current),
        .raw(unused_raw)
    );

    // Bias and multiplier are never read at the same time.
    wire [CHANNEL_W:0] requant_place = {channel_q, shift_re};

    mac_stores #(
        .REQUANT_LANES(1),
        .REQUANT_BANKS(1),
        .SWEEP_WORDS(SWEEP_WORDS),
        .PROTECTIONS(PROTECTIONS),
        .CODE_W(CODE_W),
        .PROGRAM_BITS(PROGRAM_BITS),
        .WEIGHT_BANKS(1),
        .WEIGHT_W(WEIGHT_BITS),
        .BIAS_W(BIAS_BITS),
        .REQUANT_W(REQUANT_BITS),
        .LATENCY(1),
        .STORE_PORTS(STORE_PORTS)
    ) stores (
        .clk(clk),
        .rst(rst),
        .clear(prepare),
        .quiet(1'b0),
        .weight_re(step),
        .weight_row(weight_place[WEIGHT_BITS-1:0]),
        .weight_data(weight_data),
        .channel_re(bias_re || multiplier_re || shift_re),
        .bias_row(channel_q[BIAS_BITS-1:0]),
        .bias_data(bias_data),
        .requant_row(requant_place[REQUANT_BITS-1:0]),
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

    wire unused = &{1'b0, image_row, image_place, weight_place, image_rest, weight_rest, requant_place, score_row,
        score_place, read_row, write_row, extents[5:0], extents[40]};

endmodule

`default_nettype wire
