#include "tests/support/event_schemas.hpp"

#include <rapidjson/document.h>
#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <fstream>
#include <iterator>

namespace throughline {

bool is_valid(const Json& schema, const Json& value) {
    rapidjson::Document schema_document;
    rapidjson::Document value_document;
    schema_document.Parse(to_text(schema).c_str());
    value_document.Parse(to_text(value).c_str());
    valijson::Schema read;
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::RapidJsonAdapter(schema_document), read);
    return valijson::Validator().validate(
        read, valijson::adapters::RapidJsonAdapter(value_document), nullptr);
}

Json event_schema_file(const std::string& type) {
    std::ifstream in(THROUGHLINE_SOURCE_DIR "/schemas/events/" + type + ".v1.json");
    return in ? parse_json(std::string(std::istreambuf_iterator<char>(in), {})) : Json();
}

} // namespace throughline
