#include "handlers/custom_fields.hpp"

#include "domain/record/custom_fields.hpp"
#include "domain/record/merge.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

constexpr std::ptrdiff_t most_fields = 200;

const Kind& stored() {
    static const Kind kind = custom_fields_kind();
    return kind;
}

JsonArray fields_of(const JsonObject& state) {
    const Json* const fields = state.find("fields");
    return fields == nullptr || fields->array() == nullptr ? JsonArray{} : *fields->array();
}

bool is_shown(const Json& field) { return !is_removed(*field.object()); }

auto find(JsonArray& fields, const std::string& key) {
    return std::ranges::find_if(
        fields, [&](const Json& field) { return field.text("key") == key && is_shown(field); });
}

/// Takes out what is kept of a field that was removed; nothing where there is no such.
JsonObject take_removed(JsonArray& fields, const std::string& key) {
    const auto found = std::ranges::find_if(
        fields, [&](const Json& field) { return field.text("key") == key && !is_shown(field); });
    if (found == fields.end()) return {};
    JsonObject removed = std::move(*found->object());
    fields.erase(found);
    return removed;
}

} // namespace

JsonArray CustomFields::list(const Uuid& tenant, const Kind& kind) const {
    const std::array key{custom_fields_stream(tenant, kind)};
    const StreamHead head = store_.heads(tenant, key).front();
    if (head.version == 0) return {};
    JsonArray fields = fields_of(*parse_json(head.state).object());
    std::erase_if(fields, [](const Json& field) { return !is_shown(field); });
    for (Json& field : fields) field = without_retired_choices(std::move(*field.object()));
    return fields;
}

Result<CustomFields::Changed> CustomFields::edit(const CommandContext& context, const Kind& kind,
                                                 const std::string& field_key,
                                                 const Edit& edit) const {
    const std::array key{custom_fields_stream(context.tenant, kind)};
    auto field = std::make_shared<JsonObject>();
    const auto edited = [&](JsonArray fields) -> Result<JsonArray> {
        auto done = edit(fields);
        if (!done) return done.error();
        *field = std::move(*done);
        return fields;
    };
    Result<Written> written = Rejection{};
    if (store_.heads(context.tenant, key).front().version == 0) {
        auto fields = edited({});
        if (!fields) return fields.error();
        written = finish(commands_.create(context, stored(), key[0].id,
                                          JsonObject{{"kind", kind.name}, {"fields", *fields}}));
    } else {
        written = finish(commands_.change(context, stored(), key[0].id,
                                          [&](const Record& record, Time) -> Result<JsonObject> {
                                              auto fields = edited(fields_of(record.fields));
                                              if (!fields) return fields.error();
                                              return JsonObject{{"fields", std::move(*fields)}};
                                          }));
    }
    if (!written) return written.error();
    kinds_.forget(context.tenant);
    if (field->empty()) { // what was decided under this key before is not decided again
        auto fields = fields_of(written->record.fields);
        if (const auto found = find(fields, field_key); found != fields.end())
            *field = without_retired_choices(*found->object());
    }
    return Changed{std::move(*written), std::move(*field)};
}

Result<CustomFields::Changed> CustomFields::add(const CommandContext& context, const Kind& kind,
                                                const Json& body) const {
    const auto definition = check_custom_field(registry_, kind, body);
    if (!definition) return definition.error();
    const std::string& key = *definition->find("key")->string();
    return edit(context, kind, key, [&](JsonArray& fields) -> Result<JsonObject> {
        if (find(fields, key) != fields.end())
            return Rejection{Refusal::conflict,
                             "There is a field of this key.",
                             {{"/key", "taken", "There is a field of this key."}}};
        if (std::ranges::count_if(fields, is_shown) >= most_fields)
            return invalid({{"", "too_large", "A kind has at most 200 fields of a tenant."}});
        fields.emplace_back(with_retired_choices(take_removed(fields, key), *definition));
        return *definition;
    });
}

Result<CustomFields::Changed> CustomFields::change(const CommandContext& context, const Kind& kind,
                                                   const std::string& key,
                                                   const Json& patch) const {
    return edit(context, kind, key, [&](JsonArray& fields) -> Result<JsonObject> {
        const auto found = find(fields, key);
        if (found == fields.end()) return no_such("field");
        for (const std::string fixed : {"key", "type"})
            if (const Json* const given = patch.find(fixed);
                given != nullptr && *given != *found->find(fixed))
                return invalid({{"/" + fixed, "read_only", "It stays as it is."}});
        const JsonObject shown = without_retired_choices(*found->object());
        auto definition =
            check_custom_field(registry_, kind, Json(merge_patch(shown, *patch.object())));
        if (!definition) return definition.error();
        *found = with_retired_choices(*found->object(), *definition);
        return *definition;
    });
}

Result<CustomFields::Changed> CustomFields::remove(const CommandContext& context, const Kind& kind,
                                                   const std::string& key) const {
    return edit(context, kind, key, [&](JsonArray& fields) -> Result<JsonObject> {
        const auto found = find(fields, key);
        if (found == fields.end()) return no_such("field");
        JsonObject removed = *found->object();
        if (kind.field(key) == nullptr)
            fields.erase(found);
        else
            *found = removed_extension(removed);
        return removed;
    });
}

} // namespace throughline
