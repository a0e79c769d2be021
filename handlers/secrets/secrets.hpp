#pragma once
#include "bus/database.hpp"
#include "domain/id.hpp"
#include "handlers/secrets/key_ring.hpp"

#include <optional>
#include <set>
#include <string>

namespace throughline {

/// Secrets of tenants that we must be able to say again to somebody else: what signs their
/// webhooks, what opens their integrations. The table `secrets` keeps them sealed; a name says what
/// a secret is for ("webhook/<id>"), the nil tenant stands for the server's own. Never an event.
/// Thread-safe; every call blocks on the database.
class Secrets {
  public:
    Secrets(Database& system, const KeyRing& ring) : system_(system), ring_(ring) {}

    /// Adds it, or takes the place of the one of that name.
    void put(const Uuid& tenant, const std::string& name, std::string_view secret);
    /// Keeps this one where there is none of that name; what is kept.
    [[nodiscard]] std::string get_or_keep(const Uuid& tenant, const std::string& name,
                                          std::string_view secret);
    /// Nothing where there is none. Throws std::runtime_error, naming the secret and its key, where
    /// there is one that the ring does not open.
    [[nodiscard]] std::optional<std::string> get(const Uuid& tenant, const std::string& name);

    struct Resealed {
        std::size_t count = 0;
        std::size_t unopened = 0; // left as they are: the ring does not open them
    };
    /// Seals anew whatever another key than the ring's first has sealed. What is changed meanwhile
    /// stays as it was changed; interrupted, the next call goes on.
    [[nodiscard]] Resealed reseal();
    /// Ids of keys that have sealed something and are not on the ring.
    [[nodiscard]] std::set<std::string> missing_keys();

  private:
    Database& system_;
    const KeyRing& ring_;
};

} // namespace throughline
