#include "tests/support/whole.hpp"
#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <map>
#include <span>

namespace throughline {

using namespace std::chrono_literals;

namespace {

using Faults = std::vector<std::string>;

constexpr std::size_t shown_faults = 10;
constexpr std::size_t retrying_clients = 8;

void report(const std::string& what, const Faults& faults) {
    for (std::size_t i = 0; i < std::min(faults.size(), shown_faults); ++i) MESSAGE(faults[i]);
    CHECK_MESSAGE(faults.empty(), what << ": " << faults.size());
}

HttpClient client_of(const std::string& url, const std::string& token) {
    return HttpClient(url, {{"Authorization", "Bearer " + token}});
}

/// What the load's commands left in the log: of contacts, by position, what was written.
struct Log {
    struct Entry {
        std::string subject;
        std::string wrote;
    };
    std::map<std::int64_t, Entry> entries;
    std::map<std::string, int> times; // that a value was written
    std::int64_t head = 0;
};

Log read_log(HttpClient client) {
    Log log;
    for (std::string from = "0"; !from.empty();) {
        const HttpReply reply = client.get("/api/events?kind=contact&limit=1000&from=" + from);
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        const Json page = body_of(reply);
        for (const Json& event : *page.find("items")->array()) {
            const Json& data = *event.find("data");
            const Json* after = data.find("after");
            std::string wrote = after ? after->text("job_position") : data.text("name");
            if (!wrote.empty()) ++log.times[wrote];
            log.entries[std::stoll(event.text("sequence"))] = {event.text("subject"),
                                                               std::move(wrote)};
        }
        log.head = *page.integer("head");
        const auto next = page.find("pagination")->integer("next");
        from = next ? std::to_string(*next) : "";
    }
    return log;
}

void check_acknowledged(const Log& log, const std::vector<Acknowledged>& commands) {
    Faults lost;
    for (const Acknowledged& command : commands) {
        const auto position = command.reply.header("Throughline-Position").value_or("0");
        const auto found = log.entries.find(std::stoll(position));
        if (found == log.entries.end() || found->second.wrote != command.key ||
            found->second.subject != "contact/" + body_of(command.reply).text("id"))
            lost.push_back(fmt::format("{} was acknowledged at {}", command.key, position));
    }
    report("acknowledged and lost", lost);
    Faults twice;
    for (const auto& [value, times] : log.times)
        if (times > 1) twice.push_back(fmt::format("{} was written {} times", value, times));
    report("took effect more than once", twice);
}

Faults retry(HttpClient client, std::span<const Acknowledged> commands) {
    Faults faults;
    for (const Acknowledged& command : commands) {
        const HttpReply again = client.request(command.method, command.path, command.body,
                                               {{"Idempotency-Key", command.key}});
        const HttpReply& first = command.reply;
        if (again.status != first.status || again.body != first.body ||
            again.header("Throughline-Position") != first.header("Throughline-Position") ||
            again.header("Idempotency-Replayed") != "true")
            faults.push_back(fmt::format("{}: {} {}\n  and once more: {} {}", command.key,
                                         first.status, first.body, again.status, again.body));
    }
    return faults;
}

void check_retries(const std::string& url, const Load& load) {
    const std::span all(load.acknowledged());
    const std::size_t each = all.size() / retrying_clients + 1;
    std::vector<std::future<Faults>> parts;
    for (std::size_t from = 0; from < all.size(); from += each)
        parts.push_back(std::async(std::launch::async, retry, client_of(url, load.token()),
                                   all.subspan(from, std::min(each, all.size() - from))));
    Faults faults;
    for (auto& part : parts)
        for (std::string& fault : part.get()) faults.push_back(std::move(fault));
    report("another answer the second time", faults);
}

void check_ready(const ServerProcess& server) {
    const bool whole = wait_until([&] { return is_whole(server.url()); }, 60s);
    CHECK_MESSAGE(whole, HttpClient(server.url()).get("/ready").body);
}

void check_verify(const ServerProcess& server) {
    const FinishedProcess verified = server.run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}

} // namespace

bool is_whole(const std::string& url) {
    HttpClient client(url);
    client.set_timeout(5s);
    try {
        const Json ready = body_of(client.get("/ready"));
        if (ready.text("status") != "ready") return false;
        return std::ranges::all_of(*ready.find("checks")->array(), [](const Json& check) {
            return check.integer("lag").value_or(0) == 0;
        });
    } catch (const std::runtime_error&) {
        return false;
    }
}

std::int64_t check_whole(std::vector<std::reference_wrapper<ServerProcess>> servers, Load& load) {
    load.stop();
    report("commands went wrong", load.faults());
    for (const ServerProcess& server : servers) check_ready(server);
    ServerProcess& server = servers.front();
    check_retries(server.url(), load);
    const Log log = read_log(client_of(server.url(), load.token()));
    check_acknowledged(log, load.acknowledged());
    check_verify(server);
    return log.head;
}

void check_whole(std::vector<std::reference_wrapper<ServerProcess>> servers, Load& load,
                 TopicReader& topic) {
    const std::int64_t head = check_whole(std::move(servers), load);
    check_topic(topic.read_until(head), head);
}

void check_verified(const ServerProcess& server) {
    check_ready(server);
    check_verify(server);
}

} // namespace throughline
