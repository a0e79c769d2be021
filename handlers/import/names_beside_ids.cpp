#include "handlers/import/names_beside_ids.hpp"

#include "domain/text.hpp"
#include "handlers/import/cell.hpp"
#include "handlers/references.hpp"
#include "handlers/survivor.hpp"

#include <vector>

namespace throughline {

namespace {

struct NamedId {
    ImportRow* row;
    const Field* field;
    const std::string* name;
};

const std::string* text_of(const JsonObject& body, std::string_view member) {
    const Json* const value = body.find(member);
    return value == nullptr ? nullptr : value->string();
}

bool is_same_name(std::string_view a, std::string_view b) {
    return case_folded(one_line(trimmed(a))) == case_folded(one_line(trimmed(b)));
}

} // namespace

void tell_other_names(EventStore& store, const Registry& registry, const Kind& kind,
                      const Uuid& tenant, const Caller& caller, std::span<ImportRow> rows) {
    std::vector<NamedId> named;
    std::vector<StreamKey> streams;
    for (ImportRow& row : rows)
        for (const Field& field : kind.fields) {
            if (field.type != FieldType::reference || !row.errors.empty()) continue;
            const std::string* const name = text_of(row.body, field.name_member());
            const std::string* const text = text_of(row.body, field.name);
            const auto id = text == nullptr ? std::nullopt : parse_uuid(*text);
            if (!id || name == nullptr || trimmed(*name).empty()) continue;
            named.push_back({&row, &field, name});
            streams.push_back({field.target, *id});
        }
    if (streams.empty()) return;
    const auto heads = store.heads(tenant, streams);
    for (std::size_t i = 0; i < named.size(); ++i) {
        const auto& [row, field, name] = named[i];
        const StreamHead head = survivor_of(store, tenant, heads.at(i));
        if (can_be_meant(caller, registry, head) && !is_same_name(*name, head.title))
            row->losses.push_back({"/" + field->name_member(), "invalid_format",
                                   "It differs from " + field->name + ", which counts."});
    }
}

} // namespace throughline
