#pragma once
#include "handlers/commands.hpp"

#include <string>

namespace throughline {

/// A tenant's own fields and further choices, a list for each kind of record. Thread-safe; blocks
/// on the database.
class CustomFields {
  public:
    CustomFields(EventStore& store, const RecordCommands& commands, const Registry& registry,
                 TenantKinds& kinds)
        : store_(store), commands_(commands), registry_(registry), kinds_(kinds) {}

    struct Changed {
        Written written;
        JsonObject field; // as it is now; of a removal as it was
    };

    /// In the order in which they were added.
    [[nodiscard]] JsonArray list(const Uuid& tenant, const Kind& kind) const;
    /// `body` as check_custom_field takes it. Refused (conflict) where the key is in use.
    [[nodiscard]] Result<Changed> add(const CommandContext& context, const Kind& kind,
                                      const Json& body) const;
    /// A merge patch of label, required or choices; key and type stay.
    [[nodiscard]] Result<Changed> change(const CommandContext& context, const Kind& kind,
                                         const std::string& key, const Json& patch) const;
    /// Values that records have stay in their metadata, and choices of the kind's own fields are
    /// known as such that were.
    [[nodiscard]] Result<Changed> remove(const CommandContext& context, const Kind& kind,
                                         const std::string& key) const;

  private:
    /// What becomes of a list of definitions, and the one concerned, which has that key.
    using Edit = std::function<Result<JsonObject>(JsonArray& fields)>;
    [[nodiscard]] Result<Changed> edit(const CommandContext& context, const Kind& kind,
                                       const std::string& field_key, const Edit& edit) const;

    EventStore& store_;
    const RecordCommands& commands_;
    const Registry& registry_;
    TenantKinds& kinds_;
};

} // namespace throughline
