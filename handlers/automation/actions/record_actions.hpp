#pragma once
#include "handlers/automation/effect.hpp"
#include "handlers/commands.hpp"

#include <string>

namespace throughline {

/// The actions that write records: through the commands that the API's writes take, with the
/// rights of the rule's owner. What was written is the output: {"id", "kind", and the fields}.
/// Thread-safe.
class RecordActions {
  public:
    RecordActions(EventStore& store, const RecordCommands& commands, const Registry& registry)
        : store_(store), commands_(commands), registry_(registry) {}

    /// Creates a record of what `parameter` holds. It refers to the run's subject where the kind
    /// has such a reference and the data does not say another.
    [[nodiscard]] EffectResult create(const Effect& effect, const std::string& kind,
                                      std::string_view parameter) const;
    [[nodiscard]] EffectResult create(const Effect& effect, const std::string& kind, Json data,
                                      std::string_view pointer) const;
    /// {title, description?, due_date?, assignee?, priority?, project_id?}
    [[nodiscard]] EffectResult create_task(const Effect& effect) const;
    /// {id?, changes}: of the run's subject where no id is given.
    [[nodiscard]] EffectResult update(const Effect& effect, const std::string& kind) const;
    /// {entity_id, new_status, entity_type?}: of a deal the stage.
    [[nodiscard]] EffectResult update_status(const Effect& effect) const;

  private:
    [[nodiscard]] EffectResult change(const Effect& effect, const Kind& kind, const Uuid& id,
                                      const Json& changes, std::string_view pointer) const;
    void refer_to_subject(const RunFacts& run, const Kind& kind, JsonObject& data) const;
    [[nodiscard]] const Kind* kind_with(const RunFacts& run, const Uuid& id) const;

    EventStore& store_;
    const RecordCommands& commands_;
    const Registry& registry_;
};

} // namespace throughline
