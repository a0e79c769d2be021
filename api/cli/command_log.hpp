#pragma once
#include "bus/postgres_event_store.hpp"

#include <cstddef>
#include <string>

namespace throughline {

/// The log as commands other than `serve` use it.
struct CommandLog {
    explicit CommandLog(const std::string& url, std::size_t system_connections = 2)
        : app(url, Role::app, 2), system(url, Role::system, system_connections), appender(url) {}
    Database app;
    Database system;
    Appender appender;
    PostgresEventStore store{app, system, appender};
};

} // namespace throughline
