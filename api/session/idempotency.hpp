#pragma once
#include "api/http.hpp"
#include "handlers/commands.hpp"

#include <mutex>
#include <unordered_set>

namespace throughline {

/// Idempotency-Key: the command id is derived from tenant, caller and key, so that the log itself
/// knows a repeated request; here it is only seen to that two do not run at once. What is kept of a
/// request is a keyed hash, from which nobody can guess a password in its body. Thread-safe.
class IdempotencyKeys {
  public:
    /// The `secret` that all servers of the database share, as the one of tokens.
    explicit IdempotencyKeys(std::string secret) : secret_(std::move(secret)) {}

    /// A request's command id while it runs; given back at the end of its scope.
    class Claim {
      public:
        Claim(IdempotencyKeys& keys, Uuid id, std::string hash)
            : keys_(&keys), command_id_(id), request_hash_(std::move(hash)) {}
        Claim(Claim&& other) noexcept;
        Claim& operator=(Claim&&) = delete;
        ~Claim();
        [[nodiscard]] const Uuid& command_id() const { return command_id_; }
        /// Empty where the request has no key.
        [[nodiscard]] const std::string& request_hash() const { return request_hash_; }

      private:
        IdempotencyKeys* keys_;
        Uuid command_id_;
        std::string request_hash_;
    };

    /// A fresh command id, or the key's. A malformed key is 400; one that still runs 409.
    [[nodiscard]] Result<Claim> claim(const Request& request);
    /// The same where nobody is signed in: `caller` is who they are taken for.
    [[nodiscard]] Result<Claim> claim(const Request& request, const Uuid& tenant,
                                      std::string_view caller);

  private:
    const std::string secret_;
    std::mutex mutex_;
    std::unordered_set<Uuid> running_;
};

/// 409: another request with this key is at work.
[[nodiscard]] Rejection key_is_running();

/// What a command needs to know of the request that asks for it, with its If-Match.
[[nodiscard]] Result<CommandContext> command_context(const Request& request,
                                                     const IdempotencyKeys::Claim& claim);

} // namespace throughline
