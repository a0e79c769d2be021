#include "domain/rules/coerce.hpp"
#include "domain/rules/machine.hpp"
#include "domain/rules/predicate.hpp"
#include "domain/text.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace throughline::rules {

namespace {

/// Where the character of this number begins in UTF-8.
std::size_t byte_of(std::string_view text, std::size_t character) {
    std::size_t at = 0;
    for (; at < text.size() && character > 0; --character) do
            ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
    return at;
}

/// A position among so many; a negative one counts from the end.
std::size_t position(double number, std::size_t count) {
    const auto all = static_cast<double>(count);
    const double at = number < 0 ? all + number : number;
    return static_cast<std::size_t>(std::clamp(at, 0.0, all));
}

} // namespace

/// A text as it is; of another value what the next call overwrites.
std::string_view Machine::as_text(const Value& value) {
    if (value.kind == ValueKind::text) return value.view();
    memory_.text_.clear();
    append_as_text(memory_.text_, value);
    return memory_.text_;
}

bool Machine::concatenate(const Instruction& instruction) {
    std::string& text = memory_.text_;
    text.clear();
    for (const Value& value : taken(instruction)) {
        append_as_text(text, value);
        if (text.size() > memory_.limits_.bytes)
            return over_limit("The rule takes too much memory.");
    }
    if (!spend(text.size() / 64)) return false;
    return replace(instruction, Value::of(kept(text, arena_)));
}

/// [text, start, length]: in characters; a negative start counts from the end, a negative length
/// leaves out as many at the end.
bool Machine::substring(const Instruction& instruction) {
    const std::span<const Value> values = taken(instruction);
    if (values.empty() || values.size() > 3)
        return wrong_arguments("substr takes a text, a start and a length.");
    const auto start = values.size() > 1 ? to_number(values[1]) : 0;
    const auto wanted = values.size() > 2 ? to_number(values[2]) : 0;
    if (!start || !wanted) return not_a_number();
    const std::string_view text = as_text(values[0]);
    if (!spend(text.size() / 64)) return false;
    const std::size_t count = length_in_characters(text);
    const std::size_t first = position(*start, count);
    const std::size_t rest = count - first;
    const std::size_t size = values.size() > 2 ? position(*wanted, rest) : rest;
    const std::size_t begin = byte_of(text, first);
    const std::string_view cut = text.substr(begin);
    return replace(instruction, Value::of(kept(cut.substr(0, byte_of(cut, size)), arena_)));
}

/// [one, all]: whether one is an item of an array, or a part of a text.
bool Machine::contained(const Instruction& instruction) {
    const std::span<const Value> values = taken(instruction);
    if (values.size() < 2) return wrong_arguments("in takes two values.");
    const Value& one = values[0];
    const Value& all = values[1];
    bool found = false;
    if (all.kind == ValueKind::text) {
        if (!spend(all.size / 64)) return false;
        found = !one.is_container() && all.view().find(as_text(one)) != std::string_view::npos;
    } else if (all.kind == ValueKind::array) {
        for (std::uint32_t i = 0; !found && reaches(*all.container, i); ++i) {
            if (!spend(1)) return false;
            found = is_same(entry(*all.container, i), one);
        }
    }
    return replace(instruction, Value::of(found));
}

bool Machine::merge(const Instruction& instruction) {
    const std::span<const Value> values = taken(instruction);
    Container& out =
        make_container(ValueKind::array, static_cast<std::uint32_t>(values.size()), arena_);
    for (const Value& value : values) {
        if (value.kind != ValueKind::array) {
            append(out, value, arena_);
            continue;
        }
        const std::uint32_t count = size_of(*value.container);
        if (!spend(count)) return false;
        for (std::uint32_t i = 0; i < count; ++i) append(out, entry(*value.container, i), arena_);
    }
    return replace(instruction, Value::of(ValueKind::array, out));
}

bool Machine::make_array(const Instruction& instruction) {
    Container& out = make_container(ValueKind::array, instruction.count, arena_);
    for (const Value& value : taken(instruction)) append(out, value, arena_);
    return is_flat_enough(out) && replace(instruction, Value::of(ValueKind::array, out));
}

bool Machine::length() {
    const Value& value = top();
    if (value.kind == ValueKind::text) {
        if (!spend(value.size / 64)) return false;
        top() = Value::of(static_cast<double>(length_in_characters(value.view())));
        return true;
    }
    if (value.kind != ValueKind::array) return wrong_arguments("length takes a text or an array.");
    top() = Value::of(static_cast<double>(size_of(*value.container)));
    return true;
}

bool Machine::raise() {
    const Value& value = top();
    const Value type = value.kind == ValueKind::object ? member(value, "type") : value;
    fail(as_text(type), "The rule threw this.");
    if (value.kind == ValueKind::object) memory_.error_.thrown = to_json(value);
    return false;
}

bool Machine::matches(const Instruction& instruction) {
    const re2::RE2& pattern = *program_.patterns[instruction.count];
    const Value& value = top();
    // Without a DFA that fits its memory RE2 walks the whole program at each byte.
    const std::size_t weight = 1 + static_cast<std::size_t>(pattern.ProgramSize()) / 8;
    if (value.kind == ValueKind::text && !spend(value.size * weight / 64)) return false;
    const re2::StringPiece text(value.kind == ValueKind::text ? value.text : "",
                                value.kind == ValueKind::text ? value.size : 0);
    top() = Value::of(value.kind == ValueKind::text && re2::RE2::PartialMatch(text, pattern));
    return true;
}

bool Machine::predicate(const Instruction& instruction) {
    const auto asked = static_cast<Predicate>(instruction.target);
    return replace(instruction, Value::of(holds(asked, taken(instruction), memory_.zone_)));
}

bool Machine::first_present(const Instruction& instruction) {
    const std::span<const Value> values = taken(instruction);
    const auto found =
        std::ranges::find_if(values, [](const Value& value) { return !value.is_null(); });
    return replace(instruction, found == values.end() ? Value{} : *found);
}

} // namespace throughline::rules
