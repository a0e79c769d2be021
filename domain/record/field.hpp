#pragma once
#include "domain/json.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

struct FieldError;

enum class FieldType {
    text,      // one line
    long_text, // lines
    email,     // kept as written; matched by normal_email
    phone,     // kept as written; matched by normal_phone
    url,       // http or https
    choice,    // one of `choices`
    reference, // the id of a record of kind `target`
    tags,      // a list of distinct short texts
    metadata,  // an object of custom fields, at most 16 KiB
    flag,      // true or false
    own,       // by `rules` of its own
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
    std::vector<std::string> choices; // FieldType::choice
    const OwnRules* rules = nullptr;  // FieldType::own
    std::string target;               // FieldType::reference: a kind, or "user"
    Json initial;                     // value on create when none is given
    std::string changes_as; // a change of this field is an event of its own: "status_changed"
    std::vector<std::string> synonyms; // other names taken on write
    bool is_required = false;
    bool is_personal = false;    // blanked by erasure
    bool is_searchable = false;  // found by q=
    bool is_sortable = false;    // has an index for sort=; every scalar field sorts all the same
    bool is_creators = false;    // the creator's id when none is given
    bool creates_target = false; // text that names no record creates one

    [[nodiscard]] Field required() const;
    [[nodiscard]] Field personal() const;
    [[nodiscard]] Field searchable() const;
    [[nodiscard]] Field sortable() const;
    [[nodiscard]] Field at_most(std::size_t characters) const;
    [[nodiscard]] Field initially(Json value) const;
    [[nodiscard]] Field by_default_the_creator() const;
    [[nodiscard]] Field created_by_name() const;
    [[nodiscard]] Field change_is(std::string event) const;
    [[nodiscard]] Field also_called(std::string synonym) const;

    /// Whether it says whose a record is: its owner or assignee.
    [[nodiscard]] bool names_owner() const {
        return type == FieldType::reference && target == "user";
    }
    /// For references: the member beside the id that holds its name; `organization` for
    /// `organization_id`. Empty for any other field.
    [[nodiscard]] std::string name_member() const;
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
[[nodiscard]] Field tags(std::string name);
[[nodiscard]] Field metadata(std::string name);
[[nodiscard]] Field flag(std::string name);
/// `rules` outlive the field.
[[nodiscard]] Field own(std::string name, const OwnRules& rules);

} // namespace throughline
