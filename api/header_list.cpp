#include "api/header_list.hpp"

#include "domain/text.hpp"

#include <algorithm>

namespace throughline {

std::vector<std::string> header_list(const Request& request, std::string_view name) {
    std::vector<std::string> out;
    for (const auto& [header, value] : request.headers) {
        if (header != name) continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            const auto element = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(rest.size(), element.size() + 1));
            if (const auto text = without_blanks(element); !text.empty())
                out.push_back(ascii_lower(text));
        }
    }
    return out;
}

} // namespace throughline
