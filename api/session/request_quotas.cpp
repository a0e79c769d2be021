#include "api/session/request_quotas.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace throughline {

namespace {

constexpr std::int64_t most = 1'000'000'000;

struct Named {
    std::string_view name;
    std::int64_t RequestQuotas::* quota;
};
constexpr std::array quotas{Named{"automation", &RequestQuotas::automation},
                            Named{"calendar", &RequestQuotas::calendar},
                            Named{"ai", &RequestQuotas::ai},
                            Named{"ics", &RequestQuotas::ics},
                            Named{"rest", &RequestQuotas::rest},
                            Named{"user", &RequestQuotas::user},
                            Named{"address", &RequestQuotas::address}};

bool set(RequestQuotas& into, std::string_view pair) {
    const auto equals = std::min(pair.find('='), pair.size());
    const auto named = std::ranges::find(quotas, pair.substr(0, equals), &Named::name);
    if (named == quotas.end() || equals == pair.size()) return false;
    const std::string_view digits = pair.substr(equals + 1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value);
    if (error != std::errc{} || end != digits.end() || value < 1 || value > most) return false;
    into.*named->quota = value;
    return true;
}

} // namespace

std::optional<std::string> read_request_quotas(std::string_view text, RequestQuotas& into) {
    RequestQuotas read;
    read.are_kept = text != "off";
    if (!read.are_kept) {
        into = read;
        return std::nullopt;
    }
    for (const std::string_view pair : comma_parts(text))
        if (!set(read, pair))
            return "must be `off` or pairs such as ai=100,rest=20000, of automation, calendar, ai, "
                   "ics, rest, user and address, each from 1 to 1000000000 a minute";
    into = read;
    return std::nullopt;
}

} // namespace throughline
