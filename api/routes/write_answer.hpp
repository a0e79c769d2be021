#pragma once
#include "api/http.hpp"
#include "api/session/idempotency.hpp"
#include "handlers/pending_write.hpp"

#include <functional>

namespace throughline {

/// The answer to a command: pending, and made of what was written once that is known. The
/// idempotency key stays claimed until then.
[[nodiscard]] Response answer_to_write(IdempotencyKeys::Claim claim, PendingWrite write,
                                       std::function<Result<Response>(const Written&)> answer);

/// The same with its place in the log: Throughline-Position, and whether the key was known.
[[nodiscard]] Response with_position(Response response, const Written& written);

} // namespace throughline
