#include "api/trace.hpp"
#include "api/url.hpp"
#include "domain/id.hpp"
#include "domain/json.hpp"
#include "domain/text.hpp"
#include "domain/time.hpp"
#include "handlers/import/text_encoding.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

namespace throughline::fuzz {
namespace {

/// A form in which things compare is its own form.
void check_form(const std::string& name, std::string_view text,
                std::string (*form)(std::string_view)) {
    const std::string once = form(text);
    demand(is_valid_utf8(once), name + " is text");
    demand(form(once) == once, name + " is its own form");
}

void check_words(std::string_view text) {
    const auto words = search_words(text);
    demand(std::ranges::is_sorted(words), "words are sorted");
    for (const std::string& word : words)
        demand(!word.empty() && word.size() <= 64 && is_valid_utf8(word), "words are short text");
}

void check_text(std::string_view text) {
    check_form("trimmed text", text, trimmed);
    check_form("folded text", text, case_folded);
    check_form("text for search", text, search_folded);
    check_form("an address", text, normal_email);
    check_form("a number", text, [](std::string_view t) { return normal_phone(t); });
    const std::string phone = normal_phone(text, "FR");
    demand(phone.find_first_not_of("0123456789", phone.starts_with('+') ? 1 : 0) ==
                   std::string::npos &&
               phone != "+",
           "a number is digits");
    check_words(text);
    std::string quoted;
    append_quoted(quoted, text);
    demand(parse_json(quoted) == Json(text), "a quoted text reads as the text");
}

void check_values(std::string_view text) {
    if (const auto time = parse_rfc3339(text)) {
        demand(parse_rfc3339(to_rfc3339(*time)) == time, "a time has a text");
        demand(to_rfc3339(*time).size() == 27, "a time's text has one length");
    }
    if (const auto id = parse_uuid(text)) demand(parse_uuid(to_string(*id)) == id, "an id's text");
    if (const auto day = parse_date(text)) demand(day->ok(), "a day exists");
    const auto read = read_json(text);
    if (const Json* const json = std::get_if<Json>(&read))
        if (const auto number = json->as_integer())
            demand(Json(*number).as_integer() == number, "a whole number has its digits");
    if (const auto decoded = percent_decoded(text))
        demand(is_valid_utf8(*decoded) && decoded->size() <= text.size(), "an escape is text");
    const auto trace = read_traceparent(text);
    demand(trace_id_of(text).size() == (trace ? 32U : 0U), "a trace's id");
    demand(!trace || read_traceparent(*trace) == trace, "what was read is read again");
}

void run(std::string_view input) {
    const bool has_nul = input.find('\0') != std::string_view::npos;
    demand(is_valid_utf8(input) == (is_well_formed_utf8(input) && !has_nul), "one idea of UTF-8");
    demand(is_well_formed_utf8(utf8_of_windows1252(input)), "any byte is a character");
    check_values(input);
    if (is_valid_utf8(input)) check_text(input);
}

const Target target("text", run);

} // namespace
} // namespace throughline::fuzz
