#include "api/cli/dead_letters.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <ostream>
#include <thread>

namespace throughline {

namespace {

constexpr std::chrono::milliseconds look_every{200};

std::string text_of(const StreamKey& stream) { return stream.kind + '/' + to_string(stream.id); }

bool has_failed(const ReleaseRequest& request) {
    return request.outcome.find(" failed: ") != std::string::npos;
}

void print_outcome(const ReleaseRequest& request, std::ostream& out) {
    fmt::print(out, "{} {} {}: {}\n", request.consumer, request.position, text_of(request.stream),
               request.outcome);
}

std::string nothing_held(const ReleaseOrder& order) {
    if (order.position)
        return fmt::format("{} holds no stream because of event {}: `throughline dead-letters` "
                           "lists the events that failed\n",
                           order.consumer, *order.position);
    return fmt::format("{} holds nothing\n", order.consumer);
}

} // namespace

int run_dead_letters(DeadLetters& letters, const std::string& consumer, std::ostream& out) {
    const auto list = letters.list(consumer);
    for (const DeadLetter& letter : list)
        fmt::print(out, "{} {} {} {}\n  since {}, events held behind it: {}{}\n  tenant {}\n  {}\n",
                   letter.consumer, letter.position, letter.type, text_of(letter.stream),
                   to_rfc3339(letter.since), letter.held,
                   letter.asked ? ", a release is asked for" : "", to_string(letter.tenant),
                   letter.cause);
    fmt::print(out, "{}\n",
               list.empty() ? "no dead letters" : fmt::format("streams held: {}", list.size()));
    return 0;
}

int run_release(DeadLetters& letters, const ReleaseOrder& order, std::chrono::milliseconds patience,
                std::ostream& out, std::ostream& err) {
    const auto asked = letters.ask(order);
    if (asked.empty()) {
        err << nothing_held(order);
        return 1;
    }
    const auto deadline = std::chrono::steady_clock::now() + patience;
    bool failed = false;
    for (std::size_t told = 0; told < asked.size();) {
        for (const ReleaseRequest& request : letters.requests(order.consumer, asked[told])) {
            if (told == asked.size() || request.id > asked[told] || !request.done_at) break;
            print_outcome(request, out);
            failed = failed || has_failed(request);
            ++told;
        }
        if (told == asked.size()) break;
        if (std::chrono::steady_clock::now() >= deadline) {
            fmt::print(err,
                       "asked for, not done yet: {} of {}; a server with the role projections does "
                       "it as soon as it leads {}\n",
                       asked.size() - told, asked.size(), order.consumer);
            return 1;
        }
        std::this_thread::sleep_for(look_every);
    }
    return failed ? 1 : 0;
}

int run_release_history(DeadLetters& letters, const std::string& consumer, std::ostream& out) {
    for (const ReleaseRequest& request : letters.requests(consumer, 0)) {
        fmt::print(out, "{} {} {} {} {} by {}: {}\n", to_rfc3339(request.asked_at),
                   request.action == ReleaseAction::skip ? "skip" : "retry", request.consumer,
                   request.position, text_of(request.stream), request.by,
                   request.done_at ? request.outcome : "not done yet");
        if (request.action == ReleaseAction::skip)
            fmt::print(out, "  because {}\n  it had failed: {}\n", request.reason, request.cause);
    }
    return 0;
}

} // namespace throughline
