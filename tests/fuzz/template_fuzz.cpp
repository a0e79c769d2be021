#include "domain/rules/template.hpp"
#include "domain/text.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <date/tz.h>

#include <algorithm>

namespace throughline::fuzz {
namespace {

using EscapeFor = rules::Target;
using rules::TemplateContext;
using rules::TemplateWarning;

void check_escaped(const std::string& text, EscapeFor target) {
    const auto has = [&](std::string_view any) {
        return text.find_first_of(any) != std::string::npos;
    };
    if (target == EscapeFor::html)
        demand(!has("<>\"'"), "no value opens a tag or ends an attribute");
    if (target == EscapeFor::header) demand(!has("\r\n"), "no value begins another header");
    if (target == EscapeFor::url) demand(!has(" &?#/\"<>"), "no value leaves its part of the URL");
    if (target == EscapeFor::json) {
        const auto read = read_json('"' + text + '"');
        demand(std::holds_alternative<Json>(read), "no value ends the string it stands in");
    }
}

/// The target, a line: a value. Then a text with templates.
void run(std::string_view input) {
    Input from(input);
    const auto target = static_cast<EscapeFor>(from.choice(5));
    const auto value = read_json(from.line().value_or(""));
    if (!std::holds_alternative<Json>(value) || !is_valid_utf8(from.rest())) return;
    if (const std::string* const text = std::get<Json>(value).string())
        check_escaped(rules::escaped(*text, target), target);
    const Json data = JsonObject{{"a", std::get<Json>(value)}};
    const Json parameters = JsonArray{Json(from.rest())};
    const auto faults = rules::template_faults(parameters, "/actions");
    demand_lawful(faults);
    static const date::time_zone& zone = *date::locate_zone("America/New_York");
    const TemplateContext context{data, Time(std::chrono::microseconds(1'772'938'800'000'000)),
                                  zone};
    std::vector<TemplateWarning> warnings;
    const Json made = rules::render(parameters, context, target, "", warnings);
    demand_readable(made);
    const std::string* const text = made.array()->front().string();
    demand(text == nullptr || text->size() <= rules::max_rendered_bytes,
           "what is rendered is bounded");
    if (!faults.empty()) demand(made == parameters, "what is no template stays as it is");
}

const Target registered("template", run);

} // namespace
} // namespace throughline::fuzz
