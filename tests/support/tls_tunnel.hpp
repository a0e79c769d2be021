#pragma once
#include <cstdint>
#include <memory>
#include <string>

namespace throughline {

/// Lets clients of plain TCP talk to a server of TLS on 127.0.0.1: what comes on `port()` goes on
/// encrypted, and back. The end of either side ends the other.
class TlsTunnel {
  public:
    explicit TlsTunnel(std::uint16_t server);
    ~TlsTunnel();
    TlsTunnel(const TlsTunnel&) = delete;
    TlsTunnel& operator=(const TlsTunnel&) = delete;

    [[nodiscard]] std::uint16_t port() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace throughline
