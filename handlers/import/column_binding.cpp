#include "domain/record/value.hpp"
#include "domain/text.hpp"
#include "handlers/import/layouts.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace throughline {

namespace {

constexpr std::string_view metadata_prefix = "metadata.";
constexpr std::size_t max_key_bytes = 255; // it stands in every row

/// A header with its first number as `#`, and that number: "e-mail 2 - value" as "e-mail # -
/// value".
struct HeaderPattern {
    std::string plain;
    std::string pattern;
    std::string number;
};

HeaderPattern pattern_of(std::string_view header) {
    HeaderPattern out{case_folded(trimmed(header)), {}, {}};
    const auto from = std::min(out.plain.find_first_of("0123456789"), out.plain.size());
    const auto to = std::min(out.plain.find_first_not_of("0123456789", from), out.plain.size());
    out.number = out.plain.substr(from, to - from);
    if (!out.number.empty()) out.pattern = out.plain.substr(0, from) + "#" + out.plain.substr(to);
    return out;
}

bool matches(const HeaderPattern& header, std::string_view known) {
    return known == header.plain || (!header.pattern.empty() && known == header.pattern);
}

Destination destination_of(const LayoutColumn& column, const std::string& number) {
    std::string key(column.key);
    if (key.ends_with('#')) {
        key.pop_back();
        if (!number.empty() && number != "1") key += "_" + number;
    }
    return {column.target, std::move(key)};
}

std::optional<Destination> find_column(const Kind& kind, const std::vector<LayoutColumn>& columns,
                                       const HeaderPattern& header) {
    for (const LayoutColumn& column : columns) {
        if (!matches(header, column.header) || (!column.kind.empty() && column.kind != kind.name))
            continue;
        if (auto destination = destination_of(column, header.number); has_place(kind, destination))
            return destination;
    }
    return std::nullopt;
}

Destination place_of_field(const Kind& kind, const Field& field) {
    if (field.name == "name") return {ColumnTarget::name, {}};
    if (field.name == "email") return {ColumnTarget::email, {}};
    if (field.name == "phone") return {ColumnTarget::phone, {}};
    if (field.name == "website" && kind.field("website") != nullptr)
        return {ColumnTarget::website, {}};
    return {ColumnTarget::field, field.name};
}

/// What is an organization's name or else text is found out row by row.
Destination place_of_name(const Kind& kind, const std::string& member) {
    return member == "organization" && kind.field("company") == nullptr
               ? Destination{ColumnTarget::organization, {}}
               : Destination{ColumnTarget::field, member};
}

/// As filters name it, by its key, or by its label.
bool names_custom(const Field& field, std::string_view header) {
    const std::string key = case_folded(field.name);
    return header == key || header == case_folded(field.label) ||
           header == std::string(metadata_prefix) + key;
}

/// A declared field by its name, a synonym, the name beside a reference, or its label.
std::optional<Destination> find_field(const Kind& kind, std::string_view header) {
    for (const Field& field : kind.fields) {
        const std::string member = field.name_member();
        if (header == field.name ||
            std::ranges::find(field.synonyms, header) != field.synonyms.end())
            return place_of_field(kind, field);
        if (!member.empty() && (header == member || header == case_folded(field.label)))
            return place_of_name(kind, member);
        if (header == case_folded(field.label)) return place_of_field(kind, field);
    }
    for (const Field& field : kind.custom)
        if (names_custom(field, header)) return Destination{ColumnTarget::metadata, field.name};
    if ((header == "name" || header == "title") && kind.field("name") == nullptr)
        return Destination{ColumnTarget::field, kind.titles.front()};
    return std::nullopt;
}

/// Of our own export: every cell is exactly the field's.
std::optional<Destination> own_place(const Kind& kind, std::string_view header) {
    if (header == "id") return Destination{ColumnTarget::id, {}};
    for (const Field& field : kind.fields)
        if (header == field.name || (!header.empty() && header == field.name_member()))
            return Destination{ColumnTarget::own_field, std::string(header)};
    return std::nullopt;
}

/// As where columns of our own export were left out. Ids of other programs are seldom UUIDs.
bool is_own_id(const HeaderPattern& header, std::string_view first_cell) {
    const std::string first = trimmed(first_cell);
    return header.plain == "id" && (first.empty() || parse_uuid(first));
}

std::optional<Destination> mapped_place(const Kind& kind, std::string_view field) {
    if (field.starts_with(metadata_prefix) && field.size() > metadata_prefix.size() &&
        kind.field("metadata") != nullptr)
        return Destination{ColumnTarget::metadata,
                           std::string(field.substr(metadata_prefix.size()))};
    if (auto place = find_field(kind, field)) return place;
    if (field == "id") return Destination{ColumnTarget::id, {}};
    static const std::vector<LayoutColumn> parts{{"first_name", ColumnTarget::first_name},
                                                 {"middle_name", ColumnTarget::middle_name},
                                                 {"last_name", ColumnTarget::last_name}};
    return find_column(kind, parts, {std::string(field), {}, {}});
}

const Layout* recognise(const std::vector<HeaderPattern>& headers) {
    const auto stands = [&](std::string_view wanted) {
        return std::ranges::any_of(
            headers, [&](const HeaderPattern& header) { return matches(header, wanted); });
    };
    for (const Layout& layout : known_layouts())
        for (const auto& signature : layout.signatures)
            if (std::ranges::all_of(signature, stands)) return &layout;
    return nullptr;
}

/// The user's word on a column: its exact header first, then without case.
class Words {
  public:
    using Word = std::optional<std::string>;

