#pragma once
#include "domain/rules/openapi_document.hpp"

namespace throughline::rules {

/// A request to a described API.
struct ApiCall {
    std::string method;
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body; // JSON; empty: none
};

/// Puts values where the operation wants them. A value is a scalar, a list or an object of scalars,
/// anything where it goes as JSON; null is none. Refused: a parameter or body that is missing or
/// that the operation has not, a value that would become a path of its own (".."). Faults name
/// /parameters/<name> or /body.
[[nodiscard]] Result<ApiCall> call_of(const ApiOperation& operation, const JsonObject& parameters,
                                      const Json& body);

} // namespace throughline::rules
