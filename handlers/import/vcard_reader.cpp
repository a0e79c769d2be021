#include "handlers/import/vcard_reader.hpp"

#include "domain/text.hpp"
#include "handlers/import/csv_reader.hpp"

#include <fmt/format.h>
#include <unicode/ucnv.h>

#include <algorithm>
#include <array>

namespace throughline {

namespace {

/// The first such character outside double quotes.
std::size_t find_unquoted(std::string_view text, char wanted) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"')
            quoted = !quoted;
        else if (text[i] == wanted && !quoted)
            return i;
    }
    return std::string_view::npos;
}

std::size_t value_start(std::string_view line) {
    const auto colon = find_unquoted(line, ':');
    return colon != std::string_view::npos ? colon : line.find(':');
}

std::string property_name(std::string_view line) {
    std::string_view name = line.substr(0, line.find_first_of(":;"));
    if (const auto dot = name.rfind('.'); dot != std::string_view::npos)
        name.remove_prefix(dot + 1);
    return ascii_upper(without_blanks(name));
}

bool is_passed_over(std::string_view line) {
    static constexpr std::array<std::string_view, 4> names{"PHOTO", "LOGO", "SOUND", "KEY"};
    return std::ranges::find(names, property_name(line)) != names.end();
}

bool is_quoted_printable(std::string_view line) {
    return ascii_upper(line.substr(0, std::min(line.find(':'), line.size())))
               .find("QUOTED-PRINTABLE") != std::string::npos;
}

int hex_digit(char c) {
    const char digit = ascii_upper(c);
    if (digit >= '0' && digit <= '9') return digit - '0';
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

std::string quoted_printable_undone(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '=' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

bool is_named(const std::string& charset, std::initializer_list<const char*> names) {
    return std::ranges::any_of(
        names, [&](const char* name) { return ucnv_compareNames(charset.c_str(), name) == 0; });
}

/// Nothing where the charset is not known. What names none, or UTF-8 and is not, is Windows-1252. A
/// file in UTF-16 or UTF-32 was read as such.
std::optional<std::string> as_utf8(std::string value, const std::string& charset) {
    if (is_named(charset, {"ISO-8859-1", "latin1", "windows-1252", "cp1252"}))
        return utf8_of_windows1252(value);
    const bool is_well_formed = is_well_formed_utf8(value);
    if (is_named(charset, {"", "UTF-8", "US-ASCII", "ASCII", "UTF-16", "UTF-32"}))
        return is_well_formed ? std::move(value) : utf8_of_windows1252(value);
    auto read = utf8_of_charset(value, charset);
    return read || !is_well_formed ? read : std::move(value);
}

/// Of a name that a file gives, what can be told in a line.
std::string told(std::string_view name) {
    std::string out(name.substr(0, 40));
    std::erase_if(out, [](char c) { return c <= ' ' || c > '~'; });
    return out;
}

/// RFC 6868: ^n, ^^ and ^' in parameter values.
std::string parameter_value(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char next = text[i] == '^' && i + 1 < text.size() ? text[i + 1] : '\0';
        if (next == 'n' || next == '^' || next == '\'') {
            out += next == 'n' ? '\n' : next == '^' ? '^' : '"';
            ++i;
        } else if (text[i] != '"') {
            out += text[i];
        }
    }
    return out;
}

void read_parameters(std::string_view text, VCardProperty& into) {
    while (!text.empty()) {
        const auto end = std::min(find_unquoted(text, ';'), text.size());
        const std::string_view one = without_blanks(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto equals = one.find('=');
        if (equals != std::string_view::npos)
            into.parameters.emplace_back(ascii_upper(without_blanks(one.substr(0, equals))),
                                         parameter_value(without_blanks(one.substr(equals + 1))));
        else if (const std::string bare = ascii_upper(one);
                 bare == "QUOTED-PRINTABLE" || bare == "BASE64")
            into.parameters.emplace_back("ENCODING", bare);
        else if (!one.empty())
            into.parameters.emplace_back("TYPE", std::string(one));
    }
}

std::optional<VCardProperty> read_property(std::string_view line) {
    const auto colon = value_start(line);
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    VCardProperty out;
    out.name = property_name(line);
    const std::string_view head = line.substr(0, colon);
    const auto semicolon = std::min(head.find(';'), head.size());
    if (const auto dot = head.substr(0, semicolon).rfind('.'); dot != std::string_view::npos)
        out.group = std::string(without_blanks(head.substr(0, dot)));
    if (semicolon < head.size()) read_parameters(head.substr(semicolon + 1), out);
    std::string value(line.substr(colon + 1));
    if (ascii_upper(out.parameter("ENCODING")) == "QUOTED-PRINTABLE")
        value = quoted_printable_undone(value);
    out.value = std::move(value);
    return out;
}

/// False where its charset is not known.
bool make_utf8(VCardProperty& property) {
    auto text = as_utf8(std::move(property.value), std::string(property.parameter("CHARSET")));
    property.value = std::move(text).value_or("");
    return text.has_value();
}

/// vCard 2.1 escapes nothing but semicolons and backslashes: any other backslash is one.
std::string with_escapes_of_30(std::string_view value) {
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        out += value[i];
        if (value[i] != '\\') continue;
        const char next = i + 1 < value.size() ? value[i + 1] : '\0';
        out += next == ';' || next == '\\' ? value[++i] : '\\';
    }
    return out;
}

constexpr const char* too_long = "The card is longer than 1 MiB.";
constexpr std::size_t max_properties = 10'000;

/// The first fault is told; nothing else of the card is.
void fail(VCard& card, std::string fault) {
    if (card.fault.empty()) card.fault = std::move(fault);
    card.properties = {};
}

bool is_mark(std::string_view line, std::string_view word) {
    const auto colon = line.find(':');
    return colon != std::string_view::npos &&
           ascii_upper(without_blanks(line.substr(0, colon))) == word &&
           ascii_upper(without_blanks(line.substr(colon + 1))) == "VCARD";
}

} // namespace

