// How long after its commit an event is in the read models, with a Kafka subscriber and with a
// client of the stream, while contacts are created at a steady rate.
//   bench_lag --url URL --token TOKEN --database URL --brokers LIST [--rate N] [--seconds N]
// Prints `read_models|kafka|sse P50 P99 MAXIMUM EVENTS` in milliseconds, and `rate N`: the creates
// a second that were answered. The commit's time is the event's recorded_at, which the database
// takes before it writes and syncs the commit: the true lag is a little less.
#include "tests/bench/lag.hpp"

#include "bus/database.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/wait.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>
#include <thread>

namespace throughline {
namespace {

using namespace std::chrono_literals;

constexpr int connections = 32;
constexpr auto arrival_within = 30s;

std::string contact(int number) {
    return fmt::format(R"({{"name":"Lag Person {0}","email":"lag.{0}@example.com",)"
                       R"("phone":"+1 555 010 {1:04}","job_position":"Analyst","tags":["bench"]}})",
                       number, number % 10'000);
}

HttpClient client_of(const LagOptions& options) {
    return HttpClient(options.url, {{"Authorization", "Bearer " + options.token}});
}

/// Creates one contact; its position.
std::int64_t create(HttpClient& client, int number) {
    const HttpReply reply = client.post("/api/contacts", contact(number));
    if (reply.status != 201) throw std::runtime_error("a create was refused: " + reply.body);
    return std::stoll(reply.header("Throughline-Position").value());
}

/// Creates contacts at the rate, as long as the server follows; how many a second were answered.
/// One thread does it for all connections: the load takes its CPU from what it measures.
double create_steadily(const LagOptions& options, int seconds) {
    const auto ended =
        run_process({{"wrk", "-t1", fmt::format("-c{}", connections), fmt::format("-d{}s", seconds),
                      "-s", THROUGHLINE_SOURCE_DIR "/tests/bench/steady.lua", options.url, "--",
                      options.token, std::to_string(options.rate)},
                     {}});
    const auto figure = [&](std::string_view name) {
        const auto at = ended.output.find(fmt::format("\n{} ", name));
        if (ended.status != 0 || at == std::string::npos)
            throw std::runtime_error("wrk failed: " + ended.output);
        return std::stod(ended.output.substr(at + name.size() + 2));
    };
    if (figure("errors") > 0) throw std::runtime_error("creates were refused: " + ended.output);
    return figure("requests") / figure("seconds");
}

/// One watch under way.
struct Watching {
    Watching(std::string called, bool is_everything, const Watch& watch)
        : name(std::move(called)), sees_all_up_to(is_everything), thread([this, watch] {
              try {
                  watch(seen, stopping);
              } catch (const std::exception& fault) {
                  fmt::print(stderr, "{}: {}\n", name, fault.what());
                  std::_Exit(1); // the other watches still run
              }
          }) {}
    ~Watching() { stop(); }
    Watching(const Watching&) = delete;
    Watching& operator=(const Watching&) = delete;

    void stop() {
        stopping = true;
        if (thread.joinable()) thread.join();
    }

    const std::string name;
    const bool sees_all_up_to; // a position stands for all before it
    Sightings seen;
    std::atomic<bool> stopping = false;
    std::thread thread; // last: it uses the others
};

using AllWatching = std::array<std::unique_ptr<Watching>, 3>;

/// Creates contacts until each watch has seen a new one.
void join(const AllWatching& watches, const LagOptions& options) {
    HttpClient client = client_of(options);
    for (int tries = 0; tries < 20; ++tries) {
        const std::int64_t position = create(client, tries);
        const auto is_seen = [&](const auto& watch) { return watch->seen.latest() >= position; };
        if (wait_until([&] { return std::ranges::all_of(watches, is_seen); }, 2s)) return;
    }
    std::string blind;
    for (const auto& watch : watches)
        blind += fmt::format(" {} (at {})", watch->name, watch->seen.latest());
    throw std::runtime_error("not every watch sees new events:" + blind);
}

/// Positions and their recorded_at, in microseconds.
std::map<std::int64_t, std::int64_t> commits(const LagOptions& options, std::int64_t after) {
    const Connection connection = connect(options.database, Role::system);
    pqxx::nontransaction tx(*connection);
    std::map<std::int64_t, std::int64_t> times;
    for (const auto& row :
         tx.exec_params("select position, (extract(epoch from recorded_at) * 1000000)::bigint "
                        "from events where position > $1",
                        after))
        times.emplace(row[0].as<std::int64_t>(), row[1].as<std::int64_t>());
    return times;
}

std::vector<double> lags(const Watching& watch,
                         const std::map<std::int64_t, std::int64_t>& commits) {
    std::vector<double> found;
    const auto add = [&](auto commit, std::int64_t at) {
        found.push_back(static_cast<double>(at - commit->second) / 1000);
    };
    auto next = commits.begin();
    std::map<std::int64_t, std::int64_t> once; // an event may come twice
    for (const auto& [position, at] : watch.seen.all())
        if (watch.sees_all_up_to)
            for (; next != commits.end() && next->first <= position; ++next) add(next, at);
        else if (const auto commit = commits.find(position);
                 commit != commits.end() && once.emplace(position, at).second)
            add(commit, at);
    if (found.size() != commits.size())
        throw std::runtime_error(
            fmt::format("{} saw {} of {} events", watch.name, found.size(), commits.size()));
    std::ranges::sort(found);
    return found;
}

void measure(const LagOptions& options) {
    const AllWatching watches{
        std::make_unique<Watching>("read_models", true, watch_read_models(options)),
        std::make_unique<Watching>("kafka", false, watch_kafka(options)),
        std::make_unique<Watching>("sse", false, watch_stream(options))};
    join(watches, options);
    create_steadily(options, 5); // warms up: the broker compiles as it goes
    HttpClient client = client_of(options);
    const std::int64_t before = create(client, 0);
    const double rate = create_steadily(options, options.seconds);
    const auto committed = commits(options, before);
    const std::int64_t head = committed.rbegin()->first;
    static_cast<void>(wait_until(
        [&] {
            return std::ranges::all_of(
                watches, [&](const auto& watch) { return watch->seen.latest() >= head; });
        },
        arrival_within));
    join(watches, options); // partitions have an order each: what came before is there by now
    fmt::print("rate {:.0f}\n", rate);
    for (const auto& watch : watches) {
        watch->stop();
        const auto sorted = lags(*watch, committed);
        const auto percentile = [&](std::size_t p) {
            return sorted[(sorted.size() - 1) * p / 100];
        };
        fmt::print("{} {:.1f} {:.1f} {:.1f} {}\n", watch->name, percentile(50), percentile(99),
                   sorted.back(), sorted.size());
    }
}

} // namespace
} // namespace throughline

int main(int argc, char** argv) {
    throughline::LagOptions options;
    CLI::App app("Lag behind commits");
    app.add_option("--url", options.url)->required();
    app.add_option("--token", options.token)->required();
    app.add_option("--database", options.database)->required();
    app.add_option("--brokers", options.brokers);
    app.add_option("--rate", options.rate);
    app.add_option("--seconds", options.seconds);
    bool is_load_alone = false; // of what somebody else watches
    app.add_flag("--load", is_load_alone);
    CLI11_PARSE(app, argc, argv);
    try {
        if (is_load_alone)
            fmt::print("{:.0f}\n", throughline::create_steadily(options, options.seconds));
        else
            throughline::measure(options);
        return 0;
    } catch (const std::exception& fault) {
        fmt::print(stderr, "bench_lag: {}\n", fault.what());
        return 1;
    }
}
