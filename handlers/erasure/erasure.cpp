#include "handlers/erasure/erasure.hpp"

#include "bus/ids.hpp"
#include "domain/other_kinds.hpp"
#include "domain/record/erasure.hpp"
#include "handlers/erasure/kept_mails.hpp"
#include "handlers/mail_folder.hpp"
#include "handlers/references.hpp"
#include "handlers/spent_key.hpp"
#include "handlers/stream_walk.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace throughline {
namespace {

constexpr int max_attempts = 5;
constexpr std::size_t streams_a_command = 100;
constexpr std::string_view told_as = "erasure"; // in the details of its events, under a key

/// The person's own kinds last: an erasure that was cut off finds their addresses there again.
std::vector<std::pair<std::string, std::vector<Uuid>>>
by_kind(const std::vector<StreamKey>& records) {
    std::map<std::string, std::vector<Uuid>> ids;
    for (const StreamKey& key : records) ids[key.kind].push_back(key.id);
    std::vector<std::pair<std::string, std::vector<Uuid>>> kinds(ids.begin(), ids.end());
    std::ranges::stable_partition(
        kinds, [](const auto& kind) { return kind.first != "contact" && kind.first != "lead"; });
    return kinds;
}

/// By what a person is known.
struct Known {
    std::set<std::string> addresses; // and numbers
    std::set<std::string> names;

    /// Of data of a change, or of a whole record.
    void add(const Kind& kind, const JsonObject& data) {
        for (const auto& [name, value] : data) {
            if (value.object() != nullptr) add(kind, *value.object());
            const Field* const field = kind.field(name);
            if (field == nullptr || value.string() == nullptr) continue;
            if (field->type == FieldType::email || field->type == FieldType::phone)
                addresses.insert(*value.string());
            else if (name == "name" && *value.string() != erased_text)
                names.insert(*value.string());
        }
    }
};

bool is_blank(const Record& record, const JsonObject& blanks) {
    return std::ranges::all_of(blanks, [&](const JsonMember& blank) {
        const Json* const value = record.fields.find(blank.name);
        return value != nullptr && *value == blank.value;
    });
}

Rejection import_under_way() {
    return {Refusal::conflict,
            "An import is under way: it may bring the person in again. Try again when it is "
            "finished."};
}

Rejection references_under_way() {
    return {Refusal::conflict,
            "A merge of the person was taken back, and not all that refers to them does so again "
            "yet. Try again in a moment."};
}

} // namespace

Result<std::vector<StreamHead>> Erasure::records_of(const Uuid& tenant, const StreamKey& subject) {
    const std::vector<StreamKey> records = places_.records_of(tenant, subject);
    std::vector<StreamHead> heads = store_.heads(tenant, records);
    if (heads.front().version == 0) return no_such(subject.kind);
    return heads;
}

/// By the names, addresses and numbers of the contact or lead, now and ever.
Person Erasure::person_of(const Uuid& tenant, std::vector<StreamKey> records) {
    Known known;
    for (const StreamKey& key : records) {
        const Kind& kind = *any_kind(registry_, key.kind);
        if (kind.field("email") == nullptr) continue;
        const StreamHead head = store_.heads(tenant, std::span(&key, 1)).front();
        walk_stream(store_, tenant, key, 0, head.version,
                    [&](const StoredEvent& event) { known.add(kind, current_data(event)); });
    }
    Person person;
    person.names = {known.names.begin(), known.names.end()};
    person.named = places_.named_after(tenant, records, person.names);
    person.passed_on = places_.passed_on(tenant, records);
    person.around = places_.referring_to(tenant, records);
    for (const NamedRecord& named : person.named) person.around.push_back(named.stream);
    person.addresses = Quotes({known.addresses.begin(), known.addresses.end()});
    person.quoted_names = Quotes::of_names(person.names);
    person.records = std::move(records);
    const auto triggers = places_.triggers_quoting(tenant, person.addresses);
    person.records.insert(person.records.end(), triggers.begin(), triggers.end());
    return person;
}

/// Nothing where the record is blank already.
std::optional<StreamWrite> Erasure::write_of(const Uuid& tenant, const StreamHead& head,
                                             const Person& person, Time at) const {
    const Kind& kind = *any_kind(registry_, head.stream.kind);
    Record record = record_from_state(kind, head.state, head.version, head.archived);
    JsonObject blanks = blanks_of(kind);
    if (blanks.empty()) // a record that is named after them: of its names the last may stay
        blanks.append("name", name_left(*record.fields.find("name")->string(), person.names));
    else if (is_blank(record, blanks))
        return std::nullopt;
    return to_write(tenant, kind, head.stream.id, record,
                    {{kind.name + ".erased", {{"after", blanks}}, {}}}, at);
}

/// The events that say it, for a hundred records in each command. The position of the last.
Result<std::int64_t> Erasure::append(const CommandContext& context, const Person& person) {
    std::vector<StreamKey> streams = person.records;
    for (const NamedRecord& named : person.named)
        if (!named.is_told) streams.push_back(named.stream);
    std::int64_t position = 0;
    for (std::size_t from = 0; from < streams.size(); from += streams_a_command) {
        const auto part =
            std::span(streams).subspan(from, std::min(streams_a_command, streams.size() - from));
        for (int attempt = 1;; ++attempt) {
            const Time at = now();
            Command command{new_id(), context.tenant, {}, false, 200, context.origin, at, {}};
            for (const StreamHead& head : store_.heads(context.tenant, part)) {
                if (head.stream == streams.front()) // the subject, which may have changed since
                    if (auto stale = check_version(store_, context, head.stream, head.version))
                        return *stale;
                if (auto write = write_of(context.tenant, head, person, at))
                    command.writes.push_back(std::move(*write));
            }
            if (command.writes.empty()) break;
            const Outcome outcome = store_.append(std::move(command)).get();
            if (const auto* const done = std::get_if<Committed>(&outcome)) {
                position = done->last_position;
                break;
            }
            if (const auto* const away = std::get_if<Unavailable>(&outcome))
                return Rejection{Refusal::unavailable, away->cause};
            if (attempt == max_attempts || std::holds_alternative<Refused>(outcome))
                return Rejection{Refusal::conflict,
                                 "The person's records kept changing; try again."};
        }
    }
    return position;
}