bool VCardProperty::has_type(std::string_view type) const {
    const std::string wanted = ascii_upper(type);
    return std::ranges::any_of(parameters, [&](const auto& parameter) {
        if (parameter.first != "TYPE") return false;
        const std::string types = "," + ascii_upper(parameter.second) + ",";
        return types.find("," + wanted + ",") != std::string::npos;
    });
}

std::string_view VCardProperty::parameter(std::string_view wanted) const {
    const auto found = std::ranges::find(parameters, wanted,
                                         [](const auto& p) -> std::string_view { return p.first; });
    return found == parameters.end() ? std::string_view{} : found->second;
}

std::optional<VCard> VCardReader::next() {
    std::string line;
    while (read_logical(line)) {
        if (!is_mark(line, "BEGIN")) continue;
        VCard card;
        card.line = logical_line_;
        card_bytes_ = 0;
        read_card(card);
        return card;
    }
    return std::nullopt;
}

void VCardReader::read_card(VCard& card) {
    std::string line;
    bool has_agent = false;         // the line before: a card may follow
    bool after_passed_over = false; // its base64 may go on without a blank before it
    while (true) {
        if (read_physical() && is_mark(ahead_.text, "BEGIN")) {
            if (!has_agent) return fail(card, "The card has no END before the next BEGIN.");
            skip_card();
        }
        if (!read_logical(line)) return fail(card, "The file ends before the card's END.");
        if (is_mark(line, "END")) break;
        has_agent = property_name(line) == "AGENT";
        if (card_bytes_ > max_import_row_bytes) {
            fail(card, too_long);
            continue;
        }
        if (is_passed_over(line)) {
            after_passed_over = true;
            continue;
        }
        if (after_passed_over && value_start(line) == std::string_view::npos) continue;
        after_passed_over = false;
        auto property = read_property(line);
        if (!property)
            fail(card, fmt::format("Line {} is no property.", logical_line_));
        else if (!make_utf8(*property))
            fail(card, fmt::format("Line {} is in a charset that is not known: {}.", logical_line_,
                                   told(property->parameter("CHARSET"))));
        else if (property->name == "VERSION")
            card.version = std::string(without_blanks(property->value));
        else if (card.properties.size() == max_properties)
            fail(card, fmt::format("The card has more than {} properties.", max_properties));
        else if (card.fault.empty())
            card.properties.push_back(std::move(*property));
    }
    if (card_bytes_ > max_import_row_bytes) fail(card, too_long);
    if (card.version == "2.1")
        for (VCardProperty& property : card.properties)
            property.value = with_escapes_of_30(property.value);
}

/// Passes a card inside a card (AGENT of vCard 2.1).
void VCardReader::skip_card() {
    std::string line;
    while (read_logical(line) && !is_mark(line, "END")) {
    }
}

bool VCardReader::read_physical() {
    while (!has_ahead_) {
        if (!read_line(file_, ahead_, max_import_row_bytes)) return false;
        ++line_;
        has_ahead_ = ahead_.text.find_first_not_of(" \t") != std::string::npos;
    }
    return true;
}

/// Unfolds: a line that begins with a blank continues the one before; so does any line after a
/// soft line break of quoted-printable.
bool VCardReader::read_logical(std::string& line) {
    if (!read_physical()) return false;
    has_ahead_ = false;
    line = std::move(ahead_.text);
    logical_line_ = line_;
    const bool passed_over = is_passed_over(line);
    const bool printable = !passed_over && is_quoted_printable(line);
    card_bytes_ += passed_over ? 0 : line.size() + (ahead_.too_long ? 1 : 0);
    while (true) {
        const bool soft_break = printable && line.ends_with('=');
        if (soft_break) {
            line.pop_back();
            if (!read_line(file_, ahead_, max_import_row_bytes)) return true;
            ++line_;
        } else if (!read_physical() || (ahead_.text[0] != ' ' && ahead_.text[0] != '\t')) {
            return true;
        } else {
            ahead_.text.erase(0, 1);
        }
        has_ahead_ = false;
        card_bytes_ += passed_over ? 0 : ahead_.text.size();
        if (!passed_over && card_bytes_ <= max_import_row_bytes) line += ahead_.text;
    }
}

std::vector<std::string> split_vcard_value(std::string_view value, char separator) {
    std::vector<std::string> out(1);
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == separator) {
            out.emplace_back();
            continue;
        }
        out.back() += value[i];
        if (value[i] == '\\' && i + 1 < value.size()) out.back() += value[++i];
    }
    return out;
}

std::string unescaped_vcard_value(std::string_view value) {
    static constexpr std::string_view escaped = ",;:\\\"";
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char next = value[i] == '\\' && i + 1 < value.size() ? value[i + 1] : '\0';
        if (next == 'n' || next == 'N')
            out += '\n';
        else if (next != '\0' && escaped.find(next) != std::string_view::npos)
            out += next;
        else {
            out += value[i];
            continue;
        }
        ++i;
    }
    return out;
}

} // namespace throughline
