#include "api/openapi_examples.hpp"

#include "api/routes/records.hpp"
#include "domain/record/example.hpp"

#include <stdexcept>

namespace throughline {

namespace {

JsonObject written(const Kind& kind) {
    JsonObject out;
    for (const Field& field : kind.fields)
        if (!field.refers()) out.append(field.name, example_value(field));
    return out;
}

void set_example(JsonObject& components, std::string_view name, Json example) {
    Json* const component = components.find(name);
    if (component == nullptr)
        throw std::logic_error("an example is for no component: " + std::string(name));
    component->object()->set("examples", JsonArray{std::move(example)});
}

} // namespace

void add_examples(JsonObject& components, const Registry& registry) {
    for (const Kind& kind : registry.kinds()) {
        const JsonObject record = example_record(kind);
        set_example(components, component_name(kind), record);
        set_example(components, component_name(kind, "Create"), written(kind));
        JsonObject change;
        change.append(kind.fields.front().name, example_value(kind.fields.front()));
        set_example(components, component_name(kind, "Update"), std::move(change));
        set_example(components, component_name(kind, "List"),
                    JsonObject{{"items", JsonArray{record}},
                               {"pagination", JsonObject{{"limit", 50}, {"next", nullptr}}}});
    }
    const Json examples = parse_json(openapi_examples());
    for (const JsonMember& example : *examples.object())
        if (components.contains(example.name)) set_example(components, example.name, example.value);
}

} // namespace throughline
