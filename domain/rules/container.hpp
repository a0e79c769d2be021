#pragma once
#include "domain/json.hpp"
#include "domain/rules/arena.hpp"
#include "domain/rules/value.hpp"

#include <cstring>

namespace throughline::rules {

/// The name of a member. Its first eight bytes are a number, zeros behind a shorter one, so that
/// most comparisons touch no text.
struct Name {
    std::uint64_t head = 0;
    const char* text = nullptr;
    std::uint32_t size = 0;

    Name() = default;
    explicit Name(std::string_view name)
        : text(name.data()), size(static_cast<std::uint32_t>(name.size())) {
        std::memcpy(&head, text, size < sizeof head ? size : sizeof head);
    }
    [[nodiscard]] std::string_view view() const { return {text, size}; }
    bool operator==(const Name& other) const {
        if (head != other.head || size != other.size) return false;
        return size <= sizeof head ||
               std::memcmp(text + sizeof head, other.text + sizeof head, size - sizeof head) == 0;
    }
};

/// The items of an array, or the members of an object. One that stands in a text is read from it
/// entry by entry, as far as somebody asks.
struct Container {
    Value* values = nullptr;
    Name* names = nullptr;   // of an object's members
    std::uint32_t count = 0; // as far as it was read
    std::uint32_t capacity = 0;
    std::uint32_t height = 1;   // of what rules nested, texts counted as flat
    std::uint32_t depth = 1;    // in a text
    const char* next = nullptr; // where reading goes on; nullptr when all is read
    const char* end = nullptr;  // of the text; where the container ends, when all is read
    Arena* arena = nullptr;
    bool inside_last = false; // `next` is where the last value begins
};

/// Room for `capacity` entries that the caller fills: `count` counts them.
[[nodiscard]] Container& make_container(ValueKind kind, std::uint32_t capacity, Arena& arena);
/// Adds a member at the end of an object that has room for it.
void append(Container& object, std::string_view name, Value value);

void make_room(Container& array, Arena& arena);
/// Adds at the end and makes room when there is none.
inline void append(Container& array, const Value& value, Arena& arena) {
    if (array.count == array.capacity) make_room(array, arena);
    if (value.is_container() && array.height <= value.container->height)
        array.height = value.container->height + 1;
    array.values[array.count++] = value;
}

/// Reads on until there is an entry of this number; false where there is none.
[[nodiscard]] bool read_up_to(Container& container, std::uint32_t index);
/// The array or object where an unread value begins.
[[nodiscard]] Value opened(const Value& unread, const Container& parent);

/// Whether an array or object has an entry of this number; reads on where needed.
[[nodiscard]] inline bool reaches(Container& container, std::uint32_t index) {
    return index < container.count || read_up_to(container, index);
}
/// The entry of a number that it reaches.
[[nodiscard]] inline Value entry(Container& container, std::uint32_t index) {
    Value& value = container.values[index];
    if (value.kind == ValueKind::unread) value = opened(value, container);
    return value;
}
/// How many entries there are; reads all.
[[nodiscard]] std::uint32_t size_of(Container& container);
/// Where the member of this name is; `no_member` where there is none.
inline constexpr std::uint32_t no_member = 0xFFFFFFFF;
[[nodiscard]] std::uint32_t find_member(Container& object, const Name& name);
/// The member of an object; missing where there is none or `in` is no object.
[[nodiscard]] Value member(const Value& in, std::string_view name);

[[nodiscard]] Value to_value(const Json& json, Arena& arena);
[[nodiscard]] Json to_json(const Value& value);
/// A copy of a text that lives as long as the arena.
[[nodiscard]] std::string_view kept(std::string_view text, Arena& arena);

} // namespace throughline::rules
