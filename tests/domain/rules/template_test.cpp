#include "domain/rules/template.hpp"

#include <date/tz.h>
#include <doctest/doctest.h>

using namespace throughline;
using namespace throughline::rules;

namespace {

const Json data = parse_json(R"({"contact":{"first_name":"Ada","name":"Ada <b>","tags":["a","b"],
    "email":null,"metadata":{"a.b":1}},"deal":{"value":12000.50,"open":true},"user_id":"u-1",
    "company_name":"R&D \"Co\"","tenant":{"slug":"acme"},"line":"a\r\nBcc: x",
    "due":"2026-03-09","at":"2026-03-08T06:30:00.000000Z","actions":[{"id":"t-1"}]})");

Json rendered(std::string_view text, Target target = Target::plain,
              std::vector<TemplateWarning>* warnings = nullptr) {
    std::vector<TemplateWarning> found;
    const TemplateContext context{data, *parse_rfc3339("2026-03-08T03:00:00Z"),
                                  *date::locate_zone("America/New_York")};
    Json value = render(Json(text), context, target, "/message", found);
    if (warnings != nullptr) *warnings = found;
    return value;
}

std::string fault(std::string_view text) {
    const auto faults = template_faults(JsonObject{{"a", JsonArray{Json(text)}}}, "/parameters");
    return faults.empty() ? "taken" : faults.front().where + ' ' + faults.front().code;
}

} // namespace

TEST_CASE("templates put values in place") {
    CHECK(rendered("Hello {{contact.first_name}}, {{ deal.value }}!") ==
          Json("Hello Ada, 12000.50!"));
    CHECK(rendered("{{user_id}}/{{tenant.slug}}/{{actions.0.id}}") == Json("u-1/acme/t-1"));
    CHECK(rendered("tags: {{contact.tags}}") == Json("tags: a, b"));
    CHECK(rendered("no braces } { here") == Json("no braces } { here"));
}

TEST_CASE("a text that is one template keeps the value's type") {
    CHECK(to_text(rendered("{{deal.value}}")) == "12000.50");
    CHECK(rendered("{{deal.open}}") == Json(true));
    CHECK(rendered("{{contact.tags}}") == parse_json(R"(["a","b"])"));
    CHECK(rendered("{{contact.email}}").is_null());
    CHECK(rendered(" {{deal.value}}") == Json(" 12000.50"));
}

TEST_CASE("or takes the value at another path where there is nothing") {
    CHECK(rendered("{{contact.email|or:user_id}}") == Json("u-1"));
    CHECK(rendered("{{contact.nothing | or: contact.email | or: deal.value}}") ==
          Json(JsonNumber{"12000.50"}));
    CHECK(rendered("{{contact.first_name|or:user_id|upper}}") == Json("ADA"));
    std::vector<TemplateWarning> warnings;
    CHECK(rendered("{{nothing|or:nowhere}}", Target::plain, &warnings).is_null());
    CHECK(warnings.size() == 1);
    CHECK(fault("{{user_id|or:}}") == "/parameters/a/0 invalid_format");
}

TEST_CASE("times are the event's, in the tenant's zone") {
    // At three in the morning in UTC it is still the day before in New York.
    CHECK(rendered("{{today}}") == Json("2026-03-07"));
    CHECK(rendered("{{date_add_days:7}}") == Json("2026-03-14"));
    CHECK(rendered("{{date_add_days: -7}}") == Json("2026-02-28"));
    CHECK(rendered("{{now}}") == Json("2026-03-08T03:00:00.000000Z"));
}

TEST_CASE("helpers format") {
    CHECK(rendered("{{contact.first_name | upper}}") == Json("ADA"));
    CHECK(rendered("{{user_id | lower | capitalize}}") == Json("U-1"));
    CHECK(rendered("{{contact.email | default:nobody}}") == Json("nobody"));
    CHECK(rendered("{{deal.value | number:1}}") == Json("12,000.5"));
    CHECK(rendered("{{deal.value | money:EUR}}") == Json("12,000.50 EUR"));
    CHECK(rendered("{{due | date:DD.MM.YYYY}}") == Json("09.03.2026"));
    CHECK(rendered("{{at | date:D MMM HH:mm}}") == Json("D Mar 01:30"));
    CHECK(rendered("{{contact.tags | join:/}}") == Json("a/b"));
    CHECK(to_text(rendered("{{contact.tags | length}}")) == "2");
    CHECK(rendered("{{company_name | truncate:3}}") == Json("R&D…"));
    CHECK(rendered("{{contact.tags | json}}") == Json(R"(["a","b"])"));
}

