#include "domain/rules/text_reader.hpp"

#include "domain/rules/text_scan.hpp"

#include <algorithm>
#include <stdexcept>

namespace throughline::rules {

namespace {

constexpr std::uint32_t first_capacity = 4;
/// Twice what a client may send: it stands in an event, which stands in a context.
constexpr std::uint32_t max_depth = 2 * max_json_depth;

/// Behind a value that begins at `at` and was perhaps read in part.
const char* past(const Value& value, const char* at, const char* end);

/// Behind the container; what of it nobody read stays unread.
const char* past_container(const Container& container) {
    if (container.next == nullptr) return container.end;
    const char* at = container.next;
    if (container.inside_last) at = past(container.values[container.count - 1], at, container.end);
    return scan_to_close(at, container.end);
}

const char* past(const Value& value, const char* at, const char* end) {
    return value.kind == ValueKind::unread ? scan_to_close(at + 1, end)
                                           : past_container(*value.container);
}

template <class T> T* larger(const T* from, std::uint32_t count, std::uint32_t room, Arena& arena) {
    T* const to = arena.array<T>(room);
    std::copy_n(from, count, to);
    return to;
}

void make_room(Container& container) {
    if (container.count < container.capacity) return;
    const std::uint32_t room = std::max(2 * container.capacity, first_capacity);
    container.values = larger(container.values, container.count, room, *container.arena);
    if (container.names != nullptr)
        container.names = larger(container.names, container.count, room, *container.arena);
    container.capacity = room;
}

Value open(const char* at, const char* end, std::uint32_t depth, Arena& arena) {
    if (depth > max_depth) throw std::runtime_error("a JSON text nests too deep");
    const ValueKind kind = *at == '{' ? ValueKind::object : ValueKind::array;
    Container& container = make_container(kind, first_capacity, arena);
    container.depth = depth;
    container.next = at + 1;
    container.end = end;
    container.arena = &arena;
    return Value::of(kind, container);
}

} // namespace

bool read_entry(Container& container) {
    const char* const end = container.end;
    const char* at = container.next;
    if (container.inside_last) at = past(container.values[container.count - 1], at, end);
    at = scan_space(at, end);
    const bool is_object = container.names != nullptr;
    if (*at == (is_object ? '}' : ']')) {
        container.inside_last = false;
        container.next = nullptr;
        container.end = at + 1;
        return false;
    }
    if (container.count > 0) at = scan_space(scan_mark(at, ','), end);
    make_room(container);
    if (is_object) {
        std::string_view name;
        at = scan_text(at, end, name, *container.arena);
        container.names[container.count] = Name(name);
        at = scan_space(scan_mark(scan_space(at, end), ':'), end);
    }
    Value& value = container.values[container.count++];
    container.inside_last = *at == '{' || *at == '[';
    if (container.inside_last) {
        value.kind = ValueKind::unread;
        value.text = at;
        container.next = at;
    } else {
        container.next = scan_scalar(at, end, value, *container.arena);
    }
    return true;
}

Value opened(const Value& unread, const Container& parent) {
    // The parent's `end` is the text's as long as it is being read, and behind the child later.
    return open(unread.text, parent.end, parent.depth + 1, *parent.arena);
}

Value Document::read(std::string_view text) {
    arena_.reset();
    const char* const end = text.data() + text.size();
    const char* const at = scan_space(text.data(), end);
    if (*at == '{' || *at == '[') return open(at, end, 1, arena_);
    Value value;
    (void)scan_scalar(at, end, value, arena_);
    return value;
}

Value Document::hold(const Json& json) {
    arena_.reset();
    return to_value(json, arena_);
}

} // namespace throughline::rules
