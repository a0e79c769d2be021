#include "handlers/outbound/http_message.hpp"

#include <algorithm>
#include <strings.h>

namespace throughline {

bool is_same_field(std::string_view name, std::string_view other) {
    return name.size() == other.size() && strncasecmp(name.data(), other.data(), name.size()) == 0;
}

const std::string* find_field(const HttpFields& fields, std::string_view name) {
    const auto found = std::ranges::find_if(
        fields, [&](const auto& field) { return is_same_field(field.first, name); });
    return found == fields.end() ? nullptr : &found->second;
}

} // namespace throughline
