#pragma once
#include "tests/support/http_client.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace throughline {

struct SunkRequest {
    std::string method;
    std::string target;
    HttpHeaders headers;
    std::string body;

    /// The first header of this name, in whatever case; empty where there is none.
    [[nodiscard]] std::string header(std::string_view name) const;
};

/// A server on loopback that takes one request a connection, remembers it, and answers what the
/// test says, byte by byte as it is.
class HttpSink {
  public:
    /// Called by the sink's thread. An empty answer lets the client wait until it gives up.
    using Answer = std::function<std::string(const SunkRequest&)>;

    explicit HttpSink(Answer answer, const std::string& address = "127.0.0.1");
    ~HttpSink();
    HttpSink(const HttpSink&) = delete;
    HttpSink& operator=(const HttpSink&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// http://<host>:<port><path>
    [[nodiscard]] std::string url(const std::string& path = "/",
                                  const std::string& host = "127.0.0.1") const;
    [[nodiscard]] std::vector<SunkRequest> requests() const;
    [[nodiscard]] std::size_t count() const;

  private:
    void run();
    void serve(int connection);

    Answer answer_;
    std::uint16_t port_ = 0; // told by what makes the listener
    int listener_;
    mutable std::mutex mutex_;
    std::vector<SunkRequest> requests_;
    std::thread thread_;
};

/// A response with a length.
[[nodiscard]] std::string http_answer(int status, const std::string& body = "",
                                      const std::string& more_headers = "");

} // namespace throughline
