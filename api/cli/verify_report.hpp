#pragma once
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <chrono>
#include <ostream>
#include <string>
#include <utility>

namespace throughline {

inline constexpr int most_faults = 1000; // looked for in one table
inline constexpr int page_rows = 2000;   // of events, read at once

/// What was found wrong, printed as it is found.
class Report {
  public:
    explicit Report(std::ostream& out) : out_(out) {}
    void begin(std::string what) {
        what_ = std::move(what);
        faults_ = 0;
        started_ = std::chrono::steady_clock::now();
    }
    void fault(const std::string& detail) {
        ++all_;
        if (++faults_ <= shown_faults) fmt::print(out_, "FAULT {}: {}\n", what_, detail);
    }
    void end(const std::string& checked) {
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started_;
        fmt::print(out_, "{} {}: {} ({:.1f} s)\n", faults_ == 0 ? "ok   " : "WRONG", what_, checked,
                   took.count());
        if (faults_ > shown_faults)
            fmt::print(out_, "      and {}{} more\n", faults_ >= most_faults ? "at least " : "",
                       faults_ - shown_faults);
        out_.flush();
    }
    [[nodiscard]] int faults() const { return all_; }

  private:
    static constexpr int shown_faults = 10;

    std::ostream& out_;
    std::string what_;
    std::chrono::steady_clock::time_point started_;
    int faults_ = 0;
    int all_ = 0;
};

} // namespace throughline
