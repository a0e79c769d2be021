#pragma once
#include "domain/identity/caller.hpp"
#include "domain/json.hpp"
#include "domain/time.hpp"
#include "handlers/record_task.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace throughline {

/// What every action of a run may want to know.
struct RunFacts {
    Uuid tenant;
    Uuid run;
    Uuid rule;
    std::string rule_name;
    std::string trigger_type;         // "contact.created", "cron", "webhook", "manual"
    Caller owner;                     // whose rights the rule has: its owner's
    std::optional<StreamKey> subject; // the record that the event is about
    StoredEvent event;                // what triggered the rule

    /// Of what an action appends to the log: channel automation, caused by the event.
    [[nodiscard]] Origin origin() const;
};

/// One action of one run, to be done now.
struct Effect {
    Uuid id; // the same at every attempt: Idempotency-Key, message id, id of what is made
    const RunFacts& run;
    std::string type;      // "email.send": an action type's first name
    JsonObject parameters; // rendered
};

/// It is done; later actions see the output as `actions.<index>`.
struct Done {
    Json output;
};
/// It did not work. A transient failure is tried again, after `retry_after` where the other side
/// said so.
struct Failed {
    std::string detail; // without secrets
    bool is_transient = false;
    std::optional<std::chrono::seconds> retry_after = {};
    Json output = {}; // what came back all the same
};
/// It is done at that time, and what follows not before.
struct DoneAt {
    Time time;
};
using EffectResult = std::variant<Done, Failed, DoneAt>;

/// Does one type of action; blocks, ten seconds at most. Thread-safe. What it throws counts as a
/// transient failure. Attempts of one effect may follow one another, even after one that worked
/// unseen: what it makes must be the same then.
using Perform = std::function<EffectResult(const Effect&)>;

/// By the first name of their type.
using Actions = std::map<std::string, Perform, std::less<>>;

/// The same, with something to do for each type that rules are saved with. Throws where one has
/// nothing: each of its runs would fail.
[[nodiscard]] Actions complete(Actions actions);

} // namespace throughline
