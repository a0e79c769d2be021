#include "tests/support/kafka_broker.hpp"
#include "tests/support/wait.hpp"

#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace throughline {

using namespace std::chrono_literals;

KafkaBroker::KafkaBroker() : port_(free_port()) { start(); }

KafkaBroker::~KafkaBroker() { kill9(); }

std::string KafkaBroker::address() const { return "127.0.0.1:" + std::to_string(port_); }

void KafkaBroker::start() {
    const auto output = folder_.path() / "output";
    std::filesystem::remove(output);
    process_ = std::make_unique<ChildProcess>(
        ChildCommand{{THROUGHLINE_SOURCE_DIR "/script/kafka", "--port", std::to_string(port_),
                      "--data", (folder_.path() / "data").string()},
                     {}},
        output);
    const auto started = [&] {
        return !process_->running() ||
               text_of_file(output).find("Kafka Server started") != std::string::npos;
    };
    if (!wait_until(started, 180s) || !process_->running())
        throw std::runtime_error("Kafka did not start:\n" + text_of_file(output));
}

void KafkaBroker::stop() {
    process_->send(SIGTERM);
    process_->wait();
}

void KafkaBroker::kill9() {
    process_->send(SIGKILL);
    process_->wait();
}

std::string shared_kafka() {
    if (const char* address = std::getenv("THROUGHLINE_TEST_KAFKA")) return address;
    static const KafkaBroker own;
    return own.address();
}

} // namespace throughline