/// What an erasure of this key told of, as its event of the subject keeps it.
std::optional<JsonObject> Erasure::told_before(const CommandContext& context,
                                               const StreamKey& subject) {
    std::optional<JsonObject> told;
    if (context.request_hash.empty()) return told;
    const StreamHead head = store_.heads(context.tenant, std::span(&subject, 1)).front();
    walk_stream(store_, context.tenant, subject, 0, head.version, [&](const StoredEvent& event) {
        if (event.origin.correlation_id != context.origin.correlation_id) return;
        const Json* const kept = event.origin.details.find(told_as);
        if (kept != nullptr && kept->object() != nullptr) told = *kept->object();
    });
    return told;
}

/// The events of one kind of record: how many are blanked, or would be.
std::int64_t Erasure::go_through_events(const Uuid& tenant, const Person& person, const Kind& kind,
                                        const std::vector<Uuid>& ids, bool dry_run) {
    const auto blank = [&](const std::vector<Uuid>& some, const JsonObject& blanks) {
        return dry_run ? places_.count_events(tenant, kind, some, blanks)
                       : places_.blank_events(tenant, kind, some, blanks);
    };
    std::int64_t events = 0;
    for (const PassedOn& passed : person.passed_on)
        if (passed.survivor.kind == kind.name)
            events += dry_run ? places_.count_passed_on(tenant, passed)
                              : places_.blank_passed_on(tenant, passed);
    if (const JsonObject blanks = blanks_of(kind); !blanks.empty())
        return events + blank(ids, blanks);
    for (const NamedRecord& named : person.named)
        if (named.stream.kind == kind.name)
            events += blank({named.stream.id}, {{"name", named.name}});
    return events;
}

/// Where the person stands, as it is told; unless it is a dry run, it is blanked there.
JsonObject Erasure::go_through(const Uuid& tenant, const Person& person, bool dry_run) {
    const std::vector<StreamKey> streams = streams_of(person);
    JsonArray told;
    const auto place = [&](const std::string& name, std::int64_t count) {
        if (count > 0) told.emplace_back(JsonObject{{"place", name}, {"count", count}});
    };
    for (const auto& [name, count] :
         dry_run ? house_.count(tenant, person) : house_.blank(tenant, person))
        place(name, count);
    place("faults", dry_run ? places_.count_faults(tenant, person.addresses, streams)
                            : places_.blank_faults(tenant, person.addresses, streams));
    const auto mails = mail_folder_of(mail_folder_, tenant);
    place("mails",
          dry_run ? count_mails(mails, person.addresses) : remove_mails(mails, person.addresses));
    std::int64_t all_events = 0;
    for (const auto& [name, ids] : by_kind(streams)) {
        const Kind& kind = *any_kind(registry_, name);
        const std::int64_t events = go_through_events(tenant, person, kind, ids, dry_run);
        all_events += events;
        told.emplace_back(JsonObject{
            {"place", "events"}, {"kind", name}, {"records", std::ssize(ids)}, {"count", events}});
    }
    if (!dry_run) { // what was made of the events in the meantime
        (void)house_.blank(tenant, person);
        (void)places_.blank_faults(tenant, person.addresses, streams);
    }
    return {{"erased_events", all_events}, {"places", std::move(told)}};
}

Result<Erased> Erasure::erase(const CommandContext& context, const StreamKey& subject,
                              bool dry_run) {
    const Uuid& tenant = context.tenant;
    CommandContext own = context;
    const auto known = open_key(store_, own);
    if (!known) return known.error();
    const bool is_known = known->has_value();
    if (is_known)
        if (const Json* const told = (*known)->told.find(told_as))
            return Erased{*told->object(), (*known)->last_position, true};
    std::vector<StreamKey> records = places_.records_of(tenant, subject);
    const std::int64_t version = store_.heads(tenant, std::span(records).first(1)).front().version;
    if (version == 0) return no_such(subject.kind);
    CommandContext telling = own;
    if (!is_known) {
        if (told_before(own, subject)) telling.if_match.reset(); // goes on where it was cut off
        if (auto stale = check_version(store_, telling, subject, version)) return *stale;
        if (places_.has_unfinished_import(tenant)) return import_under_way();
        if (places_.awaits_references(tenant, records)) return references_under_way();
        records = places_.records_of(tenant, subject); // with what came back just before
    }
    Person person = person_of(tenant, std::move(records));
    const bool only_counts = dry_run || is_known;
    Erased erased{{}, is_known ? (*known)->last_position : 0, is_known};
    if (!only_counts) {
        if (!own.request_hash.empty())
            telling.origin.details.set(told_as, go_through(tenant, person, true));
        const auto position = append(telling, person);
        if (!position) return position.error();
        erased.position = *position;
        person.named = places_.named_after(tenant, person.records, person.names); // as it was told
    }
    erased.report = go_through(tenant, person, only_counts);
    if (auto told = told_before(own, subject)) erased.report = std::move(*told);
    if (erased.position == 0) erased.position = store_.head_position();
    if (!is_known)
        if (auto spent = spend_key(store_, own, {{std::string(told_as), erased.report}}); !spent)
            return spent.error();
    return erased;
}

} // namespace throughline
