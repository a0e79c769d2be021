#pragma once
#include "bus/postgres_event_store.hpp"

#include <string>

namespace throughline {

/// The log as commands other than `serve` use it.
struct CommandLog {
    explicit CommandLog(const std::string& url)
        : app(url, Role::app, 2), system(url, Role::system, 2), appender(url) {}
    Database app;
    Database system;
    Appender appender;
    PostgresEventStore store{app, system, appender};
};

} // namespace throughline
