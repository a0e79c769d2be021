#include "domain/record/merge.hpp"

namespace throughline {

JsonObject merge_patch(JsonObject target, const JsonObject& patch) {
    for (const auto& [name, value] : patch) {
        if (value.is_null()) {
            target.erase(name);
        } else if (const JsonObject* const inner = value.object()) {
            Json* const existing = target.find(name);
            JsonObject* const object = existing == nullptr ? nullptr : existing->object();
            JsonObject merged = merge_patch(object == nullptr ? JsonObject{} : *object, *inner);
            target.set(name, std::move(merged));
        } else {
            target.set(name, value);
        }
    }
    return target;
}

JsonObject merge_difference(const JsonObject& from, const JsonObject& to) {
    JsonObject patch;
    for (const auto& [name, value] : to) {
        const Json* const before = from.find(name);
        if (before != nullptr && *before == value) continue;
        if (before != nullptr && before->object() != nullptr && value.object() != nullptr)
            patch.append(name, merge_difference(*before->object(), *value.object()));
        else
            patch.append(name, value);
    }
    for (const JsonMember& member : from)
        if (!to.contains(member.name)) patch.append(member.name, nullptr);
    return patch;
}

} // namespace throughline
