#include "domain/json.hpp"
#include "domain/text.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <stdexcept>

namespace throughline {

namespace {

constexpr std::size_t max_digits = 40;
constexpr int max_exponent = 308;
/// Our own texts wrap a value of a client in an event, a page, an envelope.
struct Limits {
    std::size_t depth = 2 * max_json_depth;
    std::size_t values = std::numeric_limits<std::size_t>::max();
};

bool is_within_limits(std::string_view number) {
    const auto exponent_at = number.find_first_of("eE");
    const auto mantissa = number.substr(0, exponent_at);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (static_cast<std::size_t>(std::ranges::count_if(mantissa, is_digit)) > max_digits)
        return false;
    if (exponent_at == std::string_view::npos) return true;
    auto exponent = number.substr(exponent_at + 1);
    exponent.remove_prefix(is_digit(exponent.front()) ? 0 : 1);
    int value = 0;
    const auto end = exponent.data() + exponent.size();
    return std::from_chars(exponent.data(), end, value).ec == std::errc{} && value <= max_exponent;
}

/// U+0000 and lone surrogates can come out of an escape only: the text itself is checked before.
bool is_storable(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return false;
    for (auto at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1))
        if (static_cast<unsigned char>(text[at + 1]) >= 0xA0) return false;
    return true;
}

bool has_duplicate_names(const JsonObject& object) {
    if (object.size() < 2) return false;
    if (object.size() <= 16) {
        for (auto a = object.begin(); a != object.end(); ++a)
            for (auto b = object.begin(); b != a; ++b)
                if (a->name == b->name) return true;
        return false;
    }
    std::vector<std::string_view> names;
    names.reserve(object.size());
    for (const JsonMember& member : object) names.push_back(member.name);
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) != names.end();
}

/// Builds the value from RapidJSON's events; stops at the first thing that is refused.
class Builder {
  public:
    explicit Builder(const Limits& limits) : limits_(limits) {}

    bool Null() { return add(nullptr); }
    bool Bool(bool value) { return add(value); }
    bool RawNumber(const char* digits, rapidjson::SizeType length, bool) {
        const std::string_view number(digits, length);
        return is_within_limits(number) ? add(JsonNumber{std::string(number)}) : refuse_number();
    }
    bool String(const char* text, rapidjson::SizeType length, bool) {
        const std::string_view value(text, length);
        return is_storable(value) ? add(value) : refuse_text();
    }
    bool Key(const char* text, rapidjson::SizeType length, bool) {
        const std::string_view name(text, length);
        open_.back().name = name;
        return is_storable(name) || refuse_text();
    }
    bool StartObject() { return open(JsonObject{}); }
    bool StartArray() { return open(JsonArray{}); }
    bool EndObject(rapidjson::SizeType) {
        if (has_duplicate_names(*open_.back().value.object()))
            return refuse("malformed_json", "A name stands twice in one object.");
        return close();
    }
    bool EndArray(rapidjson::SizeType) { return close(); }

    // RapidJSON names these too; with numbers as strings it never calls them.
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(std::int64_t) { return false; }
    bool Uint64(std::uint64_t) { return false; }
    bool Double(double) { return false; }

    bool refuse_number() {
        refuse("invalid_format", "A number has at most 40 digits and an exponent within ±308.");
        fault_.pointer = pointer();
        return false;
    }

    [[nodiscard]] JsonFault& fault() { return fault_; }
    [[nodiscard]] Json&& result() { return std::move(result_); }

  private:
    struct Open {
        Json value;
        std::string name; // of the member being read
    };

    bool open(Json container) {
        if (open_.size() == limits_.depth)
            return refuse("too_deep", "Values are nested more than " +
                                          std::to_string(limits_.depth) + " deep.");
        open_.push_back({std::move(container), {}});
        return true;
    }

    bool close() {
        Json closed = std::move(open_.back().value);
        open_.pop_back();
        return add(std::move(closed));
    }

    bool add(Json value) {
        if (++values_ > limits_.values)
            return refuse("too_large",
                          "There are more than " + std::to_string(limits_.values) + " values.");
        if (open_.empty())
            result_ = std::move(value);
        else if (JsonObject* const object = open_.back().value.object())
            object->append(open_.back().name, std::move(value));
        else
            open_.back().value.array()->push_back(std::move(value));
        return true;
    }

    bool refuse(std::string code, std::string detail) {
        fault_ = {std::move(code), std::move(detail), 0, {}};
        return false;
    }

    bool refuse_text() {
        return refuse("malformed_json", "A string holds U+0000 or half of a surrogate pair.");
    }

    /// Of the value being read.
    [[nodiscard]] std::string pointer() const {
        std::string out;
        for (const Open& level : open_) {
            out += '/';
            if (const JsonArray* const array = level.value.array())
                out += std::to_string(array->size());
            else
                append_pointer_token(out, level.name);
        }
        return out;
    }

    Limits limits_;
    std::size_t values_ = 0;
    std::vector<Open> open_;
    Json result_;
    JsonFault fault_;
};

std::variant<Json, JsonFault> read(std::string_view text, const Limits& limits) {
    if (!is_valid_utf8(text))
        return JsonFault{"malformed_json", "The text is not UTF-8 without NUL.", 0, {}};
    constexpr auto flags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;
    std::string buffer(text);
    rapidjson::InsituStringStream stream(buffer.data());
    rapidjson::Reader reader;
    Builder builder(limits);
    const auto parsed = reader.Parse<flags>(stream, builder);
    if (!parsed.IsError()) return builder.result();
    if (parsed.Code() == rapidjson::kParseErrorNumberTooBig) builder.refuse_number();
    JsonFault fault = std::move(builder.fault());
    if (fault.code.empty()) {
        fault.code = "malformed_json";
        fault.detail = rapidjson::GetParseError_En(parsed.Code());
    }
    fault.offset = parsed.Offset();
    return fault;
}

} // namespace

std::variant<Json, JsonFault> read_json(std::string_view text) {
    return read(text, {max_json_depth, max_json_values});
}

Json parse_json(std::string_view text) {
    auto parsed = read(text, {});
    if (const auto* const fault = std::get_if<JsonFault>(&parsed))
        throw std::runtime_error("stored text is not JSON: " + fault->detail + " at byte " +
                                 std::to_string(fault->offset));
    return std::get<Json>(std::move(parsed));
}

} // namespace throughline
