#pragma once
#include "domain/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline::rules {

/// A value that an operation takes beside its body.
struct ApiParameter {
    enum class In { path, query, header };
    std::string name;
    In in = In::query;
    bool required = false;
    bool explode = false; // of the styles simple (path, header) and form (query)
    bool is_json = false; // goes as the text of a JSON value
    bool operator==(const ApiParameter&) const = default;
};

/// One operation of a described API, as far as a call needs it.
struct ApiOperation {
    enum class Body { none, optional, required };
    std::string id;     // its operationId, else "GET /pets/{id}"
    std::string method; // upper case
    std::string path;   // as the document has it
    std::string url;    // absolute, with {name} for parameters of the path
    std::string summary;
    std::vector<ApiParameter> parameters;
    Body body = Body::none;  // JSON
    std::string unsupported; // why it cannot be called; empty where it can
    bool operator==(const ApiOperation&) const = default;
};

struct ApiDescription {
    std::string title;
    std::string version;
    std::vector<ApiOperation> operations; // never empty
};

inline constexpr std::size_t max_api_operations = 1000;
inline constexpr std::size_t max_api_parameters = 10'000; // of all operations
inline constexpr std::size_t max_api_bytes = 1U << 20;    // of what is kept

/// Reads an OpenAPI document (3.0, 3.1): servers, paths, parameters, JSON bodies, and the keys of
/// its security schemes as optional parameters. References lead into the document itself, a few
/// steps at most. A relative server is taken from the URL that the document came from. An operation
/// that demands what we cannot send is `unsupported`. Faults name the place below `pointer`.
[[nodiscard]] Result<ApiDescription> read_openapi(const Json& document,
                                                  std::string_view fetched_from = {},
                                                  std::string_view pointer = "/document");

/// Operations as events and answers hold them: {"operation_id", "method", "path", "url", "summary",
/// "parameters": [{"name", "in", "required", "explode", "json"}], "body": "none|optional|required",
/// "unsupported"?}.
[[nodiscard]] JsonArray operations_json(const std::vector<ApiOperation>& operations);
/// The one of that id among operations in this form; nothing where there is none.
[[nodiscard]] std::optional<ApiOperation> find_operation(const Json& operations,
                                                         std::string_view id);

} // namespace throughline::rules
