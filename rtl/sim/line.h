// SPDX-License-Identifier: Apache-2.0
// The two directions of a serial line, one clock cycle at a time: 8 data bits, no parity, 1 stop bit.
#pragma once

#include <cstdint>
#include <deque>

// Counts bit times: carries once a bit, at `step` / 2^24 bits a clock cycle.
class BitClock {
public:
    explicit BitClock(uint32_t step) : step_(step) {}
    void restart(uint32_t phase) { phase_ = phase; }
    bool carries() {
        phase_ += step_;
        const bool carry = phase_ >> 24;
        phase_ &= 0xffffff;
        return carry;
    }

private:
    const uint32_t step_;
    uint32_t phase_ = 0;
};

// Bytes to levels.
class Sender {
public:
    explicit Sender(uint32_t step) : clock_(step) {}
    std::deque<uint8_t> queue;

    bool idle() const { return bits_ == 0 && queue.empty(); }

    // The level of the line in the next clock cycle.
    bool level() {
        if (bits_ == 0) {
            if (queue.empty()) return true;
            frame_ = 0x200u | uint32_t(queue.front()) << 1;  // stop, data, start
            queue.pop_front();
            bits_ = 10;
            clock_.restart(0);
        }
        const bool now = frame_ & 1;
        if (clock_.carries()) {
            frame_ >>= 1;
            --bits_;
        }
        return now;
    }

private:
    BitClock clock_;
    uint32_t frame_ = 0;
    int bits_ = 0;
};

// Levels to bytes.
class Receiver {
public:
    explicit Receiver(uint32_t step) : clock_(step) {}
    std::deque<uint8_t> queue;

    bool idle() const { return bits_ == 0; }

    // Takes the level of the line in this clock cycle; false when a stop bit is missing.
    bool take(bool level) {
        if (bits_ == 0) {
            if (level) return true;
            bits_ = 10;
            clock_.restart(0x800000);  // so that it carries in the middle of each bit
        }
        if (!clock_.carries()) return true;
        frame_ = frame_ >> 1 | uint32_t(level) << 9;
        if (--bits_ > 0) return true;
        queue.push_back(uint8_t(frame_ >> 1));
        return level;
    }

private:
    BitClock clock_;
    uint32_t frame_ = 0;
    int bits_ = 0;
};
