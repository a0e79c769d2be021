#include "bus/lease.hpp"

#include "bus/database.hpp"
#include "bus/stop_flag.hpp"

#include <pqxx/pqxx>

#include <atomic>
#include <chrono>
#include <thread>

namespace throughline {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {
constexpr auto ping_every = 2s;
constexpr auto trusted_for = 8s; // less than the server's idle_session_timeout
} // namespace

struct Lease::Session {
    Connection connection;
    std::atomic<Clock::time_point> pinged{};
    std::atomic<bool> alive = false;
    StopFlag stop;
    std::thread pings;

    ~Session() {
        stop.set();
        if (pings.joinable()) pings.join();
    }

    bool trusted() const { return alive && Clock::now() - pinged.load() < trusted_for; }

    void ping() {
        const auto asked = Clock::now();
        pqxx::nontransaction(*connection).exec("select 1");
        pinged = asked;
    }

    void keep_alive() {
        while (!stop.wait_for(ping_every)) {
            try {
                if (trusted())
                    ping();
                else
                    alive = false;
            } catch (const std::exception&) {
                alive = false;
            }
            if (!alive) return;
        }
    }
};

Lease::Lease(std::string database_url, std::string name)
    : database_url_(std::move(database_url)), name_(std::move(name)) {}

Lease::~Lease() = default;

bool Lease::acquire() {
    if (held()) return true;
    release();
    auto session = std::make_unique<Session>();
    session->pinged = Clock::now();
    session->connection = connect(database_url_, Role::system);
    {
        pqxx::nontransaction ask(*session->connection);
        ask.exec("set idle_session_timeout = '10s'");
        const auto got = ask.exec_params("select pg_try_advisory_lock(hashtextextended($1, 0))",
                                         "throughline/" + name_);
        if (!got[0][0].as<bool>()) return false;
    }
    session->alive = true;
    session->pings = std::thread([raw = session.get()] { raw->keep_alive(); });
    session_ = std::move(session);
    return true;
}

bool Lease::held() const { return session_ && session_->trusted(); }

void Lease::release() { session_.reset(); }

} // namespace throughline
