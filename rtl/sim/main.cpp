// SPDX-License-Identifier: Apache-2.0
// The simulated board: the Verilated testbed, its UART pins bit by bit on a pseudo-terminal.
//
// Prints one line when ready:   port PATH baud RATE build ID
// Each line it reads on standard input is answered with:   cycles N
// The end of standard input is the death of the host, and of this program.
//
// The clock stands still while nothing can change: the board says it is not active and the line is quiet.

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <poll.h>
#include <unistd.h>

#include "Vsim_top.h"
#include "line.h"
#include "terminal.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_vcd_c.h"
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
#if VM_TRACE
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
#if VM_TRACE
        if (file_) file_->dump(context_.time());
        context_.timeInc(1);
#endif
    }

    void open_trace(const char* trace) {
        if (trace == nullptr) return;
#if VM_TRACE
        file_ = std::make_unique<VerilatedVcdC>();
        top_->trace(file_.get(), 99);
        file_->open(trace);
#else
        fprintf(stderr, "this program was built without --trace: see host/boards/simulated.py\n");
        exit(2);
#endif
    }

    VerilatedContext context_;
    std::unique_ptr<Vsim_top> top_;
#if VM_TRACE
    std::unique_ptr<VerilatedVcdC> file_;
#endif
    uint64_t cycles_ = 0;
    int settle_ = 0;
};

// Answers the lines on standard input; false when it has ended.
bool answer(const Board& board) {
    char text[64];
    const ssize_t n = read(STDIN_FILENO, text, sizeof text);
    if (n <= 0) return false;
    for (ssize_t i = 0; i < n; ++i)
        if (text[i] == '\n') printf("cycles %" PRIu64 "\n", board.cycles());
    fflush(stdout);
    return true;
}

void serve(Board& board, Terminal& terminal) {
    while (true) {
        board.run();
        pollfd outside[] = {{STDIN_FILENO, POLLIN, 0}, {terminal.descriptor(), POLLIN, 0}};
        // In one piece where possible: each piece wakes the host.
        if (!board.to_host->queue.empty() && (board.to_host->idle() || board.to_host->queue.size() >= BYTES_A_PIECE)) {
            terminal.send(board.to_host->queue);
            if (!board.to_host->queue.empty()) outside[1].events |= POLLOUT;
        }
        if (poll(outside, 2, board.awake() ? 0 : SLEEP_MS) <= 0) continue;
        if (outside[0].revents && !answer(board)) return;
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
