#pragma once
#include "bus/event_store.hpp"
#include "domain/record/kind.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace throughline {

/// The stream that holds what a tenant adds to the declaration of a kind.
[[nodiscard]] StreamKey custom_fields_stream(const Uuid& tenant, const Kind& kind);

/// Kinds as a tenant has them: with its custom fields and further choices, the stages of its
/// pipeline and its currency. Kept in memory until one of them changes. Thread-safe; `of` blocks on
/// the database where it is not kept.
class TenantKinds {
  public:
    TenantKinds(EventStore& store, const Registry& registry) : store_(store), registry_(registry) {}

    /// A kind that is not the registry's comes back as it is, and must live as long as the answer.
    [[nodiscard]] std::shared_ptr<const Kind> of(const Uuid& tenant, const Kind& kind);
    /// All of the registry.
    [[nodiscard]] Registry registry_of(const Uuid& tenant);

    void see(const StoredEvent& event);
    void forget(const Uuid& tenant);

  private:
    [[nodiscard]] Kind load(const Uuid& tenant, const Kind& kind) const;

    EventStore& store_;
    const Registry& registry_;
    std::mutex mutex_;
    std::uint64_t forgotten_ = 0;
    std::map<std::pair<Uuid, std::string>, std::shared_ptr<const Kind>> kept_;
};

} // namespace throughline
