#pragma once
#include "domain/id.hpp"
#include "domain/json_members.hpp"
#include "domain/record/field.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace throughline {

/// Tells what the value of a reference, or of a list of them, points to, in order: in its text each
/// id stands between quotes.
template <class Take> void each_reference(std::string_view value, Take take) {
    while (true) {
        const auto open = value.find('"');
        const auto close = open == std::string_view::npos ? open : value.find('"', open + 1);
        if (close == std::string_view::npos) return;
        if (const auto id = parse_uuid(value.substr(open + 1, close - open - 1))) take(*id);
        value.remove_prefix(close + 1);
    }
}

/// A record's state as `state_text` wrote it, its members looked up by name. They stand in the
/// order of the fields, by which they are asked for too: each search begins behind the last one's
/// find. Views of the text.
class StateMembers {
  public:
    explicit StateMembers(std::string_view state) : members_(members_of(state)) {}

    /// Nothing where the state has none. Good for as long as this object is.
    [[nodiscard]] const JsonTextMember* member(std::string_view name) {
        const auto begin = members_.begin() + static_cast<std::ptrdiff_t>(next_);
        auto found = std::ranges::find(begin, members_.end(), name, &JsonTextMember::name);
        if (found == members_.end())
            found = std::ranges::find(members_.begin(), begin, name, &JsonTextMember::name);
        if (found == members_.end() || found->name != name) return nullptr;
        next_ = static_cast<std::size_t>(found - members_.begin()) + 1;
        return &*found;
    }
    /// The value as JSON text; nothing where the state has none.
    [[nodiscard]] std::string_view value(std::string_view name) {
        const JsonTextMember* const found = member(name);
        return found == nullptr ? std::string_view() : found->value;
    }

  private:
    std::vector<JsonTextMember> members_;
    std::size_t next_ = 0;
};

} // namespace throughline
