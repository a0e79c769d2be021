#include "handlers/import/row_duplicates.hpp"

#include "domain/record/change.hpp"
#include "domain/record/erasure.hpp"
#include "domain/record/ownership.hpp"
#include "domain/text.hpp"
#include "handlers/stream_walk.hpp"
#include "handlers/survivor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace throughline {

namespace {

std::string text_of(const Json* value) {
    if (value == nullptr) return {};
    if (const JsonNumber* const number = value->number(); number != nullptr) return number->digits;
    return value->string() == nullptr ? std::string() : trimmed(*value->string());
}

std::string external_id(const JsonObject& body) {
    const Json* const metadata = body.find("metadata");
    return metadata == nullptr ? std::string() : text_of(metadata->find("external_id"));
}

/// Whether its external id says no more than its id: the UID of a vCard.
bool has_uuid_as_uid(const ImportRow& row) {
    return row.id && case_folded(external_id(row.body)) == "urn:uuid:" + to_string(*row.id);
}

constexpr int max_looks = 16; // for the record of a content

bool is_in(const JsonObject& row, const Field& field) {
    return row.contains(field.name) || row.contains(field.name_member()) ||
           std::ranges::any_of(field.synonyms,
                               [&](const std::string& name) { return row.contains(name); });
}

} // namespace

FieldError duplicate_of(const RowMatch& match) {
    if (match.is_merged)
        return {"", "duplicate",
                fmt::format("Its record was merged into record {}: it was skipped.",
                            to_string(match.existing))};
    return {"", "duplicate",
            fmt::format("It says the same as {} and was skipped.",
                        match.line_before != 0 ? fmt::format("line {}", match.line_before)
                                               : "record " + to_string(match.existing))};
}

/// Two rows of one export are two, though all that they say is the same. A UID is in the body.
std::string RowDuplicates::content_of(const ImportRow& row) const {
    const bool is_said = !row.id || has_uuid_as_uid(row);
    return is_said ? content_without_id(row)
                   : kind_.name + " " + to_string(*row.id) + " " + to_text(Json(row.body));
}

std::string RowDuplicates::content_without_id(const ImportRow& row) const {
    return kind_.name + " " + to_text(Json(row.body));
}

/// Empty where the row says nothing to match by.
std::string RowDuplicates::key_of(const ImportRow& row) const {
    switch (matches_by()) {
    case By::email: return normal_email(text_of(row.body.find("email")));
    case By::name: return case_folded(text_of(row.body.find("name")));
    case By::external_id: break;
    }
    return external_id(row.body);
}

/// Two organizations of one name are one; two tasks are two.
RowDuplicates::By RowDuplicates::matches_by() const {
    if (job_.options.match == ImportOptions::Match::external_id) return By::external_id;
    if (kind_.field("email") != nullptr) return By::email;
    return kind_.name == "organization" ? By::name : By::external_id;
}

std::vector<RowMatch> RowDuplicates::find(std::span<const ImportRow> rows) {
    std::vector<RowMatch> matches(rows.size());
    std::vector<std::size_t> keyed;
    std::vector<std::size_t> by_content;
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!rows[i].errors.empty()) continue;
        matches[i].key = key_of(rows[i]);
        if (matches[i].key.empty()) {
            matches[i].new_id = derived_uuid(job_.tenant, content_of(rows[i]));
            matches[i].by_content_alone = !rows[i].id;
            matches[i].key = "content " + to_string(*matches[i].new_id);
            by_content.push_back(i);
        } else {
            keyed.push_back(i);
            keys.push_back(matches[i].key);
        }
    }
    if (job_.options.on_duplicate == ImportOptions::OnDuplicate::create) {
        for (RowMatch& match : matches) match.new_id.reset();
        return matches;
    }
    std::vector<Uuid> found;
    switch (matches_by()) {
    case By::external_id:
        found = lookup_.find_by_external_id(job_.tenant, caller_, kind_, keys);
        break;
    case By::email: found = lookup_.find_by_email(job_.tenant, caller_, kind_, keys); break;
    case By::name: found = find_by_name(keys); break;
    }
    for (std::size_t i = 0; i < keyed.size(); ++i) matches[keyed[i]].existing = found.at(i);
    match_by_content(matches, rows, by_content);
    match_by_id(matches, rows);
    match_without_id(matches, rows, std::move(by_content));
    return matches;
}

std::vector<std::optional<Uuid>> RowDuplicates::known(std::span<const StreamKey> streams) {
    std::vector<std::optional<Uuid>> records;
    for (StreamHead& named : store_.heads(job_.tenant, streams)) {
        const StreamHead head = survivor_of(store_, job_.tenant, std::move(named));
        const bool is_known =
            head.version != 0 && !head.archived && sees(caller_, kind_, head.state);
        records.push_back(is_known ? std::optional(head.stream.id) : std::nullopt);
    }
    return records;
}

