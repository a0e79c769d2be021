#include "tests/support/bystander.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace throughline {

using Clock = std::chrono::steady_clock;

Bystander::Bystander(TestServer& server, const std::string& email)
    : client_(server.new_tenant(email)), thread_([this] { work(client_); }) {}

Bystander::~Bystander() {
    stopping_ = true;
    thread_.join();
}

void Bystander::work(HttpClient& client) {
    const auto note = [this](const std::string& fault) {
        const std::lock_guard lock(mutex_);
        if (fault_.empty()) fault_ = fault;
    };
    for (std::size_t round = 0; !stopping_; ++round) {
        const auto began = Clock::now();
        try {
            const bool writes = round % 8 == 0;
            const HttpReply reply = writes ? client.post("/api/contacts", R"({"name":"Honest"})")
                                           : client.get("/api/contacts?limit=1");
            if (reply.status == (writes ? 201 : 200))
                ++served_;
            else
                note(std::to_string(reply.status) + " " + reply.body);
        } catch (const std::runtime_error& fault) {
            note(fault.what());
        }
        longest_ = std::max(
            longest(), std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began));
    }
}

bool Bystander::is_served(std::size_t more) const {
    const std::size_t before = served_;
    return wait_until([&] { return served_ >= before + more; });
}

std::string Bystander::fault() const {
    const std::lock_guard lock(mutex_);
    return fault_;
}

std::size_t peak_memory(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string word; status >> word;)
        if (word == "VmHWM:") {
            std::size_t kilobytes = 0;
            status >> kilobytes;
            return kilobytes / 1024;
        }
    throw std::runtime_error("the process is gone");
}

void check_unharmed(TestServer& server) {
    REQUIRE(server.process().process().running());
    CHECK(server.anonymous().get("/health").status == 200);
    CHECK(peak_memory(server.process().process().id()) < memory_bound);
    const std::string log = server.process().output();
    CHECK_MESSAGE(log.find("\"level\":\"error\"") == std::string::npos, log);
}

} // namespace throughline
