#include "domain/identity/tenant_rules.hpp"
#include "domain/record/value.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

using Faults = std::vector<FieldError>;

constexpr std::size_t max_stages = 50;
constexpr std::size_t max_key = 50;
constexpr std::size_t max_name = 100;

bool is_key(std::string_view text) {
    return !text.empty() && text.size() <= max_key && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

/// One stage on its way through the rules.
class StageCheck {
  public:
    StageCheck(const Json& written, std::string pointer, Faults& faults)
        : written_(written), pointer_(std::move(pointer)), faults_(faults) {}

    [[nodiscard]] JsonObject stage() {
        if (written_.object() == nullptr) {
            add_fault(faults_, pointer_, "invalid_type", "An object is expected.");
            return {};
        }
        for (const JsonMember& member : *written_.object())
            if (member.name != "key" && member.name != "name" && member.name != "probability")
                fault(member.name, "unknown_field", "A stage has no such member.");
        JsonObject kept;
        kept.append("key", key());
        kept.append("name", name());
        kept.append("probability", probability());
        return kept;
    }

  private:
    Json key() {
        const Json* const key = needed("key");
        if (key == nullptr) return {};
        if (key->string() == nullptr || !is_key(*key->string()))
            fault("key", "invalid_format", "1 to 50 of a-z, 0-9 and _ are expected.");
        return *key;
    }

    Json name() {
        const Json* const name = needed("name");
        if (name == nullptr) return {};
        const std::string text = name->string() == nullptr ? "" : trimmed(*name->string());
        if (text.empty())
            fault("name", "invalid_type", "A text is expected.");
        else if (length_in_characters(text) > max_name)
            fault("name", "too_large", "At most 100 characters.");
        return text;
    }

    Json probability() {
        const Json* const probability = needed("probability");
        if (probability == nullptr) return {};
        const auto percent = probability->as_integer();
        if (!percent || *percent < 0 || *percent > 100) {
            fault("probability", "invalid_format", "A whole number from 0 to 100 is expected.");
            return {};
        }
        return *percent;
    }

    const Json* needed(std::string_view member) {
        const Json* const value = written_.find(member);
        if (value == nullptr || value->is_null()) {
            fault(member, "required", "A stage needs it.");
            return nullptr;
        }
        return value;
    }

    void fault(std::string_view member, std::string code, std::string detail) {
        std::string at = pointer_ + "/";
        append_pointer_token(at, member);
        add_fault(faults_, std::move(at), std::move(code), std::move(detail));
    }

    const Json& written_;
    const std::string pointer_;
    Faults& faults_;
};

/// Faults of the stages taken together.
void check_keys(const JsonArray& stages, const std::string& pointer, Faults& faults) {
    std::vector<std::string> seen;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const std::string key = stages[i].text("key");
        if (!key.empty() && std::ranges::find(seen, key) != seen.end())
            add_fault(faults, pointer + "/" + std::to_string(i) + "/key", "invalid_choice",
                      "Another stage has this key.");
        seen.push_back(key);
    }
    for (const std::string_view end : {"won", "lost"})
        if (std::ranges::find(seen, end) == seen.end())
            add_fault(faults, pointer, "required",
                      "A stage with the key " + std::string(end) + " is needed.");
}

std::optional<Json> normal_pipeline(const Json& written, const std::string& pointer,
                                    Faults& faults) {
    const std::size_t faults_before = faults.size();
    const JsonArray* const given = written.array();
    JsonArray stages;
    if (given == nullptr) {
        add_fault(faults, pointer, "invalid_type", "A list of stages is expected.");
    } else if (given->size() > max_stages) {
        add_fault(faults, pointer, "too_large", "At most 50 stages.");
    } else {
        for (std::size_t i = 0; i < given->size(); ++i)
            stages.emplace_back(
                StageCheck((*given)[i], pointer + "/" + std::to_string(i), faults).stage());
        check_keys(stages, pointer, faults);
    }
    return faults.size() > faults_before ? std::nullopt : std::optional<Json>(std::move(stages));
}

} // namespace

const OwnRules& pipeline_rules() {
    static constexpr OwnRules rules{normal_pipeline, R"({"type": "array", "maxItems": 50,
        "items": {"type": "object", "required": ["key", "name", "probability"],
            "additionalProperties": false,
            "properties": {
                "key": {"type": "string", "pattern": "^[a-z0-9_]+$", "maxLength": 50},
                "name": {"type": "string", "pattern": "\\S", "maxLength": 100},
                "probability": {"type": "integer", "minimum": 0, "maximum": 100}}}})",
                                    true};
    return rules;
}

Json standard_pipeline() {
    static constexpr std::array<std::pair<std::string_view, int>, 6> stages{{{"new", 10},
                                                                             {"qualified", 25},
                                                                             {"proposal", 50},
                                                                             {"negotiation", 75},
                                                                             {"won", 100},
                                                                             {"lost", 0}}};
    JsonArray all;
    for (const auto& [key, probability] : stages)
        all.push_back(
            JsonObject{{"key", key}, {"name", label_of(key)}, {"probability", probability}});
    return all;
}

} // namespace throughline