TEST_CASE("values do not break out of where they stand") {
    CHECK(rendered("<p>{{contact.name}}</p>", Target::html) == Json("<p>Ada &lt;b&gt;</p>"));
    CHECK(rendered("{{line}}", Target::header) == Json("a  Bcc: x"));
    CHECK(rendered("/x?q={{company_name}}", Target::url) == Json("/x?q=R%26D%20%22Co%22"));
    CHECK(rendered(R"({"n":"{{company_name}}"})", Target::json) == Json(R"({"n":"R&D \"Co\""})"));
}

TEST_CASE("a URL of two templates takes the first as it is, and warns where it encodes the other") {
    std::vector<TemplateWarning> warnings;
    CHECK(rendered("{{tenant.slug}}{{company_name}}", Target::url, &warnings) ==
          Json("acmeR%26D%20%22Co%22"));
    REQUIRE(warnings.size() == 1);
    CHECK(warnings.front().detail.starts_with("Only the template that a URL begins with"));
    CHECK(rendered("{{tenant.slug}}{{user_id}}", Target::url, &warnings) == Json("acmeu-1"));
    CHECK(rendered("{{tenant.slug}}?q={{company_name}}", Target::url, &warnings) ==
          Json("acme?q=R%26D%20%22Co%22"));
    CHECK(rendered("{{tenant.slug}}{{company_name}}", Target::plain, &warnings) ==
          Json("acmeR&D \"Co\""));
    CHECK(warnings.empty());
}

TEST_CASE("a path that leads nowhere is empty and warned about") {
    std::vector<TemplateWarning> warnings;
    CHECK(rendered("x{{contact.phone}}y", Target::plain, &warnings) == Json("xy"));
    REQUIRE(warnings.size() == 1);
    CHECK(warnings.front().pointer == "/message");
    CHECK(warnings.front().detail == "There is nothing at contact.phone.");
    CHECK(rendered("{{contact.tags.7}}", Target::plain, &warnings).is_null());
    CHECK(warnings.size() == 1);
    CHECK(rendered("{{contact.email}}!", Target::plain, &warnings) == Json("!"));
    CHECK(warnings.empty());
    CHECK(rendered("{{contact.phone | default:none}}", Target::plain, &warnings) == Json("none"));
    CHECK(warnings.empty());
}

TEST_CASE("texts at any depth are rendered, names are not") {
    std::vector<TemplateWarning> warnings;
    const TemplateContext context{data, {}, *date::locate_zone("UTC")};
    const Json made = render(parse_json(R"({"a/b":["{{user_id}}",7,{"{{x}}":"{{nope}}"}]})"),
                             context, Target::plain, "", warnings);
    CHECK(to_text(made) == R"({"a/b":["u-1",7,{"{{x}}":null}]})");
    REQUIRE(warnings.size() == 1);
    CHECK(warnings.front().pointer == "/a~1b/2/{{x}}");
}

TEST_CASE("a template that cannot be read is a fault with its place") {
    CHECK(fault("{{a.b | upper}}") == "taken");
    CHECK(fault("{{a") == "/parameters/a/0 invalid_format");
    CHECK(fault("{{}}") == "/parameters/a/0 invalid_format");
    CHECK(fault("{{a b}}") == "/parameters/a/0 invalid_format");
    CHECK(fault("{{a..b}}") == "/parameters/a/0 invalid_format");
    CHECK(fault("{{a | shout}}") == "/parameters/a/0 invalid_choice");
    CHECK(fault("{{date_add_months:1}}") == "/parameters/a/0 invalid_choice");
    CHECK(fault("{{date_add_days:soon}}") == "/parameters/a/0 invalid_format");
    CHECK(fault("{{date_add_days:99999999}}") == "/parameters/a/0 invalid_format");
    CHECK(fault("{{a | number:x}}") == "/parameters/a/0 invalid_format");
    CHECK(fault("{{a | truncate}}") == "/parameters/a/0 invalid_format");
}

TEST_CASE("what is rendered is bounded") {
    std::string text;
    for (int i = 0; i < 900; ++i) text += "{{big}}";
    std::vector<TemplateWarning> warnings;
    const Json big = JsonObject{{"big", std::string(10'000, 'x')}};
    const TemplateContext context{big, {}, *date::locate_zone("UTC")};
    const Json made = render(text, context, Target::plain, "", warnings);
    CHECK(made.string()->size() == max_rendered_bytes);
    CHECK(warnings.size() == 1);

    const Json many = render(JsonArray(1'000, "{{big}}"), context, Target::plain, "/all", warnings);
    CHECK(to_text(many).size() < max_rendered_in_all + 10'000);
    CHECK(many.array()->front().string()->size() == 10'000);
    CHECK(many.array()->back().is_null());
    REQUIRE(warnings.size() == 2);
    CHECK(warnings.back().pointer == "/all/104");
}
