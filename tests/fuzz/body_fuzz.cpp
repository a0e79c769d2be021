#include "bus/ids.hpp"
#include "bus/memory_event_store.hpp"
#include "domain/record/value.hpp"
#include "domain/record/view.hpp"
#include "handlers/commands.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <array>

namespace throughline::fuzz {
namespace {

const Uuid user = uuid_of("0190a7c0-0000-7000-8000-0000000000ad");
const Time monday = *parse_rfc3339("2026-03-02T09:00:00Z");

void check_record(const Kind& kind, const Record& record) {
    demand(record_from_state(kind, state_text(kind, record), record.version, record.deleted) ==
               record,
           "the head state gives the record back");
    demand(to_text(*record.fields.find("metadata")).size() <= max_metadata_bytes,
           "metadata keeps its size");
    const auto nameless = [](std::string_view, const Uuid&) { return std::string_view(); };
    const Json answer =
        parse_json(record_json(kind, user, record.version, state_text(kind, record), nameless));
    const auto again = check_update(kind, answer);
    demand(again.has_value(), "an answer is a body that a PUT takes");
    const auto events = decide_update(kind, record, again->values);
    demand(events.has_value() && events->empty(), "an answer sent back changes nothing");
}

/// Folds what was decided, and back again by what each event says was before.
Record after(const Kind& kind, const Record& record, const RecordEvents& events) {
    demand(events.size() <= kind.fields.size(), "a write is a few events");
    Record folded = record;
    for (const RecordEvent& event : events) {
        demand_readable(Json(event.data));
        evolve(folded, event.type, event.data, monday);
    }
    Record back = folded;
    for (const RecordEvent& event : events)
        if (const Json* const before = event.data.find("before"); before != nullptr)
            evolve(back, event.type, {{"after", *before}}, monday);
    demand(record.version == 0 || back.fields == record.fields,
           "before leads back to where a change came from");
    return folded;
}

/// The rules alone: `record` takes one body after the other.
void decide(const Kind& kind, Record& record, const Json& body) {
    const bool creates = record.version == 0;
    const auto draft = creates ? check_create(kind, body) : check_update(kind, body);
    if (!draft) return demand_lawful(draft.error());
    const auto events = creates ? Result<RecordEvents>(decide_create(kind, draft->values, user))
                                : decide_update(kind, record, draft->values);
    if (!events) return demand_lawful(events.error());
    record = after(kind, record, *events);
    check_record(kind, record);
    const auto again = check_update(kind, body);
    if (!again) { // no update takes a null that was as good as absent
        demand(creates, "what an update took is taken again");
        return demand_lawful(again.error());
    }
    const auto nothing = decide_update(kind, record, again->values);
    demand(nothing.has_value() && nothing->empty(), "a body sent again changes nothing");
}

/// The same through the command handler, references by name with it.
class Desk {
  public:
    explicit Desk(const Registry& registry) : commands_(store_, registry) {}

    void give(const Kind& kind, const Json& body) {
        const auto done = finish(exists_ ? commands_.update(context(), kind, record_, body)
                                         : commands_.create(context(), kind, record_, body));
        if (!done) return demand_lawful(done.error());
        exists_ = true;
        check_fold(kind, done->record);
        const std::int64_t head = store_.head_position();
        const auto again = finish(commands_.update(context(), kind, record_, body));
        if (!again) demand_lawful(again.error()); // a version that it repeats is stale by now
        demand(store_.head_position() == head, "a command given again appends nothing");
    }

  private:
    CommandContext context() {
        CommandContext context;
        context.tenant = user;
        context.command_id = new_id();
        context.caller = Caller::system();
        context.origin.actor_id = user;
        return context;
    }

    void check_fold(const Kind& kind, const Record& written) {
        Record folded;
        for (const StoredEvent& event : store_.stream(user, {kind.name, record_}, 0, 1 << 20))
            evolve(folded, event.type, current_data(event), event.time);
        demand(folded == written, "the log folds to what was answered");
    }

    MemoryEventStore store_;
    RecordCommands commands_;
    Uuid record_ = new_id();
    bool exists_ = false;
};

/// The first byte: the kind. Then a body a line: what creates a record, then what changes it.
void run(std::string_view input) {
    static const Registry registry = standard_registry();
    Input from(input);
    const Kind& kind = registry.kinds().at(from.choice(registry.kinds().size()));
    Desk desk(registry);
    Record record;
    while (const auto line = from.line()) {
        const auto read = read_json(*line);
        if (const auto* const fault = std::get_if<JsonFault>(&read)) {
            demand(!fault->detail.empty() && fault->offset <= line->size(), "a fault has a place");
            demand_lawful({{fault->pointer, fault->code, fault->detail}});
            continue;
        }
        const Json& body = std::get<Json>(read);
        demand_readable(body);
        decide(kind, record, body);
        desk.give(kind, body);
    }
}

const Target target("body", run);

} // namespace
} // namespace throughline::fuzz
