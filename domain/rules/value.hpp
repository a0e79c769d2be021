#pragma once
#include <cstdint>
#include <string_view>

namespace throughline::rules {

enum class ValueKind : std::uint8_t {
    missing, // what a path finds where there is nothing; null to everybody else
    null,
    boolean,
    number,
    text,
    array,
    object,
    unread, // an array or object of a text, at `text`, that nobody looked into; never handed out
};

struct Container;

/// A JSON value as rules see it: numbers are doubles, text is UTF-8. Two words, copied freely; what
/// it points to belongs to an arena, a program or the text it was read from.
struct Value {
    ValueKind kind = ValueKind::null;
    bool truth = false;
    std::uint32_t size = 0; // bytes of a text
    union {
        double number;
        const char* text;
        Container* container = nullptr;
    };

    [[nodiscard]] static Value of(bool truth) {
        Value value;
        value.kind = ValueKind::boolean;
        value.truth = truth;
        return value;
    }
    [[nodiscard]] static Value of(double number) {
        Value value;
        value.kind = ValueKind::number;
        value.number = number;
        return value;
    }
    [[nodiscard]] static Value of(std::string_view text) {
        Value value;
        value.kind = ValueKind::text;
        value.size = static_cast<std::uint32_t>(text.size());
        value.text = text.data();
        return value;
    }
    [[nodiscard]] static Value of(ValueKind kind, Container& container) {
        Value value;
        value.kind = kind;
        value.container = &container;
        return value;
    }
    [[nodiscard]] static Value missing() {
        Value value;
        value.kind = ValueKind::missing;
        return value;
    }

    [[nodiscard]] std::string_view view() const { return {text, size}; }
    [[nodiscard]] bool is_null() const { return kind <= ValueKind::null; }
    [[nodiscard]] bool is_container() const {
        return kind == ValueKind::array || kind == ValueKind::object;
    }
};

} // namespace throughline::rules
