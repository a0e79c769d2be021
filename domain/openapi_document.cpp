#include "domain/openapi_document.hpp"

#include "domain/record/value.hpp"

namespace throughline {

namespace {

/// Only what was read from a document comes here.
std::optional<Json> normal_operations(const Json& read, const std::string& pointer,
                                      std::vector<FieldError>& faults) {
    if (read.array() != nullptr) return read;
    add_fault(faults, pointer, "invalid_type", "A list is expected.");
    return std::nullopt;
}

const OwnRules& operations_rules() {
    static constexpr OwnRules rules{normal_operations,
                                    R"({"type": "array", "items": {"type": "object",
            "required": ["operation_id", "method", "path", "url", "summary", "parameters", "body"],
            "properties": {
              "operation_id": {"type": "string"}, "method": {"type": "string"},
              "path": {"type": "string"}, "url": {"type": "string"},
              "summary": {"type": "string"}, "body": {"enum": ["none", "optional", "required"]},
              "unsupported": {"type": "string"},
              "parameters": {"type": "array", "items": {"type": "object",
                "required": ["name", "in", "required", "explode", "json"],
                "properties": {"name": {"type": "string"},
                  "in": {"enum": ["path", "query", "header"]}, "required": {"type": "boolean"},
                  "explode": {"type": "boolean"}, "json": {"type": "boolean"}}}}}}})",
                                    true};
    return rules;
}

} // namespace

Kind openapi_document_kind() {
    Kind kind{"openapi_document",
              "openapi_documents",
              {
                  text("name").required(),
                  url("url"),
                  text("title"),
                  text("api_version"),
                  own("operations", operations_rules()).required(),
              }};
    kind.events = {"created", "deleted"};
    return kind;
}

} // namespace throughline
