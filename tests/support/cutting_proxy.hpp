#pragma once
#include <cstdint>
#include <memory>
#include <string>

namespace throughline {

/// Stands between a server and PostgreSQL, passes on what they say, and cuts a connection after
/// PostgreSQL has committed an append and before its answer arrives.
class CuttingProxy {
  public:
    /// `url` is a cluster's on a Unix socket.
    explicit CuttingProxy(const std::string& url);
    ~CuttingProxy();
    CuttingProxy(const CuttingProxy&) = delete;
    CuttingProxy& operator=(const CuttingProxy&) = delete;

    /// The same login and database by way of the proxy.
    [[nodiscard]] std::string url() const;
    /// The next append's answer does not arrive.
    void cut_next();
    /// How many were cut.
    [[nodiscard]] int cuts() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace throughline
