#pragma once
#include "api/application.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace throughline {

struct HttpServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080; // 0: any free one
    std::size_t workers = 128;
    std::size_t readers = 12; // workers for read models: as many as there are connections for them
    std::size_t max_connections = 12'000;               // fewer where too few files may be open
    std::filesystem::path tls_certificate;              // a chain in PEM; empty: plain HTTP
    std::filesystem::path tls_key;                      // in PEM
    std::filesystem::path spool_folder = ".data/spool"; // of uploads; made when first needed
    std::uint32_t head_limit = 16U << 10;               // request line and headers
    std::size_t body_memory = 256U << 20;               // of bodies; a quarter an address
    std::size_t answer_memory = 256U << 20;             // of large answers; an eighth a caller
    std::size_t drain_bytes = 4U << 20;                 // of a body that is refused
    std::chrono::milliseconds drain_patience = std::chrono::seconds(2);
    std::chrono::milliseconds idle_timeout = std::chrono::seconds(75); // between requests
    std::chrono::milliseconds head_timeout = std::chrono::seconds(30); // whole
    std::chrono::milliseconds body_timeout =
        std::chrono::seconds(60); // whole; of uploads each 256 KiB
    std::chrono::milliseconds write_timeout = std::chrono::seconds(10); // without progress
    std::chrono::milliseconds shutdown_timeout = std::chrono::seconds(10);
    /// Called once drained or out of time, before the workers are joined: ends what they may wait
    /// for without end.
    std::function<void()> on_drained = [] {};
};

/// HTTP/1.1 over TCP or TLS: coroutines on one I/O thread, handlers on workers. Answers come in the
/// order of the requests, also to those sent ahead.
class HttpServer {
  public:
    /// Listens from now on. Throws std::runtime_error where the port is taken, or the address, the
    /// certificate or the key is wrong.
    HttpServer(Application& application, HttpServerOptions options);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    /// Serves on this thread until it is stopped and drained. SIGINT and SIGTERM stop it where
    /// `until_signal` is set; with TLS, SIGHUP then has it read certificate and key again.
    void run(bool until_signal = false);
    /// Drains: takes no more connections and requests, finishes those under way, ends streams.
    /// Thread-safe; returns at once.
    void begin_stop();
    /// Thread-safe.
    [[nodiscard]] bool is_draining() const;

  private:
    class Session;
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace throughline
