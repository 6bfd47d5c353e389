// SPDX-License-Identifier: Apache-2.0
// The simulated board: the Verilated testbed, its UART pins bit by bit on a pseudo-terminal.
//
// Prints one line when ready:   port PATH baud RATE build ID
// Lines that it reads on standard input are obeyed one after the other (README.md):
//   cycles               nothing more than the answer
//   trace on, trace off  from here on, the waveform goes to the file that --trace named, or no longer
// The answer to each is   cycles N   and to any other line   unknown
// The end of standard input is the death of the host, and of this program.
//
// The clock stands still while nothing can change: the board says it is not active and the line is quiet.

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <poll.h>
#include <string>
#include <unistd.h>

#include "Vsim_top.h"
#include "line.h"
#include "terminal.h"
#include "verilated.h"
#if VM_TRACE_FST
#include "verilated_fst_c.h"
#endif

namespace {

// Clock cycles between two looks at the outside: about a millisecond.
constexpr int CYCLES_A_LOOK = 256;

// Clock cycles until a finished byte has passed synchroniser and receiver and `active` tells of it.
constexpr int SETTLE_CYCLES = 32;

// Bytes that are passed on although more are on the way.
constexpr size_t BYTES_A_PIECE = 512;

// Longest sleep, in milliseconds; a byte or the end of standard input ends it at once.
constexpr int SLEEP_MS = 1000;

class Board {
public:
    explicit Board(const char* trace) {
        context_.traceEverOn(trace != nullptr);
        // What is unknown is random, and the same in every run, where the program was built to care (netlists).
        context_.randReset(2);
        context_.randSeed(1);
        top_ = std::make_unique<Vsim_top>(&context_);
        open_trace(trace);
        top_->uart_rxd = 1;
        top_->rst = 1;
        for (int i = 0; i < 8; ++i) clock();
        top_->rst = 0;
        for (int i = 0; i < SETTLE_CYCLES; ++i) clock();
        to_board = std::make_unique<Sender>(top_->uart_step);
        to_host = std::make_unique<Receiver>(top_->uart_step);
    }

    ~Board() {
#if VM_TRACE_FST
        if (file_) file_->close();
#endif
        top_->final();
    }

    std::unique_ptr<Sender> to_board;
    std::unique_ptr<Receiver> to_host;

    const Vsim_top& top() const { return *top_; }
    uint64_t cycles() const { return cycles_; }

    // Runs until the next look at the outside, or until nothing can change.
    void run() {
        for (int i = 0; i < CYCLES_A_LOOK && awake(); ++i) {
            settle_ = busy() ? SETTLE_CYCLES : settle_ - 1;
            top_->uart_rxd = to_board->level();
            clock();
            if (!to_host->take(top_->uart_txd)) {
                fprintf(stderr, "the board sent a byte without stop bit in clock cycle %" PRIu64 "\n", cycles_);
                exit(1);
            }
        }
    }

    // False while the clock may stand still.
    bool awake() const { return busy() || settle_ > 0; }

    // Records the waveform from here on, or no longer; false where no file was named.
    bool record(bool on) {
#if VM_TRACE_FST
        // What is recorded is on disk when this returns.
        if (recording_ && !on) file_->flush();
        recording_ = on && file_;
        return file_ != nullptr;
#else
        return false;
#endif
    }

private:
    bool busy() const { return top_->active || !to_board->idle() || !to_host->idle(); }

    void clock() {
        top_->clk = 1;
        step();
        top_->clk = 0;
        step();
        ++cycles_;
    }

    void step() {
        top_->eval();
#if VM_TRACE_FST
        if (recording_) file_->dump(context_.time());
        context_.timeInc(1);
#endif
    }

    void open_trace(const char* trace) {
        if (trace == nullptr) return;
#if VM_TRACE_FST
        file_ = std::make_unique<VerilatedFstC>();
        top_->trace(file_.get(), 99);
        file_->open(trace);
#else
        fprintf(stderr, "this program was built without --trace: see host/boards/simulated.py\n");
        exit(2);
#endif
    }

    VerilatedContext context_;
    std::unique_ptr<Vsim_top> top_;
#if VM_TRACE_FST
    std::unique_ptr<VerilatedFstC> file_;
    bool recording_ = false;
#endif
    uint64_t cycles_ = 0;
    int settle_ = 0;
};

// Obeys and answers the lines on standard input, which may come in pieces; false when it has ended.
bool answer(Board& board, std::string& text) {
    char piece[256];
    const ssize_t n = read(STDIN_FILENO, piece, sizeof piece);
    if (n <= 0) return false;
    text.append(piece, n);
    size_t end;
    while ((end = text.find('\n')) != std::string::npos) {
        const std::string line = text.substr(0, end);
        text.erase(0, end + 1);
        const bool on = line == "trace on";
        const bool known = line == "cycles" || ((on || line == "trace off") && board.record(on));
        if (known) printf("cycles %" PRIu64 "\n", board.cycles());
        else printf("unknown\n");
    }
    fflush(stdout);
    return true;
}

void serve(Board& board, Terminal& terminal) {
    std::string text;
    while (true) {
        board.run();
        pollfd outside[] = {{STDIN_FILENO, POLLIN, 0}, {terminal.descriptor(), POLLIN, 0}};
        // In one piece where possible: each piece wakes the host.
        if (!board.to_host->queue.empty() && (board.to_host->idle() || board.to_host->queue.size() >= BYTES_A_PIECE)) {
            terminal.send(board.to_host->queue);
            if (!board.to_host->queue.empty()) outside[1].events |= POLLOUT;
        }
        if (poll(outside, 2, board.awake() ? 0 : SLEEP_MS) <= 0) continue;
        if (outside[0].revents && !answer(board, text)) return;
        if (outside[1].revents & POLLIN) terminal.receive(board.to_board->queue);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const char* trace = nullptr;
    if (argc == 3 && !strcmp(argv[1], "--trace")) trace = argv[2];
    else if (argc != 1) {
        fprintf(stderr, "usage: %s [--trace FILE]\n", argv[0]);
        return 2;
    }
    Board board(trace);
    Terminal terminal;
    printf("port %s baud %u build %08x\n", terminal.path().c_str(), board.top().baud, board.top().build_id);
    fflush(stdout);
    serve(board, terminal);
    return 0;
}
