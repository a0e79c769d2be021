#include "handlers/import/linked_names.hpp"

#include "domain/text.hpp"

#include <algorithm>

namespace throughline {

/// Only of what is made by its name: of the rest, whose importer sees not all, the command looks
/// up what a name means.
std::vector<LinkedNames::Written> LinkedNames::names_in(const JsonObject& body) const {
    std::vector<Written> names;
    for (const Field& field : kind_.fields) {
        if (!field.creates_target) continue;
        const Json* const name = body.find(field.name_member());
        if (name == nullptr || name->string() == nullptr || body.contains(field.name)) continue;
        if (!is_valid_utf8(*name->string())) continue;
        std::string text = trimmed(*name->string());
        if (!text.empty()) names.push_back({{field.target, case_folded(text)}, std::move(text)});
    }
    return names;
}

void LinkedNames::look_up(std::span<const JsonObject* const> bodies) {
    std::map<std::string, std::map<std::string, std::string>> wanted; // kind, folded, as written
    for (const JsonObject* const body : bodies)
        for (Written& one : names_in(*body))
            wanted[one.name.first].try_emplace(one.name.second, std::move(one.text));
    for (const auto& [kind, names] : wanted) {
        std::vector<std::string> texts;
        for (const auto& name : names) texts.push_back(name.second);
        const auto found = store_.titled(tenant_, kind, texts);
        std::size_t at = 0;
        for (const auto& name : names)
            if (const auto& id = found.at(at++)) known_.insert_or_assign({kind, name.first}, *id);
    }
}

bool LinkedNames::are_under_way(const JsonObject& body) const {
    return !under_way_.empty() && std::ranges::any_of(names_in(body), [&](const Written& one) {
        return !known_.contains(one.name) && under_way_.contains(one.name);
    });
}

void LinkedNames::begun(RowCommand& row) {
    if (!row.outcome) return;
    for (Written& one : names_in(row.body)) {
        if (known_.contains(one.name)) continue;
        under_way_.insert(one.name);
        row.new_names.push_back(std::move(one.name));
    }
}

void LinkedNames::settled(const RowCommand& row) {
    for (const Name& name : row.new_names) under_way_.erase(under_way_.find(name));
}

} // namespace throughline
