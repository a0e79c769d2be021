#pragma once
#include "domain/time.hpp"
#include "handlers/automation/effect.hpp"
#include "handlers/outbound/http_message.hpp"

namespace throughline {

/// What came of a request, for the run that made it. Done where the status is 2xx; a fault that
/// may pass, 408, 425, 429 and 5xx are transient, with Retry-After (RFC 9110 section 10.2.3) where
/// it is there. The output is {"status", "headers", "body", "truncated"}: the few headers that say
/// something, the body as JSON where it is that, else as text, null where it is neither.
[[nodiscard]] EffectResult result_of(const HttpOutcome& outcome, Time now);

} // namespace throughline
