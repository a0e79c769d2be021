#pragma once
#include "api/http_server.hpp"
#include "api/upgrade.hpp"
#include "tests/api/test_routes.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/raw_connection.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wait.hpp"

#include <condition_variable>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

namespace throughline {

using namespace std::chrono_literals;

/// Pieces handed in by the test; waits for more until it is shut down.
class Feed {
  public:
    void add(std::string text) {
        const std::lock_guard lock(mutex_);
        texts_.push_back(std::move(text));
        if (wake_) wake_();
    }
    /// What was added is all.
    void end() {
        is_over_ = true;
        add("");
    }
    class Stream : public BodyStream {
      public:
        explicit Stream(Feed& feed) : feed_(feed) { ++feed_.open; }
        ~Stream() override { --feed_.open; }
        Piece next() override {
            const std::lock_guard lock(feed_.mutex_);
            if (is_ending_) return {"closed", true, 503};
            std::string out;
            for (; next_ < feed_.texts_.size(); ++next_) out += feed_.texts_[next_];
            return {std::move(out), feed_.is_over_};
        }
        void on_more(std::function<void()> wake) override {
            const std::lock_guard lock(feed_.mutex_);
            feed_.wake_ = wake;
            if (next_ < feed_.texts_.size()) wake();
        }
        std::chrono::milliseconds max_wait() const override { return 60s; }
        void shut_down() override { is_ending_ = true; }

      private:
        Feed& feed_;
        std::size_t next_ = 0;
        std::atomic<bool> is_ending_ = false;
    };
    std::atomic<int> open = 0;

  private:
    std::mutex mutex_;
    std::vector<std::string> texts_;
    std::function<void()> wake_;
    std::atomic<bool> is_over_ = false;
};

/// Bytes without end.
struct Flood : BodyStream {
    explicit Flood(std::atomic<std::size_t>& count) : sent(count) {}
    Piece next() override { return {std::string(64 << 10, 'x'), ++sent == 10'000}; }
    std::atomic<std::size_t>& sent;
};

/// Holds a handler until the test lets it go.
struct Gate {
    void open() {
        const std::lock_guard lock(mutex);
        is_open = true;
        changed.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex);
        ++waiting;
        changed.wait(lock, [this] { return is_open; });
    }
    std::mutex mutex;
    std::condition_variable changed;
    bool is_open = false;
    std::atomic<int> waiting = 0;
};

/// An export of one piece, which waits at the gate.
struct GatedExport : BodyStream {
    explicit GatedExport(Gate& held_by) : gate(held_by) {}
    bool reads_model() const override { return true; }
    Piece next() override {
        gate.pass();
        return {"exported", true};
    }
    Gate& gate;
};

/// An export whose pieces are far too heavy.
struct HeavyExport : BodyStream {
    bool reads_model() const override { return true; }
    Piece next() override { return {std::string(24U << 20, 'z'), true}; }
};

/// An answer that is there at once, and holds something until its end.
class Claiming : public PendingResponse {
  public:
    explicit Claiming(std::atomic<int>& claims) : claims_(claims) { ++claims_; }
    ~Claiming() override {
        std::this_thread::sleep_for(5ms); // long enough for an answer sent too early to arrive
        --claims_;
    }
    void on_ready(std::function<void()> callback) override { callback(); }
    Result<Response> finish() override { return json_response(200, "told"); }

  private:
    std::atomic<int>& claims_;
};

struct ServerFixture {
    using Adjust = void (*)(HttpServerOptions&);
    explicit ServerFixture(
        const Certificate* tls = nullptr, Adjust adjustment = [](HttpServerOptions&) {})
        : certificate(tls), adjust(adjustment) {}

    const Certificate* certificate; // none: plain HTTP
    Adjust adjust;
    FakeAuthenticator authenticator;
    FakePositions positions;
    TemporaryFolder folder;
    Feed feed;
    Gate gate;
    std::atomic<std::size_t> flooded = 0;
    std::atomic<int> claims = 0;
    Denials denials;
    Application application{routes(), authenticator, positions, denials, manners()};
    HttpServer server{application, options()};
    std::thread thread{[this] { server.run(); }};

    ~ServerFixture() {
        gate.open();
        server.begin_stop();
        if (thread.joinable()) thread.join();
    }

    /// X-Forwarded-For says whose a request is.
    static ApplicationOptions manners() {
        ApplicationOptions out;
        out.proxies = {"127.0.0.1"};
        return out;
    }

