#include "projections/record_words.hpp"

#include "domain/text.hpp"

#include <algorithm>

namespace throughline {

namespace {

/// The texts of a list.
template <class Add> void add_items(const Json& list, Add add) {
    if (list.array() == nullptr) return;
    for (const Json& item : *list.array())
        if (item.string() != nullptr) add(*item.string());
}

/// The texts of metadata, in lists, too.
template <class Add> void add_texts(const Json& metadata, Add add) {
    if (metadata.object() == nullptr) return;
    for (const auto& [key, value] : *metadata.object()) {
        if (value.string() != nullptr) add(*value.string());
        add_items(value, add);
    }
}

} // namespace

std::vector<std::string> record_words(const Kind& kind, const JsonObject& fields) {
    std::vector<std::string> found;
    const auto add = [&](const std::string& text) {
        for (std::string& word : search_words(text)) found.push_back(std::move(word));
    };
    for (const Field& field : kind.fields) {
        const Json* const value = fields.find(field.name);
        if (value == nullptr) continue;
        if (field.type == FieldType::metadata) add_texts(*value, add);
        if (!field.is_searchable) continue;
        if (value->string() != nullptr) add(*value->string());
        if (value->string() != nullptr && field.type == FieldType::phone)
            add(normal_phone(*value->string()));
        add_items(*value, add);
    }
    std::ranges::sort(found);
    const auto repeated = std::ranges::unique(found);
    found.erase(repeated.begin(), repeated.end());
    return found;
}

} // namespace throughline
