#pragma once
#include "bus/dead_letters.hpp"

#include <chrono>
#include <iosfwd>
#include <string>

namespace throughline {

/// `throughline dead-letters`: the streams that a consumer holds (every consumer where it has no
/// name), why and since when. The exit code, 0.
int run_dead_letters(DeadLetters& letters, const std::string& consumer, std::ostream& out);

/// `throughline dead-letters retry` and `skip`: leaves the order to the consumer's leader, in
/// whatever server that is, and tells what came of it. Answers with the exit code: 0 where all was
/// released, 1 where nothing is held there, something failed again, or nobody did it in `patience`.
int run_release(DeadLetters& letters, const ReleaseOrder& order, std::chrono::milliseconds patience,
                std::ostream& out, std::ostream& err);

/// `throughline dead-letters history`: what operators asked: who, when, why, and what came of it.
int run_release_history(DeadLetters& letters, const std::string& consumer, std::ostream& out);

} // namespace throughline
