#pragma once
#include "bus/database.hpp"
#include "bus/event_store.hpp"
#include "domain/result.hpp"
#include "handlers/commands.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace throughline {

/// A live key, as far as its own stream tells.
struct ApiKey {
    Uuid id;
    Uuid tenant;
    Uuid user; // whose key it is
    std::string name;
    std::string role;
    std::vector<std::string> scopes; // empty: all that the role may
    std::optional<Time> expires_at;
};

/// A key as lists show it.
struct ListedApiKey {
    Uuid id;
    std::int64_t version = 0;
    Record record; // of api_key_kind()
    std::string user_name;
    std::optional<Time> last_used_at;
};

/// Keys for programs: "tlk_" and 32 random bytes in base64url, of which the table `api_keys` keeps
/// the SHA-256 and nothing else: nobody guesses 256 bits, so that no slow hash is needed.
/// Thread-safe; every call blocks on the database.
class ApiKeys {
  public:
    ApiKeys(Database& system, EventStore& store, const RecordCommands& commands)
        : system_(system), store_(store), commands_(commands) {}

    struct Made {
        std::string key; // shown once
        Written written;
    };
    /// `fields` come from read_new_api_key. The key opens nothing before its event is in the log.
    [[nodiscard]] Result<Made> make(const CommandContext& context, const Uuid& user,
                                    JsonObject fields);
    /// `not_found` where the tenant has no such key.
    [[nodiscard]] Result<Written> remove(const CommandContext& context, const Uuid& id);

    /// The key with this text; nothing where it never was, was deleted, or has expired.
    [[nodiscard]] std::optional<ApiKey> find(const std::string& key, Time at);
    /// Notes that a key was used; written once a minute at most.
    void note_use(const Uuid& id, Time at);

    /// Keys of the tenant, the newest first, `limit` at most, before the key `before`.
    [[nodiscard]] std::vector<ListedApiKey> list(const Uuid& tenant, std::size_t limit,
                                                 const std::optional<Uuid>& before);
    [[nodiscard]] std::optional<ListedApiKey> show(const Uuid& tenant, const Uuid& id);
    /// Forgets keys without a stream after an hour.
    void sweep();

  private:
    Database& system_;
    EventStore& store_;
    const RecordCommands& commands_;
    std::mutex mutex_;
    std::unordered_map<Uuid, Time> noted_; // when the use of a key was last written
};

/// Whether a bearer token means to be one of these keys.
[[nodiscard]] bool looks_like_api_key(std::string_view token);

} // namespace throughline
