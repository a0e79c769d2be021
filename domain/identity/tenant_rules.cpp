#include "domain/identity/tenant_rules.hpp"

#include "domain/codes.hpp"
#include "domain/identity/hosts.hpp"
#include "domain/identity/tenant.hpp"
#include "domain/money.hpp"
#include "domain/record/value.hpp"
#include "domain/text.hpp"

#include <algorithm>

namespace throughline {

namespace {

using Faults = std::vector<FieldError>;

constexpr std::size_t max_hosts = 200;

std::nullopt_t refuse(Faults& faults, std::string pointer, std::string code, std::string detail) {
    add_fault(faults, std::move(pointer), std::move(code), std::move(detail));
    return std::nullopt;
}

std::optional<Json> normal_slug(const Json& written, const std::string& pointer, Faults& faults) {
    if (written.string() == nullptr)
        return refuse(faults, pointer, "invalid_type", "A text is expected.");
    if (!is_slug(*written.string()))
        return refuse(faults, pointer, "invalid_format",
                      "1 to 63 of a-z, 0-9 and inner dashes, and not the form of an id.");
    return written;
}

std::optional<Json> normal_code(const Json& written, const std::string& pointer, Faults& faults,
                                bool (*is_known)(std::string_view), const char* expected) {
    if (written.string() == nullptr)
        return refuse(faults, pointer, "invalid_type", "A text is expected.");
    if (!is_known(*written.string())) return refuse(faults, pointer, "invalid_format", expected);
    return written;
}

std::optional<Json> normal_region(const Json& written, const std::string& pointer, Faults& faults) {
    return normal_code(written, pointer, faults, is_region,
                       "A country's two letters are expected (ISO 3166-1), such as FR.");
}

std::optional<Json> normal_currency(const Json& written, const std::string& pointer,
                                    Faults& faults) {
    return normal_code(written, pointer, faults, is_currency,
                       "A currency's three letters are expected (ISO 4217), such as EUR.");
}

std::optional<Json> normal_amount(const Json& written, const std::string& pointer, Faults& faults) {
    const std::string* const text = written.string();
    if (written.number() == nullptr && text == nullptr)
        return refuse(faults, pointer, "invalid_type", "A number is expected.");
    const std::string digits =
        text != nullptr ? trimmed(*text) : without_exponent(written.number()->digits);
    auto amount = read_amount(digits);
    if (!amount)
        return refuse(faults, pointer, "invalid_format",
                      "An amount has at most 15 digits and 4 decimals, and no sign.");
    return JsonNumber{std::move(*amount)};
}

std::optional<Json> normal_hosts(const Json& written, const std::string& pointer, Faults& faults) {
    if (written.array() == nullptr)
        return refuse(faults, pointer, "invalid_type", "A list of texts is expected.");
    JsonArray kept;
    const std::size_t faults_before = faults.size();
    for (std::size_t i = 0; i < written.array()->size(); ++i) {
        const Json& item = (*written.array())[i];
        const std::string at = pointer + "/" + std::to_string(i);
        if (item.string() == nullptr) {
            add_fault(faults, at, "invalid_type", "A text is expected.");
            continue;
        }
        auto host = normal_host_pattern(*item.string());
        if (!host)
            add_fault(faults, at, "invalid_format",
                      "A host name, *.example.com or an address is expected, without port.");
        else if (std::ranges::find(kept, Json(*host)) == kept.end())
            kept.emplace_back(std::move(*host));
    }
    if (faults.size() > faults_before) return std::nullopt;
    if (kept.size() > max_hosts) return refuse(faults, pointer, "too_large", "At most 200 hosts.");
    return kept;
}

} // namespace

const OwnRules& slug_rules() {
    static constexpr OwnRules rules{
        normal_slug,
        R"({"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", "maxLength": 63})"};
    return rules;
}

const OwnRules& region_rules() {
    static constexpr OwnRules rules{normal_region,
                                    R"({"type": "string", "pattern": "^[A-Z]{2}$"})"};
    return rules;
}

const OwnRules& currency_rules() {
    static constexpr OwnRules rules{normal_currency,
                                    R"({"type": "string", "pattern": "^[A-Z]{3}$"})"};
    return rules;
}

const OwnRules& amount_rules() {
    static constexpr OwnRules rules{normal_amount, R"({"type": "number", "minimum": 0})", false,
                                    R"({"type": "string",
                                        "pattern": "^(0|[1-9][0-9]{0,14})([.][0-9]{1,4})?$"})"};
    return rules;
}

const OwnRules& allowlist_rules() {
    static constexpr OwnRules rules{normal_hosts,
                                    R"({"type": "array", "maxItems": 200, "items": {"anyOf": [
            {"type": "string", "maxLength": 253, "pattern":
             "^([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?[.])*[a-zA-Z]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$"},
            {"type": "string", "maxLength": 253, "pattern":
             "^[*][.]([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?[.])+[a-zA-Z]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$"},
            {"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"}]}})",
                                    true};
    return rules;
}

} // namespace throughline
