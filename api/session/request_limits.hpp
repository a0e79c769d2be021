#pragma once
#include "api/router.hpp"
#include "api/session/forgetful_map.hpp"
#include "api/session/request_quotas.hpp"
#include "bus/rate_limiter.hpp"

#include <array>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace throughline {

/// A counted request: what its answer says of limits (draft-ietf-httpapi-ratelimit-headers-10), and
/// the refusal where there were too many.
struct CountedRequest {
    std::string policy; // RateLimit-Policy: every limit it counts against
    std::string limit;  // RateLimit: the one that is nearest to its end
    std::optional<Rejection> refusal;
};

/// Counts requests against the quotas of tenant, user and address. A user's own quota, half of the
/// tenant's, is kept only while another user of the tenant has called within the last minute: so
/// nobody takes all from their colleagues, and who is alone has all of it. Thread-safe; seldom
/// blocks (see RateLimiter).
class RequestLimits {
  public:
    RequestLimits(RateLimiter& limiter, const RequestQuotas& quotas);
    /// Counts against the caller's tenant, or the address where the request has no principal.
    [[nodiscard]] CountedRequest count(LimitClass limit, const Request& request);

  private:
    using Clock = std::chrono::steady_clock;
    struct Caller {
        Uuid user;
        Clock::time_point seen{};
    };
    struct Callers {
        Caller last;
        Caller other; // the last one who is not the same
    };

    struct Policy {
        RateLimit limit;
        std::string text; // of RateLimit-Policy
    };

    [[nodiscard]] static Policy policy(std::string name, std::int64_t quota);
    [[nodiscard]] static CountedRequest counted(std::string_view whose, const Policy& policy,
                                                const RateStanding& standing);
    [[nodiscard]] bool is_shared(const Principal& caller);

    RateLimiter& limiter_;
    std::array<Policy, 5> of_tenant_; // in the order of LimitClass
    Policy of_user_;
    Policy of_address_;
    std::mutex mutex_;
    ForgetfulMap<Uuid, Callers> callers_{16384};
};

} // namespace throughline