void RowDuplicates::drop_own_uids(std::span<ImportRow> rows) {
    std::vector<ImportRow*> named;
    std::vector<StreamKey> streams;
    for (ImportRow& row : rows) {
        if (!has_uuid_as_uid(row)) continue;
        named.push_back(&row);
        streams.push_back({kind_.name, *row.id});
    }
    if (streams.empty()) return;
    const auto records = known(streams);
    for (std::size_t i = 0; i < named.size(); ++i) {
        if (!records.at(i)) continue;
        JsonObject& metadata = *named[i]->body.find("metadata")->object();
        metadata.erase("external_id");
        if (metadata.empty()) named[i]->body.erase("metadata");
    }
}

/// What our export named and this tenant has is that very record, whatever else it says, or what
/// that was merged into.
void RowDuplicates::match_by_id(std::vector<RowMatch>& matches, std::span<const ImportRow> rows) {
    std::vector<std::size_t> named;
    std::vector<StreamKey> streams;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!rows[i].id || !rows[i].errors.empty()) continue;
        named.push_back(i);
        streams.push_back({kind_.name, *rows[i].id});
    }
    if (streams.empty()) return;
    const auto records = known(streams);
    for (std::size_t i = 0; i < named.size(); ++i) {
        if (!records.at(i)) continue;
        RowMatch& match = matches[named[i]];
        match.existing = *records[i];
        match.is_merged = match.existing != streams[i].id;
        match.key = "id " + to_string(match.existing);
    }
}

std::vector<Uuid> RowDuplicates::find_by_name(const std::vector<std::string>& names) {
    std::vector<Uuid> found;
    for (const auto& id : store_.titled(job_.tenant, kind_.name, names))
        found.push_back(id.value_or(Uuid{}));
    if (caller_.sees_all()) return found;
    std::vector<StreamKey> streams;
    for (const Uuid& id : found) streams.push_back({kind_.name, id});
    const auto heads = store_.heads(job_.tenant, streams);
    for (std::size_t i = 0; i < found.size(); ++i)
        if (heads.at(i).version != 0 && !sees(caller_, kind_, heads[i].state)) found[i] = {};
    return found;
}

/// Whether the record has all that the row says as it came in with it.
bool RowDuplicates::still_says(const StreamHead& head, JsonObject row) {
    if (head.version == 1) return true;
    drop_blanks(kind_, row);
    bool is_erased = false;
    JsonObject made;
    walk_stream(store_, job_.tenant, head.stream, 0, head.version, [&](const StoredEvent& event) {
        is_erased = is_erased || is_erasure(event.type);
        if (event.version == 1) made = current_data(event);
    });
    if (is_erased) return false;
    JsonObject said;
    for (const Field& field : kind_.fields)
        if (const Json* const value = made.find(field.name); value != nullptr && is_in(row, field))
            said.append(field.name, *value);
    const auto changes = decide_update(
        kind_, record_from_state(kind_, head.state, head.version, head.archived), said);
    return changes && changes->empty();
}

/// The record of a row without a key has the id that its content gives. Where that one was deleted
/// or changed since or is hidden, it is the one of the id which that id gives, and so on.
void RowDuplicates::match_by_content(std::vector<RowMatch>& matches,
                                     std::span<const ImportRow> rows,
                                     std::vector<std::size_t> unmatched) {
    for (int look = 0; look < max_looks && !unmatched.empty(); ++look) {
        std::vector<StreamKey> streams;
        for (const std::size_t row : unmatched)
            streams.push_back({kind_.name, *matches[row].new_id});
        const auto heads = store_.heads(job_.tenant, streams);
        std::vector<std::size_t> others;
        for (std::size_t i = 0; i < unmatched.size(); ++i) {
            const StreamHead& head = heads.at(i);
            RowMatch& match = matches[unmatched[i]];
            if (head.version == 0) continue;
            if (!head.archived && sees(caller_, kind_, head.state) &&
                still_says(head, rows[unmatched[i]].body)) {
                match.existing = head.stream.id;
                match.new_id.reset();
            } else {
                match.new_id = derived_uuid(*match.new_id, "another");
                others.push_back(unmatched[i]);
            }
        }
        unmatched = std::move(others);
    }
    for (const std::size_t row : unmatched) matches[row].new_id.reset();
}

/// A table that is not our export may have come in before its ids were part of the content, or
/// without them.
void RowDuplicates::match_without_id(std::vector<RowMatch>& matches,
                                     std::span<const ImportRow> rows,
                                     std::vector<std::size_t> by_content) {
    if (job_.format != ImportFormat::csv || job_.layout == own_layout) return;
    std::erase_if(by_content, [&](std::size_t row) {
        return !rows[row].id || !matches[row].existing.is_nil();
    });
    std::vector<RowMatch> others(rows.size());
    for (const std::size_t row : by_content)
        others[row].new_id = derived_uuid(job_.tenant, content_without_id(rows[row]));
    match_by_content(others, rows, by_content);
    for (const std::size_t row : by_content) {
        if (others[row].existing.is_nil()) continue;
        matches[row].existing = others[row].existing;
        matches[row].new_id.reset();
        matches[row].by_content_alone = true;
    }
}

void RowDuplicates::match_in_file(RowMatch& match) const {
    if (const auto found = seen_.find(match.key);
        found != seen_.end() && job_.options.on_duplicate != ImportOptions::OnDuplicate::create) {
        match.was_there = match.existing == found->second.record;
        match.existing = found->second.record;
        match.line_before = found->second.line;
    }
}

} // namespace throughline
