#pragma once
#include "bus/event_store.hpp"
#include "domain/record/change.hpp"
#include "handlers/commands.hpp"

#include <string_view>
#include <vector>

namespace throughline {

/// A draft whose references are all ids that exist, and the records that must be created with it.
struct Resolved {
    JsonObject values;
    std::vector<StreamWrite> created;
};

/// Why a name is refused that several records have, where none is guessed.
inline constexpr std::string_view shared_name = "Several have this name: none is meant by it.";

/// Looks up what a draft refers to. An id must name a live record of the tenant that the caller
/// sees, as if there were no others; a name links the record that bears it, or plans one where the
/// field says so (an organization of that name, under an id derived from tenant and name, so that
/// two commands at once cannot make two). The id of a merged record stands for the one it was
/// merged into. References equal to `before`'s are not looked up again.
class ReferenceResolver {
  public:
    ReferenceResolver(EventStore& store, const Registry& registry)
        : store_(store), registry_(registry) {}

    [[nodiscard]] Result<Resolved> resolve(const CommandContext& context, Time now,
                                           const Kind& kind, const Draft& draft,
                                           const JsonObject& before) const;

  private:
    struct Found {
        Uuid id;
        std::optional<StreamWrite> created;
    };
    void resolve_field(const CommandContext& context, Time now, const Field& field,
                       const Draft& draft, const JsonObject& before, Resolved& resolved,
                       std::vector<FieldError>& errors) const;
    void check_custom(const CommandContext& context, const Kind& kind, JsonObject& values,
                      const JsonObject& before, std::vector<FieldError>& errors) const;
    [[nodiscard]] std::optional<FieldError> check_ids(const CommandContext& context,
                                                      const Field& field, const JsonObject& values,
                                                      const JsonObject& before) const;
    [[nodiscard]] Result<Json> ids_of_names(const CommandContext& context, Time now,
                                            const Field& field, const JsonArray& names) const;
    [[nodiscard]] std::optional<FieldError> check_id(const CommandContext& context,
                                                     const Field& field, JsonObject& values,
                                                     const JsonObject& names,
                                                     const JsonObject& before) const;
    [[nodiscard]] Result<Found> find_by_name(const CommandContext& context, Time now,
                                             const Field& field, const std::string& name) const;
    /// All that the name may mean, the first at the front.
    [[nodiscard]] std::vector<Uuid> existing(const CommandContext& context, const Field& field,
                                             const std::string& name) const;
    /// The head of what the id stands for now.
    [[nodiscard]] StreamHead stands_for(const CommandContext& context, const Field& field,
                                        const std::string& id) const;
    [[nodiscard]] bool can_be_meant(const CommandContext& context, const StreamHead& head) const;
    [[nodiscard]] Found plan(const CommandContext& context, Time now, const Kind& kind,
                             const std::string& name) const;

    EventStore& store_;
    const Registry& registry_;
};

/// Whether a reference may name it: it is live (of users: active), and the caller sees it.
[[nodiscard]] bool can_be_meant(const Caller& caller, const Registry& registry,
                                const StreamHead& head);

/// The stream write that these record events make: ids given, state folded, expected version kept.
[[nodiscard]] StreamWrite to_write(const Uuid& tenant, const Kind& kind, const Uuid& id,
                                   Record& record, const RecordEvents& events, Time now);

} // namespace throughline
