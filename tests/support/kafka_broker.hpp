#pragma once
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace throughline {

/// An Apache Kafka broker of the test's own on a free loopback port. Started by the constructor;
/// topics are never created by being named.
class KafkaBroker {
  public:
    KafkaBroker();
    ~KafkaBroker();

    /// host:port, the same after every start.
    [[nodiscard]] std::string address() const;
    /// Returns when it serves; keeps the data of earlier starts.
    void start();
    void stop();
    void kill9();

  private:
    TemporaryFolder folder_;
    std::uint16_t port_;
    std::unique_ptr<ChildProcess> process_;
};

/// The address of a broker that many tests use, each with topics of its own and none stopping it:
/// THROUGHLINE_TEST_KAFKA, else one started at the first call.
[[nodiscard]] std::string shared_kafka();

} // namespace throughline
