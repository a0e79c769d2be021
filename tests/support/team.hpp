#pragma once
#include "domain/id.hpp"
#include "tests/support/tenant.hpp"

#include <map>
#include <string>

namespace throughline {

/// A tenant on a server with one member of each role.
class Team {
  public:
    explicit Team(TestServer& server, const std::string& name = "acme");
    /// For the server: tests of many requests are no flood.
    [[nodiscard]] static Environment environment() { return {{"THROUGHLINE_RATE_LIMITS", "off"}}; }

    /// Sends the token of the member of that role.
    [[nodiscard]] HttpClient& as(const std::string& role) { return members_.at(role).client; }
    [[nodiscard]] const Uuid& id_of(const std::string& role) const { return members_.at(role).id; }
    [[nodiscard]] const std::string& token_of(const std::string& role) const {
        return members_.at(role).token;
    }
    [[nodiscard]] const Uuid& tenant() const { return tenant_; }
    /// Gives the role's member another role, or takes all access away.
    void change_role(const std::string& of, const std::string& role);
    void deactivate(const std::string& role);
    /// Sets record_visibility to own.
    void hide_others();

    /// Creates a record; its id.
    [[nodiscard]] std::string create(const std::string& role, const std::string& plural,
                                     JsonObject fields);

  private:
    struct Member {
        Uuid id;
        std::string token;
        HttpClient client;
    };
    void add(const std::string& role);
    void take(const std::string& role, const HttpReply& session);
    void change(const std::string& path, JsonObject patch);

    std::string url_;
    std::string name_;
    Uuid tenant_;
    std::map<std::string, Member> members_;
};

} // namespace throughline
