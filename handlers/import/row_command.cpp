#include "handlers/import/row_command.hpp"

#include "handlers/import/import_events.hpp"
#include "handlers/references.hpp"
#include <fmt/format.h>

#include <algorithm>

namespace throughline {

namespace {

constexpr int max_attempts = 20; // of a row whose new organization others create at the same time
constexpr std::size_t max_unknown = 10'000;

std::string unknown_key(std::string_view member, const Json& value) {
    return fmt::format("{}={}", member, to_text(value));
}

/// "assignee_ids" of "/assignee_ids/0".
std::string member_in(const std::string& pointer) {
    return pointer.empty() ? std::string() : pointer.substr(1, pointer.find('/', 1) - 1);
}

/// Whether it says nothing of the row: the server ends, or others are in the way.
bool passes(const Rejection& rejection) { return rejection.refusal == Refusal::unavailable; }

} // namespace

Uuid row_command_id(const ImportJob& job, std::int64_t number) {
    return derived_uuid(job.id, fmt::format("row {}", number));
}

Uuid row_record_id(const ImportJob& job, std::int64_t number) {
    return derived_uuid(job.id, fmt::format("record {}", number));
}

void count(ImportProgress& done, const RowCommand& row) {
    ++done.processed;
    ++(row.fate == RowFate::created     ? done.created
       : row.fate == RowFate::updated   ? done.updated
       : row.fate == RowFate::unchanged ? done.unchanged
       : row.fate == RowFate::skipped   ? done.skipped
                                        : done.failed);
    if (row.committed.last_position == 0) return;
    if (done.first_position == 0 || row.committed.first_position < done.first_position)
        done.first_position = row.committed.first_position;
    done.last_position = std::max(done.last_position, row.committed.last_position);
}

CommandContext RowCommands::context(const RowCommand& row) const {
    return import_context(job_, row_command_id(job_, row.number), caller_);
}

void RowCommands::begin(RowCommand& row, const KnownNames* known_names) {
    if (++row.attempts == 1) {
        set_names_aside(row);
        drop_unknown(row);
    }
    row.errors.clear();
    row.outcome.reset();
    CommandContext given = context(row);
    given.known_names = known_names;
    const auto begun = begun_softened(row, given);
    if (!begun && !passes(begun.error())) return fail(row, begun.error());
    row.fate = row.creates ? RowFate::created : RowFate::updated;
    if (!begun)
        row.outcome = PendingOutcome(Unavailable{begun.error().detail});
    else if (begun->outcome().valid())
        row.outcome = begun->outcome();
    else
        row.fate = RowFate::unchanged;
}

Result<PendingWrite> RowCommands::begun_softened(RowCommand& row, const CommandContext& given) {
    while (true) {
        auto begun = begun_now(row, given);
        if (begun || !soften(row, begun.error())) return begun;
    }
}

/// Rows do not wait for their turns together: they begin in their order.
Result<PendingWrite> RowCommands::begun_now(const RowCommand& row,
                                            const CommandContext& given) const {
    auto begun = row.creates ? commands_.create(given, kind_, row.record, Json(row.body))
                             : commands_.update(given, kind_, row.record, Json(row.body));
    if (begun)
        if (auto rejection = begun->begin()) return *rejection;
    return begun;
}

bool RowCommands::try_out(RowCommand& row, bool is_written) {
    row.fate = row.creates ? RowFate::created : RowFate::updated;
    if (!row.creates && !is_written) {
        const auto draft = check_update(kind_, Json(row.body));
        if (!draft) fail(row, draft.error());
        return true;
    }
    set_names_aside(row);
    drop_unknown(row);
    CommandContext given = context(row);
    given.dry_run = true;
    const auto written = finish(begun_softened(row, given));
    if (!written && passes(written.error())) return false;
    if (!written)
        fail(row, written.error());
    else if (!written->changed)
        row.fate = RowFate::unchanged;
    return true;
}

void RowCommands::fail(RowCommand& row, const Rejection& rejection) {
    row.fate = RowFate::failed;
    row.errors = rejection.errors;
    row.denied = rejection.denied;
    if (row.errors.empty())
        row.errors.push_back({"", row.denied ? "forbidden" : "conflict", rejection.detail});
}

bool RowCommands::settle(RowCommand& row) {
    while (row.outcome) {
        const Outcome outcome = row.outcome->get();
        row.outcome.reset();
        if (const auto* const committed = std::get_if<Committed>(&outcome)) {
            row.committed = *committed;
        } else if (const auto* const refused = std::get_if<Refused>(&outcome)) {
            row.fate = RowFate::failed;
            row.errors = {{"", "too_large", refused->cause}};
        } else if (std::holds_alternative<Unavailable>(outcome)) {
            return false;
        } else if (row.attempts < max_attempts) {
            begin(row);
        } else {
            row.fate = RowFate::failed;
            row.errors = {{"", "conflict", "The record kept changing."}};
        }
    }
    return true;
}

void RowCommands::set_names_aside(RowCommand& row) const {
    for (const Field& field : kind_.fields) {
        const std::string member = field.name_member();
        const Json* const name = member.empty() ? nullptr : row.body.find(member);
        if (name == nullptr || !row.body.contains(field.name)) continue;
        if (!name->is_null()) row.names.append(member, *name);
        row.body.erase(member);
    }
}

/// Nothing where it is not found to be.
const std::string* RowCommands::why_unknown(std::string_view member, const Json* value) const {
    if (value == nullptr || member.empty()) return nullptr;
    const auto found = unknown_.find(unknown_key(member, *value));
    return found == unknown_.end() ? nullptr : &found->second;
}

/// A person who is no member gives way to the importer; of any other link the loss is told, and of
/// a person who may be one of several.
void RowCommands::give_up(RowCommand& row, const Field& field, const std::string& why) const {
    if (field.target != "user" || why == shared_name)
        row.losses.push_back({"/" + field.name, "unknown_reference", why + " It is left out."});
    if (field.target != "user") return;
    if (!row.creates || field.is_creators) return; // as it is, or the importer's by default
    const Json importer = to_string(job_.user);
    row.body.set(field.name, field.is_list() ? Json(JsonArray{importer}) : importer);
}

/// What an earlier row showed to be unknown is not asked again.
void RowCommands::drop_unknown(RowCommand& row) const {
    for (const Field& field : kind_.fields) {
        if (!field.refers()) continue;
        const std::string member = field.name_member();
        if (const auto* const why = why_unknown(field.name, row.body.find(field.name))) {
            row.body.erase(field.name);
            const Json* const name = row.names.find(member);
            if (name != nullptr && field.target != "user" && field.target != kind_.name)
                row.body.set(member, *name);
            else
                give_up(row, field, *why);
        }
        if (const auto* const why = why_unknown(member, row.body.find(member))) {
            row.body.erase(member);
            give_up(row, field, *why);
        }
    }
}

/// Unknown references give way: an id to the name beside it, except of the row's own kind, which
/// has many of one name; a person to the importer, any other link to none. False where one of the
/// faults does not.
bool RowCommands::soften(RowCommand& row, const Rejection& rejection) {
    const auto gives_way = [&](const FieldError& error) {
        const std::string member = member_in(error.where);
        const auto field = std::ranges::find_if(kind_.fields, [&](const Field& one) {
            return one.refers() && (one.name == member || one.name_member() == member);
        });
        if (error.code != "unknown_reference" || field == kind_.fields.end() ||
            !row.body.contains(member))
            return false;
        const bool has_name = member == field->name && row.names.contains(field->name_member());
        return forgets_unknown_ || (field->target != "user" && has_name);
    };
    if (rejection.errors.empty() || !std::ranges::all_of(rejection.errors, gives_way)) return false;
    if (unknown_.size() > max_unknown) unknown_.clear();
    for (const FieldError& error : rejection.errors)
        if (const std::string member = member_in(error.where); row.body.contains(member))
            unknown_.emplace(unknown_key(member, *row.body.find(member)), error.detail);
    drop_unknown(row);
    return true;
}

} // namespace throughline
