#include "handlers/import/cell.hpp"

#include "domain/record/value.hpp"
#include "domain/text.hpp"
#include "domain/time.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

/// A word of another program for one of our choices.
struct ForeignChoice {
    std::string_view field;
    std::string_view word; // case folded
    std::string_view key;
};

constexpr std::array foreign_choices{
    // Deal stages of HubSpot and Salesforce as they come.
    ForeignChoice{"stage", "appointment scheduled", "new"},
    ForeignChoice{"stage", "qualified to buy", "qualified"},
    ForeignChoice{"stage", "presentation scheduled", "proposal"},
    ForeignChoice{"stage", "decision maker bought-in", "negotiation"},
    ForeignChoice{"stage", "contract sent", "negotiation"},
    ForeignChoice{"stage", "prospecting", "new"},
    ForeignChoice{"stage", "qualification", "qualified"},
    ForeignChoice{"stage", "needs analysis", "qualified"},
    ForeignChoice{"stage", "value proposition", "proposal"},
    ForeignChoice{"stage", "id. decision makers", "proposal"},
    ForeignChoice{"stage", "perception analysis", "proposal"},
    ForeignChoice{"stage", "proposal/price quote", "proposal"},
    ForeignChoice{"stage", "negotiation/review", "negotiation"},
    ForeignChoice{"stage", "closed won", "won"},
    ForeignChoice{"stage", "closed lost", "lost"},
    // Leads and tasks of Salesforce.
    ForeignChoice{"status", "open - not contacted", "new"},
    ForeignChoice{"status", "working - contacted", "contacted"},
    ForeignChoice{"status", "closed - converted", "converted"},
    ForeignChoice{"status", "closed - not converted", "lost"},
    ForeignChoice{"status", "not started", "pending"},
    ForeignChoice{"status", "waiting on someone else", "blocked"},
    ForeignChoice{"priority", "normal", "medium"},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "$1,200.50" as "1200.50"; anything else as it is: 1.200,50 may mean two things.
std::string plain_number(const std::string& text) {
    static constexpr std::array<std::string_view, 5> signs{"$", "\xE2\x82\xAC", "\xC2\xA3", "USD",
                                                           "EUR"};
    std::string_view rest = text;
    for (const std::string_view sign : signs) {
        if (rest.starts_with(sign)) rest.remove_prefix(sign.size());
        if (rest.ends_with(sign)) rest.remove_suffix(sign.size());
    }
    const std::string bare = trimmed(rest);
    const std::size_t whole = std::min(bare.find('.'), bare.size());
    std::string out;
    for (std::size_t i = 0; i < bare.size(); ++i) {
        const bool separates =
            bare[i] == ',' && i > 0 && i < whole && (whole - i) % 4 == 0 && is_digit(bare[i - 1]);
        if (!separates) out += bare[i];
    }
    return out;
}

/// "2026-03-08 06:00" is such a moment in UTC, as programs export it.
std::string moment_in(const std::string& text) {
    if (!parse_date(text.substr(0, 10))) return text;
    const std::string clock = text.size() > 11 ? text.substr(11) : "00:00:00";
    const bool is_bare = clock.find_first_not_of("0123456789:") == std::string::npos;
    if (!is_bare || (clock.size() != 5 && clock.size() != 8)) return text;
    return text.substr(0, 10) + "T" + clock + (clock.size() == 5 ? ":00Z" : "Z");
}

Json flag_in(const std::string& text) {
    const std::string word = case_folded(text);
    if (word == "true" || word == "yes" || word == "1") return true;
    if (word == "false" || word == "no" || word == "0") return false;
    return text;
}

} // namespace

/// One line: what follows a line break stands after a blank.
std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c != '\r' && c != '\n')
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    return out;
}

/// The parts between any of these separators, trimmed, without empty ones.
std::vector<std::string> parts_of(std::string_view text,
                                  std::initializer_list<std::string_view> separators) {
    std::vector<std::string> out;
    const auto keep = [&](std::string_view part) {
        if (std::string whole = trimmed(part); !whole.empty()) out.push_back(std::move(whole));
    };
    std::size_t from = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto found = std::ranges::find_if(separators, [&](std::string_view separator) {
            return text.substr(at).starts_with(separator);
        });
        if (found == separators.end()) {
            ++at;
            continue;
        }
        keep(text.substr(from, at - from));
        at += found->size();
        from = at;
    }
    keep(text.substr(from));
    return out;
}

std::optional<JsonArray> listed_texts(std::string_view text) {
    if (!text.starts_with('[')) return std::nullopt;
    auto json = read_json(text);
    Json* const read = std::get_if<Json>(&json);
    JsonArray* const listed = read == nullptr ? nullptr : read->array();
    const auto is_text = [](const Json& item) { return item.string() != nullptr; };
    if (listed == nullptr || !std::ranges::all_of(*listed, is_text)) return std::nullopt;
    return std::move(*listed);
}

JsonArray list_in(std::string_view text) {
    if (auto listed = listed_texts(text)) return std::move(*listed);
    const bool has_own =
        text.find(":::") != std::string_view::npos || text.find(';') != std::string_view::npos;
    JsonArray items;
    for (std::string& item :
         has_own ? parts_of(text, {":::", ";", "\n"}) : parts_of(text, {",", "\n"}))
        items.emplace_back(std::move(item));
    return items;
}

std::optional<std::string> choice_in(const Field& field, const std::string& text) {
    if (auto key = choice_key(field, text)) return key;
    const std::string word = case_folded(text);
    for (const ForeignChoice& known : foreign_choices)
        if (known.field == field.name && known.word == word)
            if (auto key = choice_key(field, known.key)) return key;
    return std::nullopt;
}

Json cell_value(const Field& field, const std::string& text, bool is_ours) {
    if (field.is_list()) return list_in(text);
    switch (field.type) {
    case FieldType::long_text: return text;
    case FieldType::flag: return flag_in(text);
    case FieldType::money:
    case FieldType::number: return plain_number(text);
    case FieldType::date:
        return text.size() > 10 && (text[10] == ' ' || text[10] == 'T') ? text.substr(0, 10) : text;
    case FieldType::time: return moment_in(text);
    case FieldType::choice: return choice_in(field, text).value_or(text);
    default: return is_ours ? text : one_line(text);
    }
}

} // namespace throughline
