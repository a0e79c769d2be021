#include "tests/support/load.hpp"
#include "domain/id.hpp"
#include "tests/support/tenant.hpp"

#include "bus/ids.hpp"

#include <atomic>
#include <mutex>
#include <thread>

namespace throughline {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int clients = 8;
constexpr auto answer_within = 5s;
constexpr auto last_answer_within = 60s;
constexpr auto pause_between_tries = 20ms; // a few hundred commands a second in all

} // namespace

struct Load::State {
    std::vector<std::string> urls;
    std::string token;
    const std::string run = to_string(new_id()).substr(24); // tells this load's keys from others'
    std::string shared; // the path of the contact that all clients update

    std::atomic<bool> stopping = false;
    std::atomic<std::size_t> count = 0;
    std::atomic<std::size_t> failures = 0;
    std::mutex mutex;
    Clock::time_point give_up = Clock::time_point::max();
    std::vector<Acknowledged> acknowledged;
    std::vector<std::string> faults;
    std::vector<std::thread> threads;

    void client(int number);
    [[nodiscard]] bool is_late();
    void fault(const Acknowledged& command, const std::string& what);
};

namespace {

Acknowledged creation(const std::string& key) {
    return {key, "POST", "/api/contacts", R"({"name":")" + key + "\"}", {}};
}

Acknowledged update(const std::string& key, const std::string& path) {
    return {key, "PATCH", path, R"({"job_position":")" + key + "\"}", {}};
}

/// One client's connections, one to each server.
class Caller {
  public:
    Caller(const std::vector<std::string>& urls, const std::string& token, std::size_t first)
        : current_(first) {
        for (const std::string& url : urls) {
            servers_.emplace_back(url, HttpHeaders{{"Authorization", "Bearer " + token}});
            servers_.back().set_timeout(answer_within);
        }
    }

    /// Status 0 where no answer comes; then the next server is asked the next time.
    HttpReply call(const Acknowledged& command) {
        try {
            return servers_[current_ % servers_.size()].request(
                command.method, command.path, command.body, {{"Idempotency-Key", command.key}});
        } catch (const std::runtime_error&) {
            ++current_;
            return {};
        }
    }

  private:
    std::vector<HttpClient> servers_;
    std::size_t current_;
};

bool is_refused_for_now(int status) { return status == 0 || status == 409 || status == 503; }

} // namespace

bool Load::State::is_late() {
    const std::lock_guard lock(mutex);
    return Clock::now() > give_up;
}

void Load::State::fault(const Acknowledged& command, const std::string& what) {
    const std::lock_guard lock(mutex);
    faults.push_back(command.method + ' ' + command.path + " under " + command.key + ": " + what);
}

void Load::State::client(int number) {
    Caller caller(urls, token, static_cast<std::size_t>(number));
    std::string own; // path of the contact it created last
    for (int i = 0; !stopping; ++i) {
        const std::string key = run + '-' + std::to_string(number) + '-' + std::to_string(i);
        Acknowledged command = own.empty() || i % 2 == 0 ? creation(key)
                               : i % 8 == 7              ? update(key, shared)
                                                         : update(key, own);
        for (;;) {
            std::this_thread::sleep_for(pause_between_tries);
            command.reply = caller.call(command);
            if (!is_refused_for_now(command.reply.status)) break;
            ++failures;
            if (is_late()) return fault(command, "no answer");
        }
        if (command.reply.status != 200 && command.reply.status != 201) {
            fault(command, std::to_string(command.reply.status) + ' ' + command.reply.body);
            continue;
        }
        if (command.method == "POST") own = "/api/contacts/" + body_of(command.reply).text("id");
        const std::lock_guard lock(mutex);
        acknowledged.push_back(std::move(command));
        ++count;
    }
}

Load::Load(std::vector<std::string> urls, std::string token) : state_(std::make_unique<State>()) {
    state_->urls = std::move(urls);
    state_->token = std::move(token);
    Acknowledged first = creation(state_->run);
    first.reply = Caller(state_->urls, state_->token, 0).call(first);
    if (first.reply.status != 201)
        throw std::runtime_error("the load's first contact: " + first.reply.body);
    state_->shared = "/api/contacts/" + body_of(first.reply).text("id");
    state_->acknowledged.push_back(std::move(first));
    for (int number = 0; number < clients; ++number)
        state_->threads.emplace_back([state = state_.get(), number] { state->client(number); });
}

Load::~Load() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->give_up = Clock::now();
    }
    stop();
}

std::size_t Load::count() const { return state_->count; }

bool Load::grows(std::size_t by, std::chrono::milliseconds within) const {
    const std::size_t enough = count() + by;
    return wait_until([&] { return count() >= enough; }, within);
}

std::size_t Load::failures() const { return state_->failures; }

void Load::add(Acknowledged command) {
    const std::lock_guard lock(state_->mutex);
    state_->acknowledged.push_back(std::move(command));
}

void Load::stop() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->give_up = std::min(state_->give_up, Clock::now() + last_answer_within);
    }
    state_->stopping = true;
    for (std::thread& thread : state_->threads)
        if (thread.joinable()) thread.join();
}

const std::vector<Acknowledged>& Load::acknowledged() const { return state_->acknowledged; }

const std::vector<std::string>& Load::faults() const { return state_->faults; }

const std::string& Load::token() const { return state_->token; }

} // namespace throughline
