#include "domain/rules/template.hpp"

#include <array>

namespace throughline::rules {

namespace {

std::string html_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

std::string on_one_line(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    return out;
}

/// All but RFC 3986's unreserved characters.
std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view unreserved = "-._~";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z') || unreserved.find(c) != std::string_view::npos;
        const auto byte = static_cast<unsigned char>(c);
        if (plain)
            out += c;
        else
            (out += '%').append({digits[byte >> 4], digits[byte & 0xF]});
    }
    return out;
}

std::string json_escaped(std::string_view text) {
    std::string quoted;
    append_quoted(quoted, text);
    return quoted.substr(1, quoted.size() - 2);
}

} // namespace

std::string escaped(std::string_view text, Target target) {
    switch (target) {
    case Target::plain: return std::string(text);
    case Target::html: return html_escaped(text);
    case Target::header: return on_one_line(text);
    case Target::url: return percent_encoded(text);
    case Target::json: return json_escaped(text);
    }
    return std::string(text);
}

} // namespace throughline::rules
