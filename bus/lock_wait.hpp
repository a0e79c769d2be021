#pragma once
#include <functional>

namespace throughline {

/// Runs `attempt` anew, a second later each time, as long as it fails at a lock that others hold
/// for longer than its session's lock_timeout; before the second attempt it tells once. Whoever
/// comes behind is let through in between. Blocks; other faults are thrown.
void wait_for_locks(const std::function<void()>& attempt, const std::function<void()>& tell);

} // namespace throughline
