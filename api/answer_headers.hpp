#pragma once
#include "api/cross_origin.hpp"

namespace throughline {

/// What every answer says beside itself: how browsers must treat it, who may read it, and the trace
/// it belongs to. Immutable, thread-safe.
struct AnswerHeaders {
    CrossOrigin cross_origin;
    bool is_https = false; // tells browsers to stay with it (RFC 6797)

    /// Leaves alone what the route has set.
    void add(Response& response, const Request& request) const;
};

} // namespace throughline
