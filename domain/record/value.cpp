#include "domain/record/value.hpp"

#include "domain/money.hpp"
#include "domain/text.hpp"
#include "domain/time.hpp"

#include <algorithm>

namespace throughline {

namespace {

/// A patch may remove as much as it sets; beyond this it cannot leave metadata of a lawful size.
constexpr std::size_t max_patch_bytes = 4 * max_metadata_bytes;

/// One value on its way through the rules of its field.
class Check {
  public:
    Check(const Field& field, const std::string& pointer, std::vector<FieldError>& faults)
        : field_(field), pointer_(pointer), faults_(faults) {}

    std::optional<Json> text(const Json& written) {
        if (written.is_null()) return Json();
        if (written.string() == nullptr)
            return refuse("invalid_type", field_.name + " is a string.");
        std::string value = trimmed(*written.string());
        if (value.empty()) return Json();
        if (length_in_characters(value) > field_.max_length)
            return refuse("too_large", at_most(field_.max_length, "characters"));
        return formatted(std::move(value));
    }

    std::optional<Json> tags(const Json& written) {
        if (written.is_null()) return JsonArray{};
        if (written.array() == nullptr)
            return refuse("invalid_type", field_.name + " is a list of strings.");
        if (written.array()->size() > max_tags)
            return refuse("too_large", at_most(max_tags, "tags"));
        JsonArray kept;
        std::vector<std::string> seen;
        const std::size_t faults_before = faults_.size();
        for (std::size_t i = 0; i < written.array()->size(); ++i) {
            auto tag = this->tag((*written.array())[i], pointer_ + "/" + std::to_string(i));
            if (tag.empty()) continue;
            auto folded = case_folded(tag);
            if (std::ranges::find(seen, folded) != seen.end()) continue;
            seen.push_back(std::move(folded));
            kept.emplace_back(std::move(tag));
        }
        if (faults_.size() > faults_before) return std::nullopt;
        return kept;
    }

    /// Of ids or of choices, each once.
    std::optional<Json> list(const Json& written) {
        if (written.is_null()) return JsonArray{};
        if (written.array() == nullptr) return refuse("invalid_type", field_.name + " is a list.");
        if (written.array()->size() > max_tags)
            return refuse("too_large", at_most(max_tags, "items"));
        JsonArray kept;
        const std::size_t faults_before = faults_.size();
        for (std::size_t i = 0; i < written.array()->size(); ++i) {
            const std::string at = pointer_ + "/" + std::to_string(i);
            const Json& item = (*written.array())[i];
            if (item.string() == nullptr) {
                add_fault(faults_, at, "invalid_type", "It is a string.");
                continue;
            }
            Check check(field_, at, faults_);
            const std::string text = trimmed(*item.string());
            auto value = field_.type == FieldType::references ? check.id(text) : check.key(text);
            if (value && std::ranges::find(kept, *value) == kept.end())
                kept.push_back(std::move(*value));
        }
        if (faults_.size() > faults_before) return std::nullopt;
        return kept;
    }

    std::optional<Json> number(const Json& written) {
        if (written.is_null()) return Json();
        const std::string* const text = written.string();
        if (written.number() == nullptr && text == nullptr)
            return refuse("invalid_type", field_.name + " is a number.");
        const std::string given =
            text != nullptr ? trimmed(*text) : without_exponent(written.number()->digits);
        if (text != nullptr && given.empty()) return Json();
        auto digits = field_.type == FieldType::money ? read_amount(given) : read_decimal(given);
        if (digits) return JsonNumber{std::move(*digits)};
        return refuse("invalid_format",
                      field_.type == FieldType::money
                          ? "An amount has at most 15 digits and 4 decimals, and no sign."
                          : "A decimal number of at most 40 digits is expected.");
    }

    std::optional<Json> metadata(const Json& written) {
        if (written.is_null()) return Json();
        if (written.object() == nullptr)
            return refuse("invalid_type", field_.name + " is an object.");
        if (written.object()->contains("")) {
            add_fault(faults_, pointer_ + "/", "invalid_format", "A key is not empty.");
            return std::nullopt;
        }
        if (to_text(written).size() > max_patch_bytes)
            return refuse("too_large", "At most 16 KiB.");
        return written;
    }

    std::optional<Json> flag(const Json& written) {
        if (written.is_null() || written.boolean() != nullptr) return written;
        return refuse("invalid_type", field_.name + " is true or false.");
    }

    std::optional<Json> own(const Json& written) {
        if (written.is_null()) return Json();
        return field_.rules->normal(written, pointer_, faults_);
    }

