#include "bus/log_signal.hpp"

#include "bus/database.hpp"
#include "bus/stop_flag.hpp"

#include <pqxx/pqxx>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace throughline {

using namespace std::chrono_literals;

namespace {

constexpr auto look_every = 250ms;

class Ear : public pqxx::notification_receiver {
  public:
    explicit Ear(pqxx::connection_base& connection)
        : notification_receiver(connection, "throughline_log") {}
    void operator()(const std::string& payload, int) override {
        heard = std::max(heard, static_cast<std::int64_t>(std::stoll(payload)));
    }
    std::int64_t heard = 0;
};

} // namespace

struct LogSignal::State {
    std::string url;
    std::mutex mutex;
    std::condition_variable changed;
    std::int64_t head = 0;

    std::mutex listeners_mutex;
    std::map<int, Listener> listeners;
    int next_listener = 0;

    std::thread thread;
    StopFlag stop;

    void advance(std::int64_t to) {
        {
            const std::lock_guard lock(mutex);
            if (to <= head) return;
            head = to;
        }
        changed.notify_all();
        const std::lock_guard lock(listeners_mutex);
        for (const auto& [id, listener] : listeners) listener(to);
    }

    void listen() {
        const auto connection = connect(url, Role::system);
        Ear ear(*connection);
        while (!stop.is_set()) {
            {
                pqxx::nontransaction look(*connection);
                advance(look.exec("select position from log_head")[0][0].as<std::int64_t>());
            }
            const auto look_again = std::chrono::steady_clock::now() + look_every;
            while (!stop.is_set() && std::chrono::steady_clock::now() < look_again) {
                connection->await_notification(0, std::chrono::microseconds(look_every).count());
                advance(ear.heard);
            }
        }
    }

    void run() {
        while (!stop.is_set()) {
            try {
                listen();
            } catch (const std::exception&) {
                // The next round tells whether the database is back.
            }
            stop.wait_for(look_every);
        }
    }
};

LogSignal::LogSignal(std::string database_url) : state_(std::make_unique<State>()) {
    state_->url = std::move(database_url);
    state_->thread = std::thread([raw = state_.get()] { raw->run(); });
}

LogSignal::~LogSignal() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stop.set();
    }
    state_->changed.notify_all();
    state_->thread.join();
}

std::int64_t LogSignal::head() const {
    const std::lock_guard lock(state_->mutex);
    return state_->head;
}

void LogSignal::advance(std::int64_t head) { state_->advance(head); }

std::int64_t LogSignal::wait_past(std::int64_t position, std::chrono::milliseconds limit) {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait_for(lock, limit,
                             [&] { return state_->head > position || state_->stop.is_set(); });
    return state_->head;
}

std::shared_ptr<void> LogSignal::subscribe(Listener listener) {
    const std::lock_guard lock(state_->listeners_mutex);
    const int id = state_->next_listener++;
    state_->listeners.emplace(id, std::move(listener));
    return {state_.get(), [id](State* state) {
                const std::lock_guard unsubscribe(state->listeners_mutex);
                state->listeners.erase(id);
            }};
}

} // namespace throughline
