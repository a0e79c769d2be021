#pragma once
#include "api/http.hpp"
#include "domain/result.hpp"

#include <span>
#include <string_view>

namespace throughline {

/// One kind of problem document (RFC 9457): its type is urn:throughline:problem:<slug>.
struct ProblemKind {
    int status;
    std::string_view slug;
    std::string_view title;
};

[[nodiscard]] std::span<const ProblemKind> problem_kinds();
/// The kind of that status; `internal` for a status that has none.
[[nodiscard]] const ProblemKind& problem_kind(int status);
[[nodiscard]] int status_of(Refusal refusal);

/// What a document says of the refusal itself: status, detail and errors.
[[nodiscard]] JsonObject fault_json(const Rejection& rejection);

/// The document's text. Extra members stand after the standard ones.
[[nodiscard]] std::string problem_text(int status, const Rejection& rejection,
                                       const Request& request);

/// The answer, with WWW-Authenticate on 401 and Retry-After on 503.
[[nodiscard]] Response problem_response(const Rejection& rejection, const Request& request);
/// For what only HTTP refuses: 405, 431, 500 and the like.
[[nodiscard]] Response problem_response(int status, std::string detail, const Request& request);

} // namespace throughline
