#include "domain/text.hpp"
#include "domain/utf8.hpp"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>

namespace throughline {

namespace {

/// How a region's numbers are written at home (ITU-T E.164 country codes and national trunk
/// prefixes). With a `length`, only numbers of that many digits after the prefix are complete;
/// others stay bare.
struct Region {
    std::string_view name; // ISO 3166-1 alpha-2
    std::string_view country_code;
    std::string_view trunk_prefix;
    std::size_t length = 0;
};

constexpr std::array regions{
    Region{"AE", "971", "0"},    Region{"AR", "54", "0"},    Region{"AT", "43", "0"},
    Region{"AU", "61", "0"},     Region{"BE", "32", "0"},    Region{"BG", "359", "0"},
    Region{"BR", "55", "0"},     Region{"CA", "1", "1", 10}, Region{"CH", "41", "0"},
    Region{"CL", "56", ""},      Region{"CN", "86", "0"},    Region{"CO", "57", ""},
    Region{"CY", "357", ""},     Region{"CZ", "420", "", 9}, Region{"DE", "49", "0"},
    Region{"DK", "45", "", 8},   Region{"EE", "372", ""},    Region{"EG", "20", "0"},
    Region{"ES", "34", "", 9},   Region{"FI", "358", "0"},   Region{"FR", "33", "0", 9},
    Region{"GB", "44", "0"},     Region{"GR", "30", "", 10}, Region{"HK", "852", "", 8},
    Region{"HR", "385", "0"},    Region{"HU", "36", "06"},   Region{"ID", "62", "0"},
    Region{"IE", "353", "0"},    Region{"IL", "972", "0"},   Region{"IN", "91", "0", 10},
    Region{"IS", "354", "", 7},  Region{"IT", "39", ""},     Region{"JP", "81", "0"},
    Region{"KE", "254", "0"},    Region{"KR", "82", "0"},    Region{"LT", "370", "0"},
    Region{"LU", "352", ""},     Region{"LV", "371", "", 8}, Region{"MA", "212", "0"},
    Region{"MT", "356", "", 8},  Region{"MX", "52", "", 10}, Region{"MY", "60", "0"},
    Region{"NG", "234", "0"},    Region{"NL", "31", "0"},    Region{"NO", "47", "", 8},
    Region{"NZ", "64", "0"},     Region{"PE", "51", "0"},    Region{"PH", "63", "0"},
    Region{"PK", "92", "0"},     Region{"PL", "48", "", 9},  Region{"PT", "351", "", 9},
    Region{"RO", "40", "0"},     Region{"RS", "381", "0"},   Region{"RU", "7", "8", 10},
    Region{"SA", "966", "0"},    Region{"SE", "46", "0"},    Region{"SG", "65", "", 8},
    Region{"SI", "386", "0"},    Region{"SK", "421", "0"},   Region{"TH", "66", "0"},
    Region{"TR", "90", "0", 10}, Region{"TW", "886", "0"},   Region{"UA", "380", "0"},
    Region{"US", "1", "1", 10},  Region{"VN", "84", "0"},    Region{"ZA", "27", "0"},
};

constexpr std::size_t shortest_national = 5; // below it is an emergency or service number

const Region* region_named(std::string_view name) {
    if (name.size() != 2) return nullptr;
    const std::array wanted{ascii_upper(name[0]), ascii_upper(name[1])};
    const auto found =
        std::ranges::find(regions, std::string_view(wanted.data(), wanted.size()), &Region::name);
    return found == regions.end() ? nullptr : &*found;
}

/// The digits in ASCII, with a `+` before them where one is written there; ends where an
/// extension begins ("x12", "ext. 12", "#12", ";ext=12").
std::string dialled(std::string_view written) {
    std::string out;
    for (std::size_t at = 0; at < written.size();) {
        const std::int32_t c = code_point_at(written, at);
        if (const auto digit = u_charDigitValue(c); digit >= 0)
            out += static_cast<char>('0' + digit);
        else if ((c == '+' || c == 0xFF0B) && out.empty())
            out += '+';
        else if (!out.empty() && (c == ';' || c == '#' || u_isalpha(c)))
            break;
    }
    return out == "+" ? std::string() : out;
}

/// "+44 (0)20 …" names the trunk prefix that is not dialled from abroad.
std::string without_optional_trunk(std::string_view written) {
    std::string out(written);
    if (const auto at = out.find("(0)"); at != std::string::npos && at > 0) out.erase(at, 3);
    return out;
}

std::string in_region(const std::string& digits, const Region& region) {
    std::string_view national = digits;
    if (!region.trunk_prefix.empty() && national.starts_with(region.trunk_prefix) &&
        (region.length == 0 || national.size() > region.length))
        national.remove_prefix(region.trunk_prefix.size());
    const bool complete = region.length == 0 ? national.size() >= shortest_national
                                             : national.size() == region.length;
    if (!complete) return digits;
    std::string out = "+";
    out += region.country_code;
    out += national;
    return out;
}

/// The digits, without a trunk prefix in brackets behind an international one.
std::string dialled_abroad(std::string_view written) {
    std::string digits = dialled(written);
    if (digits.starts_with('+') || digits.starts_with("00"))
        digits = dialled(without_optional_trunk(written));
    return digits;
}

} // namespace

std::string normal_phone(std::string_view written, std::string_view region) {
    std::string digits = dialled_abroad(written);
    if (digits.starts_with('+')) return digits;
    if (digits.starts_with("00") && digits.size() > 2) return "+" + digits.substr(2);
    if (const Region* const home = region_named(region); home != nullptr && !digits.empty())
        return in_region(digits, *home);
    return digits;
}

std::vector<std::string> phone_parts(std::string_view written, std::string_view region) {
    const std::string digits = dialled_abroad(written);
    if (digits.empty()) return {};
    std::vector<std::string> parts{digits};
    const auto add = [&](std::string_view code, std::size_t prefix) {
        parts.push_back("+" + std::string(code) + digits.substr(prefix));
    };
    if (digits.starts_with('+')) return parts;
    if (digits.starts_with("00") && digits.size() > 2)
        add("", 2);
    else if (const Region* const home = region_named(region); home != nullptr)
        add(home->country_code,
            digits.starts_with(home->trunk_prefix) ? home->trunk_prefix.size() : 0);
    return parts;
}

} // namespace throughline
