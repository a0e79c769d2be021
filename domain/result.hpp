#pragma once
#include "domain/json.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace throughline {

enum class Permission : unsigned char; // identity/roles.hpp

/// What kind of no it is; api/problem.cpp maps each to one HTTP status.
enum class Refusal {
    malformed,       // 400: the text cannot be read
    unauthenticated, // 401
    forbidden,       // 403
    not_found,       // 404
    conflict,        // 409
    gone,            // 410
    stale,           // 412: If-Match names another version
    too_large,       // 413
    unsupported,     // 415: the media type
    invalid,         // 422: well formed, breaks a rule
    throttled,       // 429: too many of them; `retry_after` is set
    unavailable,     // 503: try again later
};

/// One fault of the input. `where` is an RFC 6901 pointer into the body, or the name of a query
/// parameter when `in_query` is set. Codes are for programs, and never change.
struct FieldError {
    std::string where;
    std::string code;
    std::string detail;
    bool in_query = false;
    bool operator==(const FieldError&) const = default;
};

/// A refusal that the caller can act on. What nobody can act on is thrown instead.
struct Rejection {
    Refusal refusal = Refusal::invalid;
    std::string detail;
    std::vector<FieldError> errors = {};
    JsonObject members = {}; // extra members of the problem document (current_version, …)
    std::optional<Permission> denied = {}; // what the caller lacks: for the log, not for them
    std::chrono::seconds retry_after{0};   // of what is throttled
};

[[noreturn]] inline void throw_exception_from_error(const Rejection& rejection,
                                                    const boost::source_location&) {
    throw std::runtime_error("unchecked result: " + rejection.detail);
}

template <class T> using Result = boost::system::result<T, Rejection>;

[[nodiscard]] inline Rejection no_such(const std::string& thing) {
    return {Refusal::not_found, "There is no such " + thing + "."};
}

[[nodiscard]] inline Rejection invalid(std::vector<FieldError> errors) {
    return {Refusal::invalid, "The request breaks a rule.", std::move(errors)};
}

} // namespace throughline
