#pragma once
#include "api/http.hpp"
#include "domain/result.hpp"

namespace throughline {

/// Says who calls. Thread-safe; may block on the database.
class Authenticator {
  public:
    virtual ~Authenticator() = default;
    /// Checks the bearer token (or the stream's ticket) and the tenant asked for. `unauthenticated`
    /// where it is missing or wrong, `forbidden` where the tenant is not the caller's. Path, query
    /// and headers of the request are set; its body is not yet.
    [[nodiscard]] virtual Result<Principal> authenticate(const Request& request) = 0;
};

} // namespace throughline
