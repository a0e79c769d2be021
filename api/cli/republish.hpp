#pragma once
#include "api/config.hpp"

#include <cstdint>
#include <iosfwd>

namespace throughline {

struct RepublishOptions {
    std::int64_t from = 0; // 0 and 1: all
    bool new_log = false;
};

/// `throughline republish`: has the relay send events to the topic again (bus/republish.hpp). The
/// exit code; throws what is wrong.
int run_republish(const Config& config, const RepublishOptions& options, std::ostream& out);

} // namespace throughline
