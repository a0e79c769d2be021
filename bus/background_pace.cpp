#include "bus/background_pace.hpp"

#include <algorithm>
#include <fstream>
#include <string>

namespace throughline {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

constexpr auto look_every = 100ms;
constexpr double short_of_cpus = 0.6;
constexpr int rests_to_work = 9;
constexpr std::chrono::nanoseconds longest_rest = 1s;

/// From the line "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345".
std::chrono::microseconds waited_for_cpu() {
    std::ifstream file("/proc/pressure/cpu");
    std::string word;
    while (file >> word && !word.starts_with("total=")) {
    }
    return std::chrono::microseconds(word.starts_with("total=") ? std::stoll(word.substr(6)) : 0);
}

} // namespace

double BackgroundPace::cpu_pressure() {
    const std::lock_guard lock(mutex_);
    const auto now = steady_clock::now();
    if (now - looked_ < look_every) return pressure_;
    const auto waited = waited_for_cpu();
    const std::chrono::duration<double> passed = now - looked_;
    pressure_ = std::chrono::duration<double>(waited - waited_) / passed;
    looked_ = now;
    waited_ = waited;
    return pressure_;
}

std::chrono::milliseconds BackgroundPace::rest(std::chrono::nanoseconds took,
                                               std::chrono::microseconds lag) {
    if (lag > most_lag_ || !is_appending_() || cpu_pressure() < short_of_cpus) return 0ms;
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::min(rests_to_work * took, longest_rest));
}

} // namespace throughline
