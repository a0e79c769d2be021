#pragma once
#include "domain/json.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace throughline {

struct FieldError;

enum class FieldType {
    text,       // one line
    long_text,  // lines
    email,      // kept as written; matched by normal_email
    phone,      // kept as written; matched by normal_phone
    url,        // http or https
    choice,     // one of `choices`
    choices,    // a list of some of `choices`
    reference,  // the id of a record of kind `target`
    references, // a list of such ids
    tags,       // a list of distinct short texts
    metadata,   // an object of custom fields, at most 16 KiB
    flag,       // true or false
    money,      // an exact amount from 0 on, at most four decimals
    number,     // an exact decimal number
    date,       // a day: 2026-03-08
    time,       // a moment, kept in UTC
    own,        // by `rules` of its own
};

/// The rules of a field whose values are like no other's.
struct OwnRules {
    /// The value as it is kept, of one that is not null; nothing where `faults` say why.
    std::optional<Json> (*normal)(const Json& written, const std::string& pointer,
                                  std::vector<FieldError>& faults);
    std::string_view schema;    // JSON Schema of a value, with its one `type`
    bool is_long = false;       // too long for a line of the timeline
    std::string_view also = {}; // JSON Schema of what else is taken as one
};

/// One field of a kind of record, written as a chain: text("name").required().personal().
/// Everything else is made from it: validation, events, list column, filter, sort, search, audit,
/// OpenAPI, event schema, import mapping, erasure.
struct Field {
    std::string name;
    FieldType type = FieldType::text;
    std::string label;                // for people: "Job position"
    std::size_t max_length = 255;     // characters; of a tag for tags
    std::vector<std::string> choices; // FieldType::choice and choices: keys
    std::vector<std::string> labels;  // of the choices, for people; empty: made from the keys
    std::vector<std::string> retired; // choices no more, which records may still have
    const OwnRules* rules = nullptr;  // FieldType::own
    std::string target;               // FieldType::reference(s): a kind, or "user"
    std::string region;               // FieldType::phone: of numbers without a country code
    std::string goes_with;            // the field that it says more of: a currency its value
    Json initial;                     // value on create when none is given
    std::string changes_as; // a change of this field is an event of its own: "status_changed"
    std::vector<std::pair<std::string, std::string>>
        facts;                         // a value that is an event of its own: {"won", "won"}
    std::vector<std::string> synonyms; // other names taken on write
    bool is_required = false;
    bool is_never_null = false;   // null on create is the initial value; no update clears it
    bool is_personal = false;     // blanked by erasure
    bool may_be_personal = false; // blanked where a conversion gave it the person's name
    bool is_searchable = false;   // found by q=
    bool is_sortable = false;     // has an index for sort=; every scalar field sorts all the same
    bool is_creators = false;     // the creator's id when none is given
    bool creates_target = false;  // text that names no record creates one
    bool had_choices = false;     // others once, which nobody noted: records may have any key

    [[nodiscard]] Field required() const;
    [[nodiscard]] Field personal() const;
    [[nodiscard]] Field maybe_personal() const;
    [[nodiscard]] Field searchable() const;
    [[nodiscard]] Field sortable() const;
    [[nodiscard]] Field at_most(std::size_t characters) const;
    [[nodiscard]] Field initially(Json value) const;
    /// Of a field with an initial value: each record has one. Old records may be without.
    [[nodiscard]] Field never_null() const;
    [[nodiscard]] Field by_default_the_creator() const;
    [[nodiscard]] Field created_by_name() const;
    [[nodiscard]] Field change_is(std::string event) const;
    [[nodiscard]] Field becoming_is(std::string value, std::string event) const;
    [[nodiscard]] Field also_called(std::string synonym) const;
    /// A merge takes it from the record that gives that other field.
    [[nodiscard]] Field going_with(std::string other) const;

    [[nodiscard]] bool refers() const {
        return type == FieldType::reference || type == FieldType::references;
    }
    /// Whether it says whose a record is: its owner, its assignees.
    [[nodiscard]] bool names_owner() const { return refers() && target == "user"; }
    /// Whether its value is a list.
    [[nodiscard]] bool is_list() const {
        return type == FieldType::tags || type == FieldType::references ||
               type == FieldType::choices;
    }
    /// For references: the member beside the id that holds its name; `organization` for
    /// `organization_id`, `assignees` for `assignee_ids`. Empty for any other field.
    [[nodiscard]] std::string name_member() const;
    /// The event of a change to `value`, the last word of its type: "updated", "status_changed".
    [[nodiscard]] std::string_view event_of(const Json& value) const;
    /// Whether records may have this key of a choice that is one no more.
    [[nodiscard]] bool was_choice(std::string_view key) const;
    /// What people read for a choice; made from the key where it is none any more.
    [[nodiscard]] std::string choice_label(std::string_view key) const;
};

/// A name as people read it: `in_progress` gives "In progress", `owner_id` gives "Owner".
[[nodiscard]] std::string label_of(std::string_view name);

[[nodiscard]] Field text(std::string name);
[[nodiscard]] Field long_text(std::string name);
[[nodiscard]] Field email(std::string name);
[[nodiscard]] Field phone(std::string name);
[[nodiscard]] Field url(std::string name);
[[nodiscard]] Field choice(std::string name, std::vector<std::string> choices);
[[nodiscard]] Field reference(std::string name, std::string target);
[[nodiscard]] Field references(std::string name, std::string target);
[[nodiscard]] Field money(std::string name);
[[nodiscard]] Field number(std::string name);
[[nodiscard]] Field date(std::string name);
[[nodiscard]] Field time(std::string name);
[[nodiscard]] Field tags(std::string name);
[[nodiscard]] Field metadata(std::string name);
[[nodiscard]] Field flag(std::string name);
/// `rules` outlive the field.
[[nodiscard]] Field own(std::string name, const OwnRules& rules);

} // namespace throughline
