#include "domain/text.hpp"
#include "handlers/import/source.hpp"
#include "handlers/import/vcard_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace throughline {

namespace {

/// How strongly the card prefers this one; less is more (RFC 6350 PREF; TYPE=pref before).
int preference(const VCardProperty& property) {
    const std::string_view pref = property.parameter("PREF");
    int value = property.has_type("PREF") ? 1 : 101;
    std::from_chars(pref.data(), pref.data() + pref.size(), value);
    return value;
}

std::vector<const VCardProperty*> by_preference(const VCard& card, std::string_view name) {
    std::vector<const VCardProperty*> out;
    for (const VCardProperty& property : card.properties)
        if (property.name == name) out.push_back(&property);
    std::ranges::stable_sort(out, {},
                             [](const VCardProperty* property) { return preference(*property); });
    return out;
}

std::string phone_text(const VCardProperty& property) {
    std::string text = unescaped_vcard_value(property.value);
    if (!case_folded(text).starts_with("tel:")) return trimmed(text);
    text.erase(0, 4); // RFC 3966
    const auto semicolon = text.find(';');
    if (const auto extension = text.find(";ext="); extension != std::string::npos) {
        const auto end = std::min(text.find(';', extension + 1), text.size());
        return text.substr(0, semicolon) + " ext. " +
               text.substr(extension + 5, end - extension - 5);
    }
    return text.substr(0, semicolon);
}

/// "19800322" as "1980-03-22"; anything else as it is.
std::string date_text(std::string value) {
    if (value.size() == 8 && value.find_first_not_of("0123456789") == std::string::npos)
        return value.substr(0, 4) + "-" + value.substr(4, 2) + "-" + value.substr(6);
    return value;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
    std::string out;
    for (const std::string& part : parts)
        if (const std::string text = trimmed(unescaped_vcard_value(part)); !text.empty())
            out += (out.empty() ? "" : std::string(between)) + text;
    return out;
}

void add_names(const VCard& card, RowBuilder& row) {
    static constexpr std::array parts{ColumnTarget::last_name, ColumnTarget::first_name,
                                      ColumnTarget::middle_name, ColumnTarget::prefix,
                                      ColumnTarget::suffix};
    for (const VCardProperty& property : card.properties) {
        if (property.name == "FN")
            row.add({ColumnTarget::name, {}}, unescaped_vcard_value(property.value));
        if (property.name != "N") continue;
        const auto values = split_vcard_value(property.value, ';');
        for (std::size_t i = 0; i < std::min(values.size(), parts.size()); ++i)
            row.add({parts[i], {}}, joined(split_vcard_value(values[i], ','), " "));
    }
}

/// What is no address goes to metadata: nothing is lost, and the card comes in all the same.
void add_emails(const VCard& card, RowBuilder& row) {
    for (const VCardProperty* property : by_preference(card, "EMAIL")) {
        const std::string text = trimmed(unescaped_vcard_value(property->value));
        row.add(looks_like_email(text) ? Destination{ColumnTarget::email, {}}
                                       : Destination{ColumnTarget::metadata, "email_other"},
                text);
    }
}

void add_phones(const VCard& card, RowBuilder& row) {
    for (const VCardProperty* property : by_preference(card, "TEL")) {
        const std::string text = phone_text(*property);
        if (property->has_type("FAX"))
            row.add({ColumnTarget::metadata, property->has_type("HOME") ? "home_fax" : "fax"},
                    text);
        else if (property->has_type("PAGER"))
            row.add({ColumnTarget::metadata, "pager"}, text);
        else
            row.add(normal_phone(text).empty() ? Destination{ColumnTarget::metadata, "phone_other"}
                                               : Destination{ColumnTarget::phone, {}},
                    text);
    }
}

void add_work(const Kind& kind, const VCard& card, RowBuilder& row) {
    for (const VCardProperty* property : by_preference(card, "ORG")) {
        auto units = split_vcard_value(property->value, ';');
        row.add({ColumnTarget::organization, {}}, unescaped_vcard_value(units.front()));
        units.erase(units.begin());
        row.add({ColumnTarget::metadata, "department"}, joined(units, ", "));
    }
    for (const std::string_view name : {"TITLE", "ROLE"})
        for (const VCardProperty* property : by_preference(card, name))
            row.add({kind.field("job_position") == nullptr ? ColumnTarget::metadata
                                                           : ColumnTarget::field,
                     "job_position"},
                    unescaped_vcard_value(property->value));
}

void add_addresses(const VCard& card, RowBuilder& row) {
    std::size_t number = 1;
    for (const VCardProperty* property : by_preference(card, "ADR")) {
        const std::string text = joined(split_vcard_value(property->value, ';'), ", ");
        if (!text.empty())
            row.add({ColumnTarget::metadata,
                     number == 1 ? "address" : "address_" + std::to_string(number)},
                    text);
        number += text.empty() ? 0 : 1;
    }
}

/// Our own cards have the record's id as a URN.
void add_uid(const std::string& uid, RowBuilder& row) {
    static constexpr std::string_view urn = "urn:uuid:";
    row.add({ColumnTarget::metadata, "external_id"}, uid);
    if (case_folded(uid).starts_with(urn)) row.add({ColumnTarget::id, {}}, uid.substr(urn.size()));
}

/// A list, whose items may hold whatever stands between items elsewhere.
void add_tags(const VCardProperty& categories, RowBuilder& row) {
    JsonArray tags;
    for (const std::string& part : split_vcard_value(categories.value, ','))
        if (std::string tag = trimmed(unescaped_vcard_value(part)); !tag.empty())
            tags.emplace_back(std::move(tag));
    row.add({ColumnTarget::tags, {}}, to_text(Json(std::move(tags))));
}

void add_rest(const VCard& card, RowBuilder& row) {
    std::string notes;
    for (const VCardProperty& property : card.properties) {
        const std::string text = trimmed(unescaped_vcard_value(property.value));
        if (property.name == "NOTE")
            notes += (notes.empty() ? "" : "\n\n") + text;
        else if (property.name == "URL")
            row.add({ColumnTarget::website, {}}, text);
        else if (property.name == "CATEGORIES")
            add_tags(property, row);
        else if (property.name == "NICKNAME")
            row.add({ColumnTarget::metadata, "nickname"}, text);
        else if (property.name == "BDAY")
            row.add({ColumnTarget::metadata, "birthday"}, date_text(text));
        else if (property.name == "UID")
            add_uid(text, row);
    }
    row.add({ColumnTarget::metadata, "notes"}, notes);
}

} // namespace

ImportRow contact_of(const Kind& kind, const VCard& card) {
    RowBuilder row(kind);
    if (!card.fault.empty()) row.fail("", "invalid_format", card.fault);
    add_names(card, row);
    add_emails(card, row);
    add_phones(card, row);
    add_work(kind, card, row);
    add_addresses(card, row);
    add_rest(card, row);
    return std::move(row).take(card.line);
}

} // namespace throughline
