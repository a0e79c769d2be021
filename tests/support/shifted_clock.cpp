#include "tests/support/shifted_clock.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

namespace throughline {

ShiftedClock::ShiftedClock() {
    const auto path = folder_.path() / "seconds";
    std::ofstream(path) << std::string(sizeof *seconds_, '\0');
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    void* memory =
        file < 0 ? MAP_FAILED
                 : ::mmap(nullptr, sizeof *seconds_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), path);
    ::close(file);
    seconds_ = static_cast<std::atomic<std::int64_t>*>(memory);
}

ShiftedClock::~ShiftedClock() { ::munmap(seconds_, sizeof *seconds_); }

Environment ShiftedClock::environment() const {
    const char* sanitizer = std::getenv("ASAN_OPTIONS");
    return {{"LD_PRELOAD", THROUGHLINE_SHIFTED_CLOCK},
            {"THROUGHLINE_TEST_CLOCK", (folder_.path() / "seconds").string()},
            // The address sanitizer wants to be the first library, which does not matter here.
            {"ASAN_OPTIONS", (sanitizer == nullptr ? "" : std::string(sanitizer) + ":") +
                                 "verify_asan_link_order=0"}};
}

} // namespace throughline