    HttpServerOptions options() const {
        HttpServerOptions out;
        out.port = 0;
        if (certificate != nullptr) {
            out.tls_certificate = certificate->file();
            out.tls_key = certificate->key();
        }
        out.workers = 4;
        out.readers = 2;
        out.spool_folder = folder.path() / "spool";
        out.head_timeout = 1500ms;
        out.body_timeout = 1500ms;
        out.idle_timeout = 20s;
        out.write_timeout = 1s;
        out.body_memory = 4U << 20;
        out.answer_memory = 40U << 20;
        out.drain_patience = 2s;
        out.shutdown_timeout = 20s;
        adjust(out);
        return out;
    }

    Routes routes() {
        Routes out;
        out.push_back(test_route("GET", "/hello", answering("hello")));
        out.push_back(test_route("GET", "/instant", answering("instant")));
        out.back().waits_for_nothing = true;
        out.push_back(test_route("POST", "/echo", echo));
        out.back().body.form = BodyRule::Form::json;
        out.push_back(test_route("GET", "/large", answering(std::string(300'000, 'y'))));
        out.push_back(test_route("GET", "/huge", answering(std::string(24U << 20, 'z'))));
        out.push_back(test_route("GET", "/gate", [this](const Request&) -> Result<Response> {
            gate.pass();
            return json_response(200, "passed");
        }));
        out.push_back(test_route("GET", "/model", [this](const Request&) -> Result<Response> {
            gate.pass();
            return json_response(200, "passed");
        }));
        out.back().projection = "model";
        out.push_back(test_route("GET", "/pending", [this](const Request&) -> Result<Response> {
            Response response;
            response.pending = std::make_unique<Claiming>(claims);
            return response;
        }));
        out.push_back(test_route("GET", "/feed", [this](const Request&) -> Result<Response> {
            Response response;
            response.stream = std::make_unique<Feed::Stream>(feed);
            return response;
        }));
        out.push_back(test_route("GET", "/flood", [this](const Request&) -> Result<Response> {
            Response response;
            response.stream = std::make_unique<Flood>(flooded);
            return response;
        }));
        out.push_back(test_route("GET", "/export", [this](const Request&) -> Result<Response> {
            Response response;
            response.stream = std::make_unique<GatedExport>(gate);
            return response;
        }));
        out.push_back(test_route("GET", "/heavy", [](const Request&) -> Result<Response> {
            Response response;
            response.stream = std::make_unique<HeavyExport>();
            return response;
        }));
        for (const auto permission : {Permission::records_read, Permission::audit_read}) {
            const std::string path = permission == Permission::records_read ? "/ws" : "/ws/admin";
            out.push_back(test_route(
                "GET", path,
                [this](const Request& request) -> Result<Response> {
                    if (auto fault = fault_of_upgrade(request)) return std::move(*fault);
                    if (!request.principal) return websocket_response();
                    if (request.parameter("flood"))
                        return websocket_response(std::make_unique<Flood>(flooded));
                    return websocket_response(std::make_unique<Feed::Stream>(feed));
                },
                permission));
            out.back().is_websocket = true;
            out.back().query = {
                {"flood", JsonObject{{"type", "integer"}}, "Messages without end."}};
        }
        out.push_back(test_route(
            "POST", "/upload",
            [](const Request& request) -> Result<Response> {
                const auto size = std::filesystem::file_size(*request.upload);
                std::filesystem::remove(*request.upload);
                return json_response(200, std::to_string(size) + " " + request.upload_hash);
            },
            Permission::records_read));
        out.back().body = {BodyRule::Form::upload, "", {"text/csv"}, 3U << 20};
        return out;
    }

    /// Sends one request alone and gives back all that comes until the server closes.
    std::string alone(const std::string& request) {
        RawConnection connection(server.port());
        connection.send(request);
        return connection.read_to_end();
    }
};

inline std::string get(const std::string& path, const std::string& more = "") {
    return "GET /api" + path + " HTTP/1.1\r\nHost: test\r\n" + more + "\r\n";
}

inline std::string post(const std::string& path, const std::string& body,
                        const std::string& more = "") {
    return "POST /api" + path +
           " HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
}

inline bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

inline bool starts(const std::string& text, std::string_view status) {
    return text.starts_with("HTTP/1.1 " + std::string(status));
}

/// Requests sent ahead, numbered from 0, and whether their answers come in that order.
inline std::string numbered_requests(int count) {
    std::string requests;
    for (int i = 0; i < count; ++i)
        requests += "\r\n" + post("/echo", R"({"n":)" + std::to_string(i) + "}");
    return requests;
}
inline bool are_in_order(const std::string& answers, int count) {
    std::size_t at = 0;
    for (int i = 0; i < count && at != std::string::npos; ++i)
        at = answers.find(R"({"n":)" + std::to_string(i) + "}", at);
    return at != std::string::npos;
}

inline const std::string closing = "Connection: close\r\n";

} // namespace throughline
