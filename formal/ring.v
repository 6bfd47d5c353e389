// SPDX-License-Identifier: Apache-2.0
// The upset log loses nothing that it took in, and nothing uncounted: an entry stays as it was
// logged until the host acknowledges it, whatever the host writes, and is what the host reads. Its
// four words are written in order, three of them say which upset was flipped; the head counts
// entries, with the last word of each; head and lost together are the upsets that were flipped. One
// is lost only when the log is full and the upset may not wait.
//
// exposure.v writes, registers.v keeps the tail, record_ring.v the entries. Of their surroundings,
// what is assumed:
// - the bus holds an access until it is answered;
// - the sequencer is busy while exposure is, becomes so with a command, and clears the log in the
//   cycle after TRIALS came, in which it starts nothing else;
// - an upset stays as it is until it is taken;
// - flip.v is done only when it was started.
//
// The block RAM is modelled by the one word that this is about: any other may read as anything, and
// so may that one while it is written. Proven by induction, for any length, of a log of two
// entries.
`default_nettype none

`include "registers.vh"

module ring (
    input wire clk
);

    localparam UPSET_BITS = 1;
    localparam [31:0] CAPACITY = 32'd1 << UPSET_BITS;

    // An entry, and one of its words.
    (* anyconst *) reg [31:0] entry;
    (* anyconst *) reg [1:0]  part;

    (* anyseq *) reg        r_stb;       // bus of the registers
    (* anyseq *) reg        r_we;
    (* anyseq *) reg [23:0] r_adr;
    (* anyseq *) reg [31:0] r_wdata;
    (* anyseq *) reg        l_stb;       // bus of the log
    (* anyseq *) reg        l_we;
    (* anyseq *) reg [23:0] l_adr;
    (* anyseq *) reg        seq_busy;    // sequencer
    (* anyseq *) reg        start;
    (* anyseq *) reg        first;
    (* anyseq *) reg        round;
    (* anyseq *) reg        stop;
    (* anyseq *) reg        upset_valid; // arrivals
    (* anyseq *) reg [47:0] upset_at;
    (* anyseq *) reg [31:0] upset_site;
    (* anyseq *) reg        flip_done;
    (* anyseq *) reg [31:0] flip_flips;
    (* anyseq *) reg        writing;
    (* anyseq *) reg        scrub_taken;
    (* anyseq *) reg        scrub_ends;
    (* anyseq *) reg        scrub_empty;
    (* anyseq *) reg        scrub_idle;
    (* anyseq *) reg [31:0] scrub_corrected;

    reg         rst = 1'b1;
    reg         log_clear = 1'b0;
    wire        r_ack;
    wire        r_err;
    wire        command_valid;
    wire [31:0] command;
    wire [15:0] flip_count;
    wire [9:0]  scrub;
    wire [47:0] period;
    wire [47:0] scrub_interval;
    wire [31:0] head;
    wire [31:0] tail;
    wire [31:0] lost;
    wire        l_ack;
    wire        l_err;
    wire [31:0] l_rdata;
    wire        busy;
    wire        done;
    wire        waiting;
    wire [31:0] flips;
    wire        restart;
    wire        upset_take;
    wire        flip_start;
    wire        flip_hold;
    wire [31:0] flip_from;
    wire        scrub_clear;
    wire        scrub_step;
    wire        log_we;
    wire [1:0]  log_part;
    wire [31:0] log_data;

    // Inputs that are left open may be anything.
    registers registers (
        .clk(clk),
        .rst(rst),
        .s_stb(r_stb),
        .s_we(r_we),
        .s_adr(r_adr),
        .s_wdata(r_wdata),
        .s_ack(r_ack),
        .s_err(r_err),
        .flip_count(flip_count),
        .scrub(scrub),
        .scrub_interval(scrub_interval),
        .period(period),
        .command_valid(command_valid),
        .command(command),
        .busy(seq_busy),
        .upset_head(head),
        .upset_tail(tail)
    );

    exposure #(
        .UPSET_BITS(UPSET_BITS)
    ) exposure (
        .clk(clk),
        .rst(rst),
        .period(period),
        .scrub_interval(scrub_interval),
        .any_cycle(scrub[9]),
        .holds(flip_count != 16'd0),
        .log_clear(log_clear),
        .start(start),
        .first(first),
        .round(round),
        .stop(stop),
        .busy(busy),
        .done(done),
        .waiting(waiting),
        .flips(flips),
        .restart(restart),
        .upset_valid(upset_valid),
        .upset_take(upset_take),
        .upset_at(upset_at),
        .upset_site(upset_site),
        .flip_start(flip_start),
        .flip_hold(flip_hold),
        .flip_from(flip_from),
        .flip_done(flip_done),
        .flip_flips(flip_flips),
        .writing(writing),
        .scrub_clear(scrub_clear),
        .scrub_step(scrub_step),
        .scrub_taken(scrub_taken),
        .scrub_ends(scrub_ends),
        .scrub_empty(scrub_empty),
        .scrub_idle(scrub_idle),
        .scrub_corrected(scrub_corrected),
        .log_we(log_we),
        .log_part(log_part),
        .log_data(log_data),
        .log_head(head),
        .log_tail(tail),
        .log_lost(lost)
    );

    record_ring #(
        .RECORD_BITS(UPSET_BITS),
        .PART_BITS(2)
    ) log (
        .clk(clk),
        .rst(rst),
        .s_stb(l_stb),
        .s_we(l_we),
        .s_adr(l_adr),
        .s_ack(l_ack),
        .s_err(l_err),
        .s_rdata(l_rdata),
        .we(log_we),
        .record(head[UPSET_BITS-1:0]),
        .part(log_part),
        .data(log_data)
    );

    // From the command until it has cleared the log, tail is 0 and head is old.
    wire        begins = command_valid && command == `COMMAND_TRIALS && !seq_busy;
    wire        clearing = begins || log_clear;
    wire [31:0] logged = head - tail;
    wire        full = logged >= CAPACITY;
    wire        live = !clearing && entry - tail < logged;
    wire        writes_it = log_we && head == entry && log_part > part;  // and has written the word
    wire        flips_upset = flip_start && !flip_hold;
    wire [UPSET_BITS+1:0] place = {entry[UPSET_BITS-1:0], part};

    // What was in the cycle before.
    reg         was = 1'b0;
    reg         was_busy;
    reg         was_clear;
    reg         was_we;
    reg         was_last;              // the last word of an entry was written
    reg         was_r;
    reg         was_l;
    reg [81:0]  was_access;
    reg         was_upset;
    reg [79:0]  was_it;
    reg [31:0]  was_head;
    reg [31:0]  was_lost;
    reg         was_full;
    reg         was_full_2;

    // flip.v was started and is not done.
    reg         flipping = 1'b0;

    // Upsets that were flipped and are not counted, neither in the head nor as lost.
    reg  [1:0]  owed_q = 2'd0;
    wire        counts = was && !was_clear && head != was_head;
    wire        loses = was && !was_clear && lost != was_lost;
    wire [1:0]  owed = owed_q + {1'b0, flips_upset} - {1'b0, counts} - {1'b0, loses};

    reg  [79:0] flipped;               // the last of them
    reg  [31:0] word;                  // what was written to the entry
    reg         was_live;              // in all cycles of the access to the log so far

    // A word that is in the log all the time.
    wire        reads_it = was_l && was_live && live && l_adr[UPSET_BITS+1:0] == place;

    always @(posedge clk) begin
        rst <= 1'b0;
        log_clear <= begins && !rst;
        was <= !rst;
        was_busy <= seq_busy || command_valid;
        was_clear <= log_clear;
        was_we <= log_we;
        was_last <= log_we && log_part == 2'd3;
        was_r <= r_stb && !r_ack && !r_err;
        was_l <= l_stb && !l_ack && !l_err;
        was_access <= {r_we, r_adr, r_wdata, l_we, l_adr};
        was_upset <= upset_valid && !upset_take && !restart;
        was_it <= {upset_at, upset_site};
        was_head <= head;
        was_lost <= lost;
        was_full <= full;
        was_full_2 <= was_full;

        if (flip_start) flipping <= 1'b1;
        else if (flip_done) flipping <= 1'b0;

        if (flips_upset) flipped <= {upset_at, upset_site};
        owed_q <= log_clear ? 2'd0 : owed;
        if (log_we && head == entry && log_part == part) word <= log_data;
        was_live <= live && (!was_l || was_live);
        if (rst) begin
            flipping <= 1'b0;
            owed_q <= 2'd0;
        end
    end

    (* hierconn *) wire [3:0]  \exposure.state_q ;
    (* hierconn *) wire        \exposure.full_q ;
    (* hierconn *) wire        \exposure.any_q ;
    (* hierconn *) wire        \registers.taken_over_q ;
    (* hierconn *) wire        \registers.looked_up_q ;
    (* hierconn *) wire        \registers.judged_q ;
    (* hierconn *) wire        \registers.frees_upsets_q ;
    (* hierconn *) wire        \registers.starting_q ;
    (* hierconn *) wire        \registers.stop_q ;
    (* hierconn *) wire        \registers.trials_q ;
    (* hierconn *) wire        \registers.begins_q ;
    (* hierconn *) wire        \registers.refused_q ;
    (* hierconn *) wire [7:0]  \registers.offset ;
    (* hierconn *) wire [31:0] \registers.upsets_taken_q ;
    (* hierconn *) wire [31:0] \registers.upsets_held_q ;
    (* hierconn *) wire [2:0]  \log.ram.place ;
    (* hierconn *) wire [31:0] \log.ram.word ;
    (* hierconn *) wire [31:0] \log.ram.rdata ;
    (* hierconn *) wire        \log.window.re_q ;
    (* hierconn *) wire        \log.window.we_q ;
    (* hierconn *) wire        \log.window.reading_q ;
    (* hierconn *) wire        \log.window.read_q ;

    localparam [3:0] S_HOLD = 4'd2;
    localparam [3:0] S_LOOK = 4'd4;
    localparam [3:0] S_UPSET = 4'd6;
    localparam [3:0] S_FLIP = 4'd7;
    localparam [3:0] S_WRITTEN = 4'd8;
    localparam [3:0] S_LOG = 4'd9;

    wire [3:0] state = \exposure.state_q ;
    wire       full_q = \exposure.full_q ;
    wire       any = \exposure.any_q ;
    wire       upsetting = state >= S_FLIP && state <= S_LOG;
    wire       asking = \log.window.re_q ;
    wire       reading = \log.window.reading_q ;
    wire       read = \log.window.read_q ;
    wire       taken_over = \registers.taken_over_q ;
    wire       looked_up = \registers.looked_up_q ;
    wire       judged = \registers.judged_q ;

    always @* begin
        assume (\log.ram.place == place);
        if (was) begin
            if (was_r) assume (r_stb && {r_we, r_adr, r_wdata} == was_access[81:25]);
            if (was_l) assume (l_stb && {l_we, l_adr} == was_access[24:0]);
            if (was_upset) assume (upset_valid && {upset_at, upset_site} == was_it);
        end
        if (busy || log_clear) assume (seq_busy);
        if (seq_busy && !rst) assume (was && was_busy);
        if (start || round) assume (seq_busy && !log_clear);
        if (flip_done) assume (flipping && !flip_start);
    end

    always @(posedge clk) if (!rst) begin
        // A place is written only when the entry that was there is acknowledged.
        assert (clearing || logged <= CAPACITY);
        if (log_we) assert (!full && !clearing);
        if (live || writes_it) assert (\log.ram.word == word);
        if (l_ack && reads_it) assert (l_rdata == word);

        // Four words of the upset that was flipped, one after the other; with them, an entry.
        if (log_we) begin
            assert (log_part == 2'd0 || was_we);
            if (log_part == 2'd0) assert (log_data == flipped[63:32]);
            if (log_part == 2'd1) assert (log_data == {16'd0, flipped[79:64]});
            if (log_part == 2'd2) assert (log_data == flipped[31:0]);
        end
        if (flips_upset) assert (flip_from == upset_site && !flipping);
        if (was && !was_clear) assert (head == was_head + {31'd0, was_last});

        // All are counted, once.
        assert (owed == {1'b0, upsetting});
        if (was && was_clear) assert (head == 32'd0 && lost == 32'd0);
        else if (loses) assert (lost == was_lost + 32'd1 && was_full_2 && any);
        if (waiting) assert (was_full && !any && !stop);

        // What the registers hold, from which the others follow.
        assert ((flipping || flip_start) == (state == S_HOLD || state == S_FLIP));
        if (!log_we) assert (log_part == 2'd0);
        if (upsetting && !flip_start) assert (flipped == {upset_at, upset_site});
        if (state >= S_LOOK && state <= S_LOG) assert (upset_valid);
        if (state >= S_LOOK && state <= S_WRITTEN) assert (full_q || !full);
        if (upsetting && !any) assert (!full);
        if (state == S_WRITTEN && !any) assert (!full_q);
        if ((reading || read) && reads_it) assert (\log.ram.rdata == word);
        if (asking || reading || read || l_ack) assert (was && was_l && !l_we);
        assert (!\log.window.we_q && asking + reading + read <= 2'd1);
        if (clearing) assert (tail == 32'd0 && !busy && !log_we && !taken_over && !looked_up && !judged);
        if (command_valid) assert (r_ack);
        if (taken_over || looked_up || judged) assert (was && was_r && !r_ack && !r_err);
        assert ({1'b0, taken_over} + {1'b0, looked_up} + {1'b0, judged} <= 2'd1);
        if (looked_up) assert (\registers.upsets_taken_q == r_wdata - tail);
        if (looked_up) assert (\registers.upsets_held_q <= logged);
        if (taken_over || looked_up || judged) assert (\registers.offset == r_adr[7:0]);
        if (looked_up) assert (\registers.stop_q == (r_wdata == `COMMAND_STOP));
        if (looked_up) assert (\registers.trials_q == (r_wdata == `COMMAND_TRIALS));
        if (judged) assert (\registers.begins_q == (r_adr[7:0] == `REG_COMMAND && r_wdata == `COMMAND_TRIALS));
        if (looked_up && !\registers.starting_q ) assert (!seq_busy && !command_valid);
        if (judged && r_we && !\registers.refused_q && r_adr[7:0] == `REG_COMMAND) begin
            assert ((!seq_busy && !command_valid) || r_wdata == `COMMAND_STOP);
        end
        if (judged && \registers.frees_upsets_q ) assert (r_wdata - tail <= logged);

        // an entry is read from where another was, an upset waits, one is lost
        cover (l_ack && reads_it && entry == CAPACITY);
        cover (waiting);
        cover (lost == 32'd1 && head == CAPACITY && tail == 32'd1);
    end

`ifdef REACH
    // One way to the cover points, so that nobody has to search for it: one upset after the other,
    // while the host sets the period, chooses any cycle or not, starts the trials and acknowledges
    // an entry.
    (* anyconst *) reg any_way;
    reg [2:0] written = 3'd0;

    always @(posedge clk) if (!rst) written <= written + {2'd0, r_ack};

    always @* begin
        assume (r_stb == (written < 3'd3 || (written == 3'd3 && lost == 32'd1)) && r_we);
        assume (r_adr == (written == 3'd0 ? `REG_PERIOD_LOW : written == 3'd1 ? `REG_SCRUB
                          : written == 3'd2 ? `REG_COMMAND : `REG_UPSET_TAIL));
        assume (r_wdata == (written == 3'd1 ? {22'd0, any_way, 9'd0}
                            : written == 3'd2 ? `COMMAND_TRIALS : 32'd1));
        assume (seq_busy == (was && was_busy) && start == was_clear && first && !round && !stop);
        assume (upset_valid && upset_at == 48'd0 && upset_site == 32'd0);
        assume (flip_done == (flipping && !flip_start) && flip_flips == 32'd1 && !writing);
        assume (scrub_idle && scrub_empty && !scrub_taken && !scrub_ends);
        assume (scrub_corrected == 32'd0);
        assume (entry == CAPACITY && part == 2'd2 && l_stb && !l_we && l_adr == {21'd0, place});
    end
`endif

endmodule

// Block RAM as in rtl/store/ram_1w1r.v, of which one word is known.
module ram_1w1r #(
    parameter WIDTH = 32,
    parameter DEPTH = 512,
    parameter ADDRESS_W = 9
) (
    input  wire                 clk,
    input  wire                 we,
    input  wire [ADDRESS_W-1:0] waddr,
    input  wire [WIDTH-1:0]     wdata,
    input  wire                 re,
    input  wire [ADDRESS_W-1:0] raddr,
    output reg  [WIDTH-1:0]     rdata
);

    (* anyconst *) reg [ADDRESS_W-1:0] place;
    (* anyseq *) reg [WIDTH-1:0]       other;
    reg [WIDTH-1:0] word;

    always @(posedge clk) begin
        if (we && waddr == place) word <= wdata;
        if (re) rdata <= raddr == place && !(we && waddr == place) ? word : other;
    end

endmodule

`default_nettype wire
