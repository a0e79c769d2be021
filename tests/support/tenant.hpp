#pragma once
#include "domain/json.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/server_process.hpp"

#include <string>
#include <vector>

namespace throughline {

/// The real server on a fresh database, with whatever environment the test adds.
class TestServer {
  public:
    explicit TestServer(Environment extra = {});
    [[nodiscard]] ServerProcess& process() { return *process_; }
    [[nodiscard]] std::string url() const { return process_->url(); }
    [[nodiscard]] TestDatabase& database() { return database_; }
    /// A client that sends no token.
    [[nodiscard]] HttpClient anonymous() const { return HttpClient(url()); }
    /// Registers a tenant and its owner; the client sends the owner's token.
    [[nodiscard]] HttpClient new_tenant(const std::string& email = "owner@example.com") const;
    /// As if every Idempotency-Key had been used so many hours ago.
    void age_keys(int hours) const;

  private:
    TestDatabase database_;
    std::unique_ptr<ServerProcess> process_;
};

/// Registers a tenant and its owner; the owner's access token.
[[nodiscard]] std::string register_owner(const std::string& url,
                                         const std::string& email = "owner@example.com");
/// A reply's body, which must be JSON; an empty body is null.
[[nodiscard]] Json body_of(const HttpReply& reply);
/// The code of a problem's first error, with its pointer or parameter: "unknown_field /nmae".
[[nodiscard]] std::string first_error(const HttpReply& reply);
/// What a POST to a path creates; fails the test where that is refused.
Json create_record(HttpClient& client, const std::string& path, const std::string& body);
/// The same of a contact.
[[nodiscard]] Json create_contact(HttpClient& client, const std::string& body);
/// The tenant's pipeline: these stages, won and lost. Without open ones a new deal is in none.
void set_open_stages(HttpClient& client, const std::vector<std::string>& keys);

} // namespace throughline
