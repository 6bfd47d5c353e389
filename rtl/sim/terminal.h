// SPDX-License-Identifier: Apache-2.0
// A pseudo-terminal in raw mode. Its far end stays open here, so a host may open and close it at will.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fcntl.h>
#include <string>
#include <termios.h>
#include <unistd.h>

class Terminal {
public:
    Terminal() {
        near_ = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (near_ < 0 || grantpt(near_) < 0 || unlockpt(near_) < 0) fail("cannot make a pseudo-terminal");
        path_ = ptsname(near_);
        far_ = open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
        termios mode;
        if (far_ < 0 || tcgetattr(far_, &mode) < 0) fail("cannot open the pseudo-terminal");
        cfmakeraw(&mode);
        if (tcsetattr(far_, TCSANOW, &mode) < 0) fail("cannot make the pseudo-terminal raw");
    }

    const std::string& path() const { return path_; }
    int descriptor() const { return near_; }

    // Moves what has arrived to the end of `queue`.
    void receive(std::deque<uint8_t>& queue) {
        uint8_t bytes[4096];
        const ssize_t n = read(near_, bytes, sizeof bytes);
        if (n > 0) queue.insert(queue.end(), bytes, bytes + n);
        else if (n < 0 && errno != EAGAIN && errno != EINTR) fail("cannot read the pseudo-terminal");
    }

    // Takes from the front of `queue` what the terminal has room for.
    void send(std::deque<uint8_t>& queue) {
        uint8_t bytes[4096];
        size_t count = 0;
        for (auto byte = queue.begin(); byte != queue.end() && count < sizeof bytes; ++byte) bytes[count++] = *byte;
        const ssize_t n = write(near_, bytes, count);
        if (n > 0) queue.erase(queue.begin(), queue.begin() + n);
        else if (n < 0 && errno != EAGAIN && errno != EINTR) fail("cannot write the pseudo-terminal");
    }

private:
    [[noreturn]] static void fail(const char* what) {
        perror(what);
        exit(1);
    }

    int near_ = -1;
    int far_ = -1;
    std::string path_;
};
