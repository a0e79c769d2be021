#include "handlers/outbound/http_message.hpp"

#include <algorithm>
#include <strings.h>

namespace throughline {

const std::string* find_field(const HttpFields& fields, std::string_view name) {
    const auto found = std::ranges::find_if(fields, [&](const auto& field) {
        return field.first.size() == name.size() &&
               strncasecmp(field.first.data(), name.data(), name.size()) == 0;
    });
    return found == fields.end() ? nullptr : &found->second;
}

} // namespace throughline