    explicit Words(const ColumnMapping& mapping) {
        for (const auto& [header, word] : mapping) {
            exact_.emplace(header, &word);
            folded_.emplace(case_folded(trimmed(header)), &word);
        }
    }

    [[nodiscard]] const Word* on(const std::string& header, const HeaderPattern& pattern) const {
        if (const auto found = exact_.find(header); found != exact_.end()) return found->second;
        const auto found = folded_.find(pattern.plain);
        return found == folded_.end() ? nullptr : found->second;
    }

  private:
    std::unordered_map<std::string_view, const Word*> exact_;
    std::unordered_map<std::string, const Word*> folded_;
};

/// Of headers that differ only by case one is used: the one that is a field's name as it stands,
/// else the first.
bool is_shadowed(const Kind& kind, const std::vector<std::string>& headers,
                 const std::vector<HeaderPattern>& patterns, std::size_t column) {
    for (std::size_t other = 0; other < headers.size(); ++other) {
        if (other == column || patterns[other].plain != patterns[column].plain ||
            headers[other] == headers[column])
            continue;
        const bool own_is_exact = kind.field(headers[column]) != nullptr;
        const bool other_is_exact = kind.field(headers[other]) != nullptr;
        if (other_is_exact || (!own_is_exact && other < column)) return true;
    }
    return false;
}

} // namespace

BoundLayout bind_columns(const Kind& kind, const std::vector<std::string>& headers,
                         const ColumnMapping& mapping,
                         const std::vector<std::string>& first_cells) {
    std::vector<HeaderPattern> patterns;
    for (const std::string& header : headers) patterns.push_back(pattern_of(header));
    const Words words(mapping);
    const Layout* const layout = recognise(patterns);
    BoundLayout out{layout == nullptr ? "custom" : std::string(layout->name), {}, {}};
    std::size_t mapped = 0;
    for (std::size_t column = 0; column < headers.size(); ++column) {
        std::optional<Destination> place;
        const auto* const word = words.on(headers[column], patterns[column]);
        if (word != nullptr) {
            place = *word ? mapped_place(kind, **word) : std::nullopt;
        } else if (!is_shadowed(kind, headers, patterns, column)) {
            if (layout != nullptr && layout->name == own_layout)
                place = own_place(kind, patterns[column].plain);
            if (!place && layout != nullptr)
                place = find_column(kind, layout->columns, patterns[column]);
            if (!place) place = find_field(kind, patterns[column].plain);
            if (!place) place = find_column(kind, common_columns(), patterns[column]);
            if (!place && layout == nullptr &&
                is_own_id(patterns[column], column < first_cells.size() ? first_cells[column] : ""))
                place = Destination{ColumnTarget::id, {}};
        }
        if (!place)
            out.unmapped_columns.push_back(
                headers[column].empty() ? "column " + std::to_string(column + 1) : headers[column]);
        else if (word != nullptr) // before the layout's, so that the user's choice comes first
            out.columns.insert(out.columns.begin() + static_cast<std::ptrdiff_t>(mapped++),
                               {column, *place});
        else
            out.columns.push_back({column, *place});
    }
    return out;
}

std::vector<FieldError> check_mapping(const Kind& kind, const std::vector<std::string>& headers,
                                      const ColumnMapping& mapping) {
    std::unordered_set<std::string> known;
    for (const std::string& header : headers) known.insert(case_folded(trimmed(header)));
    std::vector<FieldError> errors;
    for (const auto& [column, field] : mapping) {
        std::string pointer = "/mapping/";
        append_pointer_token(pointer, column);
        if (!known.contains(case_folded(trimmed(column))))
            add_fault(errors, pointer, "unknown_field", "The file has no column of this name.");
        else if (field && field->size() > metadata_prefix.size() + max_key_bytes)
            add_fault(errors, pointer, "too_large", "A key of metadata has at most 255 bytes.");
        else if (field && !mapped_place(kind, *field))
            add_fault(errors, pointer, "unknown_field",
                      "A " + kind.name + " has no field " + *field + ".");
    }
    return errors;
}

} // namespace throughline
