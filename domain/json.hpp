#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace throughline {

class Json;
struct JsonMember;
using JsonArray = std::vector<Json>;

/// A number as it was written: 1200.10 stays 1200.10.
struct JsonNumber {
    std::string digits;
    bool operator==(const JsonNumber&) const = default;
};

/// Members in the order they were written; names are unique.
class JsonObject {
  public:
    JsonObject();
    /// The names are distinct.
    JsonObject(std::initializer_list<JsonMember> members);
    JsonObject(const JsonObject&);
    JsonObject(JsonObject&&) noexcept;
    JsonObject& operator=(const JsonObject&);
    JsonObject& operator=(JsonObject&&) noexcept;
    ~JsonObject();

    /// The member's value, or nullptr when there is none.
    [[nodiscard]] const Json* find(std::string_view name) const;
    [[nodiscard]] Json* find(std::string_view name);
    [[nodiscard]] bool contains(std::string_view name) const { return find(name) != nullptr; }
    /// Replaces the member's value in place, or adds it at the end.
    Json& set(std::string_view name, Json value);
    /// Adds at the end without looking for the name: the caller knows that it is new.
    Json& append(std::string_view name, Json value);
    bool erase(std::string_view name);
    /// Makes room for so many members in all.
    void reserve(std::size_t members);

    [[nodiscard]] bool empty() const;
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] std::vector<JsonMember>::const_iterator begin() const;
    [[nodiscard]] std::vector<JsonMember>::const_iterator end() const;
    [[nodiscard]] std::vector<JsonMember>::iterator begin();
    [[nodiscard]] std::vector<JsonMember>::iterator end();

    /// Same members with equal values, in whatever order.
    bool operator==(const JsonObject& other) const;

  private:
    std::vector<JsonMember> members_;
};

/// A JSON value (RFC 8259) that keeps the digits of numbers and the order of members.
class Json {
  public:
    Json() = default;
    Json(std::nullptr_t) {}
    Json(bool value) : value_(value) {}
    Json(int value);
    Json(long value);
    Json(long long value);
    Json(unsigned value);
    Json(unsigned long value);
    Json(unsigned long long value);
    /// Null where the value is not finite.
    Json(double value);
    Json(JsonNumber value) : value_(std::move(value)) {}
    Json(std::string value) : value_(std::move(value)) {}
    Json(std::string_view value) : value_(std::string(value)) {}
    Json(const char* value) : value_(std::string(value)) {}
    Json(JsonArray value) : value_(std::move(value)) {}
    Json(JsonObject value) : value_(std::move(value)) {}
    /// A pointer is not a truth value.
    template <class T> Json(const T*) = delete;

    [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
    [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&value_); }
    [[nodiscard]] const JsonNumber* number() const { return std::get_if<JsonNumber>(&value_); }
    [[nodiscard]] const std::string* string() const { return std::get_if<std::string>(&value_); }
    [[nodiscard]] const JsonArray* array() const { return std::get_if<JsonArray>(&value_); }
    [[nodiscard]] JsonArray* array() { return std::get_if<JsonArray>(&value_); }
    [[nodiscard]] const JsonObject* object() const { return std::get_if<JsonObject>(&value_); }
    [[nodiscard]] JsonObject* object() { return std::get_if<JsonObject>(&value_); }

    /// The named member of an object; nullptr for any other value or a missing member.
    [[nodiscard]] const Json* find(std::string_view name) const;
    /// The text of the named string member, or `otherwise`.
    [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise = "") const;
    /// The named member's number when it is a whole number within 64 bits.
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;
    [[nodiscard]] std::optional<std::int64_t> as_integer() const;

    bool operator==(const Json& other) const { return value_ == other.value_; }

  private:
    std::variant<std::nullptr_t, bool, JsonNumber, std::string, JsonArray, JsonObject> value_;
};

struct JsonMember {
    std::string name;
    Json value;
    bool operator==(const JsonMember&) const = default;
};

/// The member's value, or null where there is none.
[[nodiscard]] Json value_of(const JsonObject& object, std::string_view name);
[[nodiscard]] Json value_of(const Json& value, std::string_view name);

/// Why a text is not JSON we take. `code` is malformed_json, too_deep, invalid_format (a number
/// over 40 digits or an exponent beyond 308) or too_large (many values).
struct JsonFault {
    std::string code;
    std::string detail;
    std::size_t offset = 0; // bytes from the start
    std::string pointer;    // RFC 6901, set where the fault is a value's
};

inline constexpr std::size_t max_json_depth = 64;
/// Each takes up to fifty times the memory of its text.
inline constexpr std::size_t max_json_values = 32'768;

/// Reads one JSON text. Refuses duplicate names, NUL (also as \u0000), invalid UTF-8, lone
/// surrogates, more than `max_json_depth` and `max_json_values`, and anything after the value.
[[nodiscard]] std::variant<Json, JsonFault> read_json(std::string_view text);

/// For text that we wrote ourselves; throws std::runtime_error where it is not JSON.
[[nodiscard]] Json parse_json(std::string_view text);

/// Compact, members in their order, only what RFC 8259 demands escaped.
[[nodiscard]] std::string to_text(const Json& value);
void append_text(std::string& out, const Json& value);
/// Appends `value` as a JSON string, quotes included.
void append_quoted(std::string& out, std::string_view value);
/// Appends one reference token of a JSON pointer, escaped (RFC 6901); the slash before it is not.
void append_pointer_token(std::string& out, std::string_view name);

} // namespace throughline
