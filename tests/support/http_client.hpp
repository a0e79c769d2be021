#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace throughline {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpReply {
    int status = 0;
    HttpHeaders headers;
    std::string body;

    /// The first header of this name, in whatever case.
    [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

/// A blocking client with one connection that is kept open. Used by one thread at a time.
class HttpClient {
  public:
    /// `base` is scheme, host and port; `always` goes with every request.
    explicit HttpClient(std::string base, HttpHeaders always = {});
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;

    void set_header(const std::string& name, const std::string& value);
    /// `path` is sent as it is, with its query. Without a Content-Type a body is application/json.
    /// What is asked for as of a position (Throughline-Min-Position) is asked for again while the
    /// answer is that it is not reached yet, as a client does.
    /// Throws std::runtime_error when no answer comes: refused, reset or out of time.
    [[nodiscard]] HttpReply request(const std::string& method, const std::string& path,
                                    const std::optional<std::string>& body = std::nullopt,
                                    const HttpHeaders& headers = {});
    [[nodiscard]] HttpReply get(const std::string& path, const HttpHeaders& headers = {}) {
        return request("GET", path, std::nullopt, headers);
    }
    [[nodiscard]] HttpReply post(const std::string& path, const std::string& body,
                                 const HttpHeaders& headers = {}) {
        return request("POST", path, body, headers);
    }
    void set_timeout(std::chrono::milliseconds timeout) { timeout_ = timeout; }
    /// How long a position is asked for.
    void set_patience(std::chrono::milliseconds patience) { patience_ = patience; }

  private:
    struct Handle;
    HttpReply ask(const std::string& method, const std::string& url,
                  const std::optional<std::string>& body, const HttpHeaders& headers);
    std::string base_;
    HttpHeaders always_;
    std::unique_ptr<Handle> handle_;
    std::chrono::milliseconds timeout_ = std::chrono::seconds(90);
    std::chrono::milliseconds patience_ = std::chrono::seconds(60);
};

} // namespace throughline
