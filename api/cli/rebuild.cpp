#include "api/cli/rebuild.hpp"

#include "projections/rebuild.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

namespace throughline {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t at_a_time = 2;

double seconds_since(Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
}

/// Rebuilds some read models, from several threads.
class Rebuilding {
  public:
    Rebuilding(const std::string& url, std::vector<Projection*> chosen, std::ostream& out,
               std::ostream& errors)
        : url_(url), chosen_(std::move(chosen)), out_(out), errors_(errors) {}

    int run() {
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < std::min(at_a_time, chosen_.size()); ++i)
            threads.emplace_back([this] {
                for (std::size_t next = begun_++; next < chosen_.size(); next = begun_++)
                    rebuild_one(*chosen_[next]);
            });
        for (std::thread& thread : threads) thread.join();
        return failed_ ? 1 : 0;
    }

  private:
    void rebuild_one(Projection& projection) try {
        const auto began = Clock::now();
        Clock::time_point told{};
        const Rebuilt done = rebuild(url_, projection, [&](const RebuildProgress& at) {
            if (Clock::now() - told < std::chrono::seconds(1) && at.doing == "folding") return;
            told = Clock::now();
            say(out_, fmt::format("{}: {}, event {} of {}", projection.name(), at.doing,
                                  at.position, at.last));
        });
        say(out_, fmt::format("{}: rebuilt from events 1 to {} in {:.1f} s, switched in {:.3f} s",
                              projection.name(), done.position, seconds_since(began),
                              std::chrono::duration<double>(done.switching).count()));
    } catch (const std::exception& fault) {
        failed_ = true;
        say(errors_, fmt::format("{}: not rebuilt: {}", projection.name(), fault.what()));
    }

    void say(std::ostream& where, const std::string& line) {
        const std::lock_guard lock(mutex_);
        where << line << std::endl;
    }

    const std::string& url_;
    std::vector<Projection*> chosen_;
    std::ostream& out_;
    std::ostream& errors_;
    std::mutex mutex_;
    std::atomic<std::size_t> begun_ = 0;
    std::atomic<bool> failed_ = false;
};

} // namespace

int run_rebuild(const std::string& database_url,
                const std::vector<std::unique_ptr<Projection>>& projections,
                const std::string& name, std::ostream& out, std::ostream& errors) {
    std::vector<Projection*> chosen;
    std::string known = "all";
    for (const auto& projection : projections) {
        known += ", " + projection->name();
        if (name == "all" || name == projection->name()) chosen.push_back(projection.get());
    }
    if (chosen.empty()) {
        fmt::print(errors, "There is no read model {}; there are {}.\n", name, known);
        return 2;
    }
    return Rebuilding(database_url, std::move(chosen), out, errors).run();
}

} // namespace throughline
