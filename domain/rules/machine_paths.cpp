#include "domain/rules/coerce.hpp"
#include "domain/rules/machine.hpp"

#include <charconv>
#include <cmath>

namespace throughline::rules {

namespace {

std::uint32_t index_of(std::string_view name) {
    std::uint32_t index = 0;
    const char* const end = name.data() + name.size();
    const auto read = std::from_chars(name.data(), end, index);
    return !name.empty() && read.ec == std::errc{} && read.ptr == end ? index : Segment::no_index;
}

Value item(const Value& array, std::uint32_t index) {
    return index != Segment::no_index && reaches(*array.container, index)
               ? entry(*array.container, index)
               : Value::missing();
}

} // namespace

Value Machine::child(const Value& of, const Segment& segment) {
    if (of.kind == ValueKind::array) return item(of, segment.index);
    if (of.kind != ValueKind::object) return Value::missing();
    const std::uint32_t found = find_member(*of.container, segment.name);
    return found == no_member ? Value::missing() : entry(*of.container, found);
}

Value Machine::child(const Value& of, const Value& key) {
    const std::string_view name = as_text(key);
    return child(of, Segment{Name(name), index_of(name)});
}

/// Even levels are data, odd ones what surrounds an item.
Value Machine::at_level(std::uint32_t levels) {
    const std::size_t up = levels / 2;
    if (up >= memory_.scopes_.size()) return Value::missing();
    const std::size_t at = memory_.scopes_.size() - 1 - up;
    const Evaluator::Scope& scope = memory_.scopes_[at];
    if (levels % 2 == 0) return scope.data;
    if (at == 0) return Value::missing();
    Container& members = make_container(ValueKind::object, 1, arena_);
    append(members, "index", Value::of(static_cast<double>(scope.index)));
    return Value::of(ValueKind::object, members);
}

Value Machine::follow_dotted(std::string_view path) {
    Value at = data();
    while (at.kind != ValueKind::missing) {
        const auto dot = path.find('.');
        const std::string_view name = path.substr(0, dot);
        at = child(at, Segment{Name(name), index_of(name)});
        if (dot == std::string_view::npos) break;
        path.remove_prefix(dot + 1);
    }
    return at;
}

bool Machine::load_at() {
    const Value path = top();
    const bool is_whole = path.is_null() || (path.kind == ValueKind::text && path.size == 0);
    if (path.is_container())
        top() = Value::missing();
    else
        top() = is_whole ? data() : follow_dotted(as_text(path));
    return true;
}

bool Machine::val(const Instruction& instruction) {
    std::span<const Value> parts = taken(instruction);
    if (!spend(parts.size())) return false;
    Value at = data();
    if (!parts.empty() && parts[0].kind == ValueKind::array && size_of(*parts[0].container) == 1) {
        const auto levels = to_number(entry(*parts[0].container, 0));
        if (!levels || !(std::abs(*levels) < 0xFFFF)) return wrong_arguments("[n] is a number.");
        at = at_level(static_cast<std::uint32_t>(std::abs(*levels)));
        parts = parts.subspan(1);
    }
    for (const Value& part : parts) {
        if (at.kind == ValueKind::missing) break;
        at = child(at, part);
    }
    if (instruction.op == Op::val_exists) at = Value::of(at.kind != ValueKind::missing);
    return replace(instruction, at.kind == ValueKind::missing ? Value{} : at);
}

/// Of names (or of one array of names), those of paths where there is nothing, null or "".
Value Machine::missing_of(std::span<const Value> names) {
    Container& out = make_container(ValueKind::array, 0, arena_);
    for (const Value& name : names) {
        const Value found = follow_dotted(as_text(name));
        if (found.is_null() || (found.kind == ValueKind::text && found.size == 0))
            append(out, name, arena_);
    }
    return Value::of(ValueKind::array, out);
}

bool Machine::missing(const Instruction& instruction) {
    std::span<const Value> names = taken(instruction);
    if (!names.empty() && names[0].kind == ValueKind::array) {
        Container& listed = *names[0].container;
        for (std::uint32_t i = 0; reaches(listed, i); ++i) (void)entry(listed, i);
        names = {listed.values, listed.count};
    }
    return spend(names.size()) && replace(instruction, missing_of(names));
}

/// [how many are needed, names]: none where as many are there, else the missing ones.
bool Machine::missing_some(const Instruction& instruction) {
    const std::span<const Value> values = taken(instruction);
    if (values.size() != 2 || values[1].kind != ValueKind::array)
        return wrong_arguments("missing_some takes a number and an array.");
    const auto needed = to_number(values[0]);
    if (!needed) return not_a_number();
    Container& listed = *values[1].container;
    for (std::uint32_t i = 0; reaches(listed, i); ++i) (void)entry(listed, i);
    if (!spend(listed.count)) return false;
    const Value absent = missing_of({listed.values, listed.count});
    const std::uint32_t present = listed.count - absent.container->count;
    if (present < *needed) return replace(instruction, absent);
    return replace(instruction,
                   Value::of(ValueKind::array, make_container(ValueKind::array, 0, arena_)));
}

} // namespace throughline::rules
