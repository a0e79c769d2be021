#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace throughline {

/// A member of a JSON object as it stands in its text; `name` without its quotes.
struct JsonTextMember {
    std::string_view name;
    std::string_view value;

    /// `"name":value`
    [[nodiscard]] std::string_view text() const {
        const char* const begin = name.data() - 1;
        return {begin, static_cast<std::size_t>(value.data() + value.size() - begin)};
    }
};

/// The members of an object in text that `to_text` wrote: its values are found, not read. Views of
/// `object`. Throws std::runtime_error where the text is no such object.
[[nodiscard]] std::vector<JsonTextMember> members_of(std::string_view object);

} // namespace throughline
