#include "domain/json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace throughline {

namespace {

template <class Number> JsonNumber written(Number value) {
    char buffer[40];
    const auto end = std::to_chars(std::begin(buffer), std::end(buffer), value).ptr;
    return {std::string(std::begin(buffer), end)};
}

/// The digits of a number that is whole, its exponent and fraction worked in; empty otherwise.
std::string whole_digits(std::string_view text) {
    constexpr int longest = 19; // digits of the largest 64-bit integer
    std::string_view mantissa = text.substr(0, text.find_first_of("eE"));
    int exponent = 0;
    if (mantissa.size() < text.size()) {
        std::string_view tail = text.substr(mantissa.size() + 1);
        if (tail.starts_with('+')) tail.remove_prefix(1);
        if (std::from_chars(tail.data(), tail.data() + tail.size(), exponent).ec != std::errc{})
            return {};
    }
    const auto point = mantissa.find('.');
    std::string digits(mantissa.substr(0, point));
    if (point != std::string_view::npos) {
        const auto fraction = mantissa.substr(point + 1);
        digits += fraction;
        exponent -= static_cast<int>(fraction.size());
    }
    for (; exponent < 0 && digits.size() > 1 && digits.back() == '0'; ++exponent) digits.pop_back();
    if (digits.find_first_not_of("-0") == std::string::npos) return "0";
    if (exponent < 0 || exponent > longest) return {};
    digits.append(static_cast<std::size_t>(exponent), '0');
    return digits;
}

} // namespace

JsonObject::JsonObject() = default;
JsonObject::JsonObject(std::initializer_list<JsonMember> members) : members_(members) {}
JsonObject::JsonObject(const JsonObject&) = default;
JsonObject::JsonObject(JsonObject&&) noexcept = default;
JsonObject& JsonObject::operator=(const JsonObject&) = default;
JsonObject& JsonObject::operator=(JsonObject&&) noexcept = default;
JsonObject::~JsonObject() = default;

const Json* JsonObject::find(std::string_view name) const {
    const auto found = std::ranges::find(members_, name, &JsonMember::name);
    return found == members_.end() ? nullptr : &found->value;
}

Json* JsonObject::find(std::string_view name) {
    const auto found = std::ranges::find(members_, name, &JsonMember::name);
    return found == members_.end() ? nullptr : &found->value;
}

Json& JsonObject::set(std::string_view name, Json value) {
    Json* const existing = find(name);
    if (existing == nullptr) return append(name, std::move(value));
    *existing = std::move(value);
    return *existing;
}

Json& JsonObject::append(std::string_view name, Json value) {
    return members_.emplace_back(JsonMember{std::string(name), std::move(value)}).value;
}

void JsonObject::reserve(std::size_t members) { members_.reserve(members); }

bool JsonObject::erase(std::string_view name) {
    const auto found = std::ranges::find(members_, name, &JsonMember::name);
    if (found == members_.end()) return false;
    members_.erase(found);
    return true;
}

bool JsonObject::empty() const { return members_.empty(); }
std::size_t JsonObject::size() const { return members_.size(); }
std::vector<JsonMember>::const_iterator JsonObject::begin() const { return members_.begin(); }
std::vector<JsonMember>::const_iterator JsonObject::end() const { return members_.end(); }
std::vector<JsonMember>::iterator JsonObject::begin() { return members_.begin(); }
std::vector<JsonMember>::iterator JsonObject::end() { return members_.end(); }

bool JsonObject::operator==(const JsonObject& other) const {
    if (members_.size() != other.members_.size()) return false;
    if (std::ranges::equal(members_, other.members_, {}, &JsonMember::name, &JsonMember::name))
        return members_ == other.members_;
    const auto by_name = [](const std::vector<JsonMember>& members) {
        std::vector<const JsonMember*> sorted;
        sorted.reserve(members.size());
        for (const JsonMember& member : members) sorted.push_back(&member);
        std::ranges::sort(sorted, {}, &JsonMember::name);
        return sorted;
    };
    return std::ranges::equal(by_name(members_), by_name(other.members_),
                              [](const JsonMember* a, const JsonMember* b) { return *a == *b; });
}

Json::Json(int value) : value_(written(value)) {}
Json::Json(long value) : value_(written(value)) {}
Json::Json(long long value) : value_(written(value)) {}
Json::Json(unsigned value) : value_(written(value)) {}
Json::Json(unsigned long value) : value_(written(value)) {}
Json::Json(unsigned long long value) : value_(written(value)) {}
Json::Json(double value) {
    if (std::isfinite(value)) value_ = written(value);
}

const Json* Json::find(std::string_view name) const {
    const JsonObject* const members = object();
    return members == nullptr ? nullptr : members->find(name);
}

Json value_of(const JsonObject& object, std::string_view name) {
    const Json* const found = object.find(name);
    return found == nullptr ? Json() : *found;
}

Json value_of(const Json& value, std::string_view name) {
    const Json* const found = value.find(name);
    return found == nullptr ? Json() : *found;
}

std::string Json::text(std::string_view name, std::string_view otherwise) const {
    const Json* const member = find(name);
    const std::string* const value = member == nullptr ? nullptr : member->string();
    return value == nullptr ? std::string(otherwise) : *value;
}

std::optional<std::int64_t> Json::integer(std::string_view name) const {
    const Json* const member = find(name);
    return member == nullptr ? std::nullopt : member->as_integer();
}

std::optional<std::int64_t> Json::as_integer() const {
    if (number() == nullptr) return std::nullopt;
    const std::string digits = whole_digits(number()->digits);
    std::int64_t value = 0;
    const auto end = digits.data() + digits.size();
    const auto [read, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || read != end) return std::nullopt;
    return value;
}

void append_quoted(std::string& out, std::string_view value) {
    static constexpr char hex[] = "0123456789abcdef";
    out += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto byte = static_cast<unsigned char>(value[i]);
        if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
        out.append(value, plain, i - plain);
        plain = i + 1;
        out += '\\';
        switch (byte) {
        case '\b': out += 'b'; break;
        case '\f': out += 'f'; break;
        case '\n': out += 'n'; break;
        case '\r': out += 'r'; break;
        case '\t': out += 't'; break;
        case '"':
        case '\\': out += value[i]; break;
        default:
            out += "u00";
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
    out.append(value, plain, value.size() - plain);
    out += '"';
}

void append_text(std::string& out, const Json& value) {
    if (const auto* text = value.string()) {
        append_quoted(out, *text);
    } else if (const auto* object = value.object()) {
        char before = '{';
        for (const auto& [name, member] : *object) {
            out += std::exchange(before, ',');
            append_quoted(out, name);
            out += ':';
            append_text(out, member);
        }
        out += object->empty() ? "{}" : "}";
    } else if (const auto* array = value.array()) {
        char before = '[';
        for (const Json& item : *array) {
            out += std::exchange(before, ',');
            append_text(out, item);
        }
        out += array->empty() ? "[]" : "]";
    } else if (const auto* number = value.number()) {
        out += number->digits;
    } else if (const auto* boolean = value.boolean()) {
        out += *boolean ? "true" : "false";
    } else {
        out += "null";
    }
}

std::string to_text(const Json& value) {
    std::string out;
    append_text(out, value);
    return out;
}

void append_pointer_token(std::string& out, std::string_view name) {
    for (const char c : name) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
}

} // namespace throughline
