#pragma once
#include "api/http.hpp"
#include "api/session/external_tokens.hpp"
#include "api/session/forgetful_map.hpp"
#include "api/session/tokens.hpp"
#include "handlers/identity/api_keys.hpp"
#include "handlers/identity/external_users.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace throughline {

/// Whom a request's token, ticket or key stands for.
struct Bearer {
    Claims claims;          // of a key: its maker's
    bool is_bound = false;  // counts in the tenant of its claims and no other
    bool sets_role = false; // the claim's role is in force, not the membership's
    std::optional<ApiKey> key = {};
};

/// Ways in beside our own tokens; each may be missing.
struct OtherWaysIn {
    const ExternalTokens* tokens = nullptr;
    ExternalUsers* users = nullptr; // with tokens
    ApiKeys* keys = nullptr;
};

/// Our own tokens, tickets on the event streams, tokens of an identity provider, API keys.
/// Remembers verified tokens until they expire, and keys until they are forgotten, 5 seconds at
/// most. Thread-safe; may block on the database and on the provider.
class Bearers {
  public:
    explicit Bearers(const Tokens& tokens, OtherWaysIn others = {})
        : tokens_(tokens), others_(others) {}

    /// `unauthenticated` where there is no valid one; `forbidden` and `unavailable` of tokens of an
    /// identity provider (ExternalUsers, ExternalTokens).
    [[nodiscard]] Result<Bearer> of(const Request& request);
    /// The key may have been deleted: looked up again at the next request.
    void forget_key(const Uuid& id);

  private:
    struct SeenKey {
        ApiKey key;
        std::chrono::steady_clock::time_point until;
    };
    [[nodiscard]] Result<Bearer> of_token(const std::string& token, const std::string& traceparent);
    [[nodiscard]] Result<Bearer> of_provider(const std::string& token,
                                             const std::string& traceparent);
    [[nodiscard]] Result<Bearer> of_key(const std::string& text);
    [[nodiscard]] std::optional<ApiKey> key(const std::string& text, Time at);

    const Tokens& tokens_;
    OtherWaysIn others_;
    std::mutex mutex_;
    std::uint64_t forgotten_ = 0; // how often; what was looked up before is not kept
    ForgetfulMap<std::string, Bearer> tokens_seen_{4096};
    ForgetfulMap<std::string, SeenKey> keys_seen_{4096};
};

} // namespace throughline
