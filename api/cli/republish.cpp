#include "api/cli/republish.hpp"

#include "bus/republish.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <ostream>
#include <stdexcept>

namespace throughline {

int run_republish(const Config& config, const RepublishOptions& options, std::ostream& out) {
    if (config.kafka_brokers.empty())
        throw std::runtime_error("KAFKA_BROKERS is not set: there is no topic to publish to");
    const Republished done = republish(config.database_url, options.from, options.new_log);
    if (options.new_log) fmt::print(out, "the log has a new id\n");
    fmt::print(out,
               "{} events from position {} go to {} again: {}; relay_lag_events tells how many "
               "are left\n",
               done.events, done.from, config.kafka_topic,
               done.is_led ? "the running relay begins within two seconds"
                           : "the next relay that leads begins there");
    return 0;
}

} // namespace throughline
