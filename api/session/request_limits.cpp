#include "api/session/request_limits.hpp"

#include "api/client_address.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace throughline {

namespace {

constexpr std::chrono::minutes window{1};

/// `t` is the time until the quota is whole again, and for who is refused until the next request:
/// Retry-After must not be earlier than it.
std::string limit_text(const RateLimit& limit, const RateStanding& standing) {
    const auto until = standing.passes ? standing.until_full : standing.until_next;
    return fmt::format("\"{}\";r={};t={}", limit.name, standing.remaining, until.count());
}

std::optional<Rejection> refusal_of(std::string_view whose, const RateStanding& standing) {
    if (standing.passes) return std::nullopt;
    Rejection rejection{Refusal::throttled, fmt::format("{} has sent too many requests.", whose)};
    rejection.retry_after = standing.until_next;
    return rejection;
}

} // namespace

RequestLimits::RequestLimits(RateLimiter& limiter, const RequestQuotas& quotas)
    : limiter_(limiter),
      of_tenant_{policy("rest", quotas.rest), policy("automation", quotas.automation),
                 policy("calendar", quotas.calendar), policy("ai", quotas.ai),
                 policy("ics", quotas.ics)},
      of_user_(policy("user", quotas.of_user())), of_address_(policy("address", quotas.address)) {}

RequestLimits::Policy RequestLimits::policy(std::string name, std::int64_t quota) {
    const auto seconds = std::chrono::seconds(window);
    std::string text = fmt::format("\"{}\";q={};w={}", name, quota, seconds.count());
    return {{std::move(name), static_cast<double>(quota), seconds}, std::move(text)};
}

CountedRequest RequestLimits::counted(std::string_view whose, const Policy& policy,
                                      const RateStanding& standing) {
    return {policy.text, limit_text(policy.limit, standing), refusal_of(whose, standing)};
}

CountedRequest RequestLimits::count(LimitClass limit, const Request& request) {
    if (!request.principal)
        return counted("The address", of_address_,
                       limiter_.take(of_address_.limit, bucket_of_address(request.remote_address)));
    const Principal& caller = *request.principal;
    const Policy& tenants = of_tenant_.at(static_cast<std::size_t>(limit));
    if (limit != LimitClass::rest)
        return counted("The tenant", tenants, limiter_.take(tenants.limit, caller.tenant_id));
    const auto user = limiter_.take(of_user_.limit, caller.user_id);
    const bool counts = is_shared(caller);
    const std::string both = tenants.text + ", " + of_user_.text;
    if (counts && !user.passes) { // what is refused to a user takes nothing from colleagues
        auto refused = counted("The user", of_user_, user);
        refused.policy = both;
        return refused;
    }
    const auto tenant = limiter_.take(tenants.limit, caller.tenant_id);
    auto out = counted("The tenant", tenants, tenant);
    if (!counts) return out;
    out.policy = both;
    if (user.remaining < tenant.remaining) out.limit = limit_text(of_user_.limit, user);
    return out;
}

bool RequestLimits::is_shared(const Principal& caller) {
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    const Callers* const known = callers_.find(caller.tenant_id);
    Callers callers = known == nullptr ? Callers{{caller.user_id, now}, {}} : *known;
    if (callers.last.user != caller.user_id) callers.other = callers.last;
    callers.last = {caller.user_id, now};
    const bool shared =
        callers.other.seen != Clock::time_point{} && now - callers.other.seen < window;
    callers_.put(caller.tenant_id, callers);
    return shared;
}

} // namespace throughline
