#include "bus/background_pace.hpp"

#include <algorithm>
#include <fstream>
#include <string>

namespace throughline {

using namespace std::chrono_literals;

namespace {

constexpr auto look_every =
    500ms; // shorter, and a stalled commit followed by its backlog is a rush
constexpr double short_of_cpus = 0.3;
constexpr double many_writes = 3000; // a second
// Writers who wait are as good a sign: what is to rest may itself be what keeps them below that.
constexpr double waiting_writers = 24;     // writes a commit
constexpr double writes_of_waiting = 1000; // a second
constexpr int rests_to_work = 14;
constexpr std::chrono::nanoseconds longest_rest = 1500ms;
constexpr auto longest_nap = 100ms; // a commit takes less

} // namespace

/// From the line "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345".
std::chrono::microseconds waited_for_cpu() {
    std::ifstream file("/proc/pressure/cpu");
    std::string word;
    while (file >> word && !word.starts_with("total=")) {
    }
    return std::chrono::microseconds(word.starts_with("total=") ? std::stoll(word.substr(6)) : 0);
}

bool BackgroundPace::is_rush() {
    const std::lock_guard lock(mutex_);
    const auto now = signs_.now();
    if (now - looked_ < look_every) return is_rush_;
    const std::chrono::duration<double> passed = now - looked_;
    const auto waited = signs_.waited_for_cpu();
    const std::uint64_t appended = signs_.appended();
    const std::uint64_t commits = signs_.commits();
    const double pressure = std::chrono::duration<double>(waited - waited_) / passed;
    const double writes = static_cast<double>(appended - seen_) / passed.count();
    const bool writers_wait = writes >= writes_of_waiting &&
                              static_cast<double>(appended - seen_) >=
                                  waiting_writers * static_cast<double>(commits - seen_commits_);
    is_rush_ = pressure >= short_of_cpus && (writes >= many_writes || writers_wait);
    looked_ = now;
    waited_ = waited;
    seen_ = appended;
    seen_commits_ = commits;
    return is_rush_;
}

std::chrono::milliseconds BackgroundPace::rest_after(std::chrono::nanoseconds took,
                                                     std::chrono::microseconds lag) {
    // An event of the future: two clocks differ, and say nothing of the lag.
    const bool is_near = lag >= 0us && lag <= most_lag_;
    if (!is_near || signs_.is_waited_for() || !is_rush()) return 0ms;
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::min(rests_to_work * took, longest_rest));
}

void BackgroundPace::rest(std::chrono::nanoseconds took, std::chrono::microseconds lag,
                          const Nap& nap) {
    std::uint64_t seen = signs_.appended();
    for (auto left = rest_after(took, lag); left > 0ms && !signs_.is_waited_for();) {
        const auto piece = std::min<std::chrono::milliseconds>(left, longest_nap);
        nap(piece);
        left -= piece;
        const std::uint64_t appended = signs_.appended();
        if (appended == seen) return;
        seen = appended;
    }
}

} // namespace throughline
