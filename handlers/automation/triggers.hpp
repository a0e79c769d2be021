#pragma once
#include "handlers/commands.hpp"

#include <optional>
#include <stdexcept>

namespace throughline {

/// What a webhook's sender calls its request, if anything.
struct HookDelivery {
    std::string id;           // webhook-id: with the same, it is the same, whatever it says
    Uuid command;             // of its Idempotency-Key
    std::string request_hash; // empty where it has no key, or an id
};

/// No trigger can be told: the log takes nothing for now.
class LogUnavailable : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Appends the events that start rules where no record changed (`automation_trigger`). Each is
/// known by what it is of, so that telling it twice appends it once. Thread-safe; blocks until it
/// is durable.
class AutomationTriggers {
  public:
    explicit AutomationTriggers(const RecordCommands& commands) : commands_(commands) {}

    void clock_rang(const Uuid& tenant, const Uuid& rule, Time at, int missed) const;
    /// `depth`: how many runs led to the record (`automation_depth`).
    void due_soon(const Uuid& tenant, const Uuid& rule, const StreamKey& record, Time due,
                  int depth) const;
    [[nodiscard]] Result<Written> webhook(const Uuid& tenant, const Uuid& rule, JsonObject payload,
                                          const HookDelivery& delivery) const;
    /// Somebody's word, about a record perhaps.
    [[nodiscard]] Result<PendingWrite> manual(CommandContext context, const Uuid& rule,
                                              const std::optional<StreamKey>& record,
                                              JsonObject payload) const;

  private:
    const RecordCommands& commands_;
};

/// The id of the trigger that says that a record is due soon.
[[nodiscard]] Uuid due_trigger_id(const Uuid& rule, const Uuid& record, Time due);

} // namespace throughline
