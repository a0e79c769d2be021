#include "handlers/import/row.hpp"

#include "domain/text.hpp"
#include "handlers/import/cell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace throughline {

namespace {

/// "9.87E+09": a spreadsheet took the number for a quantity and lost its digits.
bool is_mangled_number(std::string_view text) {
    const auto e = text.find_first_of("eE");
    return e != std::string_view::npos && e > 0 && e + 2 < text.size() && text[e + 1] == '+' &&
           text.find_first_not_of("0123456789.,") == e &&
           text.find_first_not_of("0123456789", e + 2) == std::string_view::npos;
}

bool looks_like_phone(std::string_view text) {
    return normal_phone(text).size() >= 6 && std::ranges::none_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           });
}

const Field* reference_named(const Kind& kind, std::string_view member) {
    const auto found = std::ranges::find_if(kind.fields, [&](const Field& field) {
        return field.refers() && field.name_member() == member;
    });
    return found == kind.fields.end() ? nullptr : &*found;
}

bool is_blank(const Json* value) {
    return value != nullptr &&
           (value->is_null() || (value->string() != nullptr && trimmed(*value->string()).empty()));
}

bool has_metadata(const Kind& kind) {
    const Field* const field = kind.field("metadata");
    return field != nullptr && field->type == FieldType::metadata;
}

std::string numbered(std::string_view key, std::size_t number) {
    return number == 1 ? std::string(key) : fmt::format("{}_{}", key, number);
}

/// Of what the value holds besides itself.
std::size_t weight_of(const Json& value) {
    if (const auto* const text = value.string()) return text->capacity();
    if (const auto* const number = value.number()) return number->digits.capacity();
    if (const auto* const object = value.object()) return weight_of(*object);
    const auto* const array = value.array();
    if (array == nullptr) return 0;
    std::size_t weight = array->capacity() * sizeof(Json);
    for (const Json& item : *array) weight += weight_of(item);
    return weight;
}

} // namespace

void drop_blanks(const Kind& kind, JsonObject& body) {
    for (const Field& field : kind.fields) {
        if (!field.is_never_null) continue;
        if (is_blank(body.find(field.name))) body.erase(field.name);
        for (const std::string& synonym : field.synonyms)
            if (is_blank(body.find(synonym))) body.erase(synonym);
    }
}

std::size_t weight_of(const JsonObject& body) {
    std::size_t weight = body.size() * sizeof(JsonMember);
    for (const auto& [name, value] : body) weight += name.capacity() + weight_of(value);
    return weight;
}

bool has_place(const Kind& kind, const Destination& destination) {
    switch (destination.target) {
    case ColumnTarget::email: return kind.field("email") != nullptr;
    case ColumnTarget::phone: return kind.field("phone") != nullptr;
    case ColumnTarget::tags: return kind.field("tags") != nullptr;
    case ColumnTarget::organization:
        return kind.name == "organization" || kind.field("company") != nullptr ||
               reference_named(kind, "organization") != nullptr;
    case ColumnTarget::website: return kind.field("website") != nullptr || has_metadata(kind);
    case ColumnTarget::address_whole:
    case ColumnTarget::address_part:
    case ColumnTarget::metadata: return has_metadata(kind);
    case ColumnTarget::id: return true;
    case ColumnTarget::choice: {
        const Field* const field = kind.field(destination.key);
        return field != nullptr && field->type == FieldType::choice;
    }
    case ColumnTarget::field:
    case ColumnTarget::own_field:
        return kind.field(destination.key) != nullptr ||
               reference_named(kind, destination.key) != nullptr;
    default: return kind.field("name") != nullptr;
    }
}

void RowBuilder::add(const Destination& destination, std::string_view written) {
    const std::string text = trimmed(written);
    if (text.empty()) return;
    if (!is_valid_utf8(text)) {
        fail("", "invalid_format", "The row holds bytes that are no text.");
        return;
    }
    switch (destination.target) {
    case ColumnTarget::email: add_email(text); break;
    case ColumnTarget::phone:
        if (std::ranges::any_of(text, [](char c) {
                return c == ':' || c == ';' || c == ',' || c == '/' || c == '\n';
            }))
            std::ranges::move(parts_of(text, {":::", ";", ",", " / ", "\n"}),
                              std::back_inserter(phones_));
        else
            phones_.push_back(text);
        break;
    case ColumnTarget::website:
        std::ranges::move(parts_of(text, {" ::: ", "\n"}), std::back_inserter(websites_));
        break;
    case ColumnTarget::organization:
        if (organization_.empty()) organization_ = one_line(text);
        break;
    case ColumnTarget::tags: add_tags(text); break;
    case ColumnTarget::address_whole:
        if (std::string& whole = addresses_[destination.key].first; whole.empty()) whole = text;
        break;
    case ColumnTarget::address_part:
        addresses_[destination.key].second.push_back(one_line(text));
        break;
    case ColumnTarget::metadata: add_custom(destination.key, text); break;
    case ColumnTarget::field: add_field(destination.key, text, false); break;
    case ColumnTarget::own_field: add_field(destination.key, text, true); break;
    case ColumnTarget::choice: add_choice(destination.key, text); break;
    case ColumnTarget::id:
        if (!id_) id_ = parse_uuid(text);
        break;
    default: names_.emplace(destination.target, one_line(text));
    }
}

void RowBuilder::fail(std::string pointer, std::string code, std::string detail) {
    if (errors_.empty())
        errors_.push_back({std::move(pointer), std::move(code), std::move(detail)});
}