  private:
    std::optional<Json> formatted(std::string value) {
        switch (field_.type) {
        case FieldType::email:
            if (!looks_like_email(value))
                return refuse("invalid_format", "An email address looks like name@example.com.");
            break;
        case FieldType::phone:
            if (normal_phone(value).empty())
                return refuse("invalid_format", "A phone number has digits.");
            break;
        case FieldType::url:
            if (!looks_like_url(value))
                return refuse("invalid_format", "A URL begins with http:// or https://.");
            break;
        case FieldType::reference: return id(value);
        case FieldType::date:
            if (!parse_date(value))
                return refuse("invalid_format", "A date is written 2026-03-08.");
            break;
        case FieldType::time: return moment(value);
        case FieldType::choice: return key(value);
        default: break;
        }
        return value;
    }

    std::optional<Json> id(const std::string& value) {
        const auto id = parse_uuid(value);
        if (!id) return refuse("invalid_format", field_.name + " is a UUID.");
        return to_string(*id);
    }

    std::optional<Json> moment(const std::string& value) {
        const auto time = parse_rfc3339(value);
        if (!time) return refuse("invalid_format", "A time is written 2026-03-08T06:00:00Z.");
        return to_rfc3339(*time);
    }

    std::optional<Json> key(const std::string& value) {
        if (auto key = choice_key(field_, value)) return *key;
        std::string detail = "One of";
        for (const std::string& each : field_.choices)
            detail += (&each == &field_.choices.front() ? " " : ", ") + each;
        return refuse("invalid_choice", detail + ".");
    }

    /// Empty where the item is blank or refused.
    std::string tag(const Json& item, const std::string& pointer) {
        if (item.string() == nullptr) {
            add_fault(faults_, pointer, "invalid_type", "A tag is a string.");
            return {};
        }
        std::string tag = trimmed(*item.string());
        if (length_in_characters(tag) > field_.max_length) {
            add_fault(faults_, pointer, "too_large", at_most(field_.max_length, "characters"));
            return {};
        }
        return tag;
    }

    static bool looks_like_url(const std::string& value) {
        const std::string lower = case_folded(value);
        std::string_view rest = lower;
        if (rest.starts_with("https://"))
            rest.remove_prefix(8);
        else if (rest.starts_with("http://"))
            rest.remove_prefix(7);
        else
            return false;
        const auto host = rest.substr(0, rest.find_first_of("/?#:"));
        const auto is_refused = [](char c) {
            return static_cast<unsigned char>(c) <= 0x20 || c == '<' || c == '>' || c == '"' ||
                   c == '\x7f';
        };
        return !host.empty() && std::ranges::none_of(rest, is_refused);
    }

    static std::string at_most(std::size_t count, std::string_view what) {
        return "At most " + std::to_string(count) + " " + std::string(what) + ".";
    }

    std::nullopt_t refuse(std::string code, std::string detail) {
        add_fault(faults_, pointer_, std::move(code), std::move(detail));
        return std::nullopt;
    }

    const Field& field_;
    const std::string& pointer_;
    std::vector<FieldError>& faults_;
};

} // namespace

std::optional<std::string> choice_key(const Field& field, std::string_view written) {
    const auto first = [&](const auto& is_meant) {
        const auto found = std::ranges::find_if(field.choices, is_meant);
        return found == field.choices.end() ? std::nullopt : std::optional(*found);
    };
    using Key = const std::string&;
    if (auto key = first([&](Key each) { return each == written; })) return key;
    std::string folded = case_folded(written);
    if (auto key = first([&](Key each) { return case_folded(each) == folded; })) return key;
    if (auto key = first([&](Key each) { return case_folded(field.choice_label(each)) == folded; }))
        return key;
    std::ranges::replace(folded, ' ', '_');
    return first([&](Key each) { return each == folded; });
}

void add_fault(std::vector<FieldError>& faults, std::string pointer, std::string code,
               std::string detail) {
    if (faults.size() < max_faults)
        faults.push_back({std::move(pointer), std::move(code), std::move(detail)});
}

std::vector<Uuid> ids_in(const Json& value) {
    std::vector<Uuid> ids;
    const auto add = [&](const Json& item) {
        if (const auto id = item.string() ? parse_uuid(*item.string()) : std::nullopt)
            ids.push_back(*id);
    };
    add(value);
    if (value.array() != nullptr) std::ranges::for_each(*value.array(), add);
    return ids;
}

Json empty_value(const Field& field) {
    if (field.is_list()) return JsonArray{};
    if (field.type == FieldType::metadata) return JsonObject{};
    return nullptr;
}

std::optional<Json> normal_value(const Field& field, const Json& written,
                                 const std::string& pointer, std::vector<FieldError>& faults) {
    Check check(field, pointer, faults);
    switch (field.type) {
    case FieldType::tags: return check.tags(written);
    case FieldType::choices:
    case FieldType::references: return check.list(written);
    case FieldType::money:
    case FieldType::number: return check.number(written);
    case FieldType::metadata: return check.metadata(written);
    case FieldType::flag: return check.flag(written);
    case FieldType::own: return check.own(written);
    default: return check.text(written);
    }
}

} // namespace throughline
