#include "domain/rules/container.hpp"

#include "domain/rules/coerce.hpp"
#include "domain/rules/text_reader.hpp"

#include <algorithm>
#include <new>

namespace throughline::rules {

namespace {

void grow_height(Container& container, const Value& value) {
    if (value.is_container())
        container.height = std::max(container.height, value.container->height + 1);
}

Value array_value(const JsonArray& items, Arena& arena) {
    Container& container =
        make_container(ValueKind::array, static_cast<std::uint32_t>(items.size()), arena);
    for (const Json& item : items) container.values[container.count++] = to_value(item, arena);
    return Value::of(ValueKind::array, container);
}

Value object_value(const JsonObject& members, Arena& arena) {
    Container& container =
        make_container(ValueKind::object, static_cast<std::uint32_t>(members.size()), arena);
    for (const JsonMember& one : members) {
        container.names[container.count] = Name(kept(one.name, arena));
        container.values[container.count++] = to_value(one.value, arena);
    }
    return Value::of(ValueKind::object, container);
}

JsonArray json_items(Container& container) {
    JsonArray items;
    for (std::uint32_t i = 0; reaches(container, i); ++i)
        items.push_back(to_json(entry(container, i)));
    return items;
}

JsonObject json_members(Container& container) {
    JsonObject members;
    for (std::uint32_t i = 0; reaches(container, i); ++i)
        members.append(container.names[i].view(), to_json(entry(container, i)));
    return members;
}

} // namespace

Container& make_container(ValueKind kind, std::uint32_t capacity, Arena& arena) {
    auto* const container = new (arena.bytes(sizeof(Container))) Container();
    container->capacity = capacity;
    container->values = arena.array<Value>(capacity);
    if (kind == ValueKind::object) container->names = arena.array<Name>(capacity);
    return *container;
}

void make_room(Container& array, Arena& arena) {
    array.capacity = std::max(2 * array.capacity, std::uint32_t{8});
    Value* const larger = arena.array<Value>(array.capacity);
    std::copy_n(array.values, array.count, larger);
    array.values = larger;
}

void append(Container& object, std::string_view name, Value value) {
    grow_height(object, value);
    object.names[object.count] = Name(name);
    object.values[object.count++] = value;
}

bool read_up_to(Container& container, std::uint32_t index) {
    while (index >= container.count)
        if (container.next == nullptr || !read_entry(container)) return false;
    return true;
}

std::uint32_t size_of(Container& container) {
    while (container.next != nullptr) read_entry(container);
    return container.count;
}

std::uint32_t find_member(Container& object, const Name& name) {
    std::uint32_t at = 0;
    for (; at < object.count; ++at)
        if (object.names[at] == name) return at;
    for (; object.next != nullptr && read_entry(object); ++at)
        if (object.names[at] == name) return at;
    return no_member;
}

Value member(const Value& in, std::string_view name) {
    if (in.kind != ValueKind::object) return Value::missing();
    const std::uint32_t at = find_member(*in.container, Name(name));
    return at == no_member ? Value::missing() : entry(*in.container, at);
}

Value to_value(const Json& json, Arena& arena) {
    if (const bool* const truth = json.boolean()) return Value::of(*truth);
    if (const JsonNumber* const number = json.number())
        return Value::of(read_number(number->digits).value_or(0));
    if (const std::string* const text = json.string()) return Value::of(kept(*text, arena));
    if (const JsonArray* const items = json.array()) return array_value(*items, arena);
    if (const JsonObject* const members = json.object()) return object_value(*members, arena);
    return {};
}

Json to_json(const Value& value) {
    switch (value.kind) {
    case ValueKind::boolean: return value.truth;
    case ValueKind::number: return JsonNumber{number_text(value.number)};
    case ValueKind::text: return value.view();
    case ValueKind::array: return json_items(*value.container);
    case ValueKind::object: return json_members(*value.container);
    default: return nullptr;
    }
}

std::string_view kept(std::string_view text, Arena& arena) {
    if (text.empty()) return "";
    char* const copy = arena.array<char>(text.size());
    std::copy_n(text.data(), text.size(), copy);
    return {copy, text.size()};
}

} // namespace throughline::rules