/// A cell may hold several addresses, and even a phone number beside them. A slash before the only
/// @ is the address's own.
void RowBuilder::add_email(const std::string& text) {
    if (looks_like_email(text) && text.find('/', text.find('@')) == std::string::npos) {
        emails_.push_back(text);
        return;
    }
    const auto parts = parts_of(text, {":::", ";", ",", " / ", "/", "|", " ", "\n", "\t"});
    if (std::ranges::none_of(parts,
                             [](const std::string& part) { return looks_like_email(part); })) {
        emails_.push_back(text);
        return;
    }
    for (const std::string& part : parts_of(text, {":::", ";", ",", "/", "|", "\n", "\t"}))
        if (looks_like_phone(part))
            phones_.push_back(part);
        else
            std::ranges::move(parts_of(part, {" "}), std::back_inserter(emails_));
}

void RowBuilder::add_tags(std::string_view text) {
    const bool is_listed = listed_texts(text).has_value();
    for (Json& tag : list_in(text)) {
        // Google marks groups of its own.
        const bool is_marked = !is_listed && tag.string()->starts_with("* ");
        tags_.emplace_back(is_marked ? Json(trimmed(tag.string()->substr(2))) : std::move(tag));
    }
}

void RowBuilder::add_field(const std::string& key, const std::string& text, bool is_ours) {
    const Field* const field = kind_.field(key);
    if (field == nullptr) {
        const Field* const named = reference_named(kind_, key);
        const bool is_list = named != nullptr && named->is_list();
        set_once(key, is_list ? Json(list_in(text)) : Json(is_ours ? text : one_line(text)));
    } else if (field->type == FieldType::tags) {
        add_tags(text);
    } else if (field->type == FieldType::metadata) {
        add_metadata(key, text);
    } else {
        set_once(key, cell_value(*field, text, is_ours));
    }
}

void RowBuilder::add_metadata(const std::string& key, const std::string& text) {
    const auto json = read_json(text);
    const Json* const read = std::get_if<Json>(&json);
    if (read == nullptr || read->object() == nullptr)
        return fail("/" + key, "invalid_type", "Metadata is a JSON object.");
    for (const JsonMember& member : *read->object()) put_metadata(member.name, member.value);
}

/// As the tenant's field of that key has it, if there is one.
void RowBuilder::add_custom(const std::string& key, const std::string& text) {
    const auto field = std::ranges::find(kind_.custom, key, &Field::name);
    put_metadata(key, field == kind_.custom.end() ? Json(text) : cell_value(*field, text));
}

/// A choice of another program that is none of ours is kept aside: the row comes in all the same.
void RowBuilder::add_choice(const std::string& key, const std::string& text) {
    if (const auto choice = choice_in(*kind_.field(key), text))
        set_once(key, *choice);
    else
        put_metadata(key, one_line(text));
}

void RowBuilder::set_once(std::string_view member, Json value) {
    if (!body_.contains(member)) body_.append(member, std::move(value));
}

void RowBuilder::put_metadata(const std::string& key, Json value) {
    if (metadata_keys_.insert(key).second) metadata_.append(key, std::move(value));
}

/// The first value is the field's; each further one goes to metadata under its number.
void RowBuilder::put_series(std::string_view field, const std::vector<std::string>& values,
                            const std::string& key) {
    std::size_t number = 1;
    std::unordered_set<std::string_view> seen;
    for (const std::string& value : values) {
        if (!seen.insert(value).second) continue;
        if (number == 1 && kind_.field(field) != nullptr)
            set_once(field, one_line(value));
        else
            put_metadata(numbered(key, number), value);
        ++number;
    }
}

/// Where a kind keeps the company as text, a name that no record has is text.
void RowBuilder::add_organization(const std::string& name) {
    if (name.empty()) return;
    if (kind_.name == "organization")
        names_.emplace(ColumnTarget::name, name);
    else
        set_once(kind_.field("company") != nullptr ? "company" : "organization", name);
}

void RowBuilder::name_record() {
    if (body_.contains("name") || kind_.field("name") == nullptr) return;
    std::string name = names_[ColumnTarget::name];
    if (name.empty())
        for (const ColumnTarget part :
             {ColumnTarget::prefix, ColumnTarget::first_name, ColumnTarget::middle_name,
              ColumnTarget::last_name, ColumnTarget::suffix})
            if (const std::string& text = names_[part]; !text.empty())
                name += (name.empty() ? "" : " ") + text;
    if (name.empty()) name = names_[ColumnTarget::file_as];
    if (name.empty()) {
        for (const std::string_view member : {"email", "phone"})
            if (const Json* const value = body_.find(member); value != nullptr && name.empty())
                name = *value->string();
        if (name.empty()) name = organization_;
        name_is_borrowed_ = !name.empty();
    }
    if (!name.empty()) body_.append("name", name);
}

void RowBuilder::join_addresses() {
    for (const auto& [key, address] : addresses_) {
        std::string text = address.first;
        if (text.empty())
            for (const std::string& part : address.second)
                text += (text.empty() ? "" : ", ") + part;
        put_metadata(key, text);
    }
}

ImportRow RowBuilder::take(std::int64_t line) && {
    if (std::ranges::any_of(phones_, is_mangled_number))
        fail("/phone", "invalid_format", "A spreadsheet has cut digits off this number.");
    for (std::string& website : websites_)
        if (website.find("://") == std::string::npos && kind_.field("website") != nullptr)
            website.insert(0, "https://");
    put_series("email", emails_, "email");
    put_series("phone", phones_, "phone");
    put_series("website", websites_, "website");
    add_organization(organization_);
    name_record();
    join_addresses();
    if (!tags_.empty() && kind_.field("tags") == nullptr)
        put_metadata("tags", std::move(tags_));
    else if (!tags_.empty())
        body_.append("tags", std::move(tags_));
    if (!metadata_.empty()) set_once("metadata", std::move(metadata_));
    return {line, std::move(body_), name_is_borrowed_, std::move(errors_), id_};
}

} // namespace throughline
