#pragma once
#include "bus/appender.hpp"
#include "bus/migrate.hpp"
#include "bus/postgres_event_store.hpp"
#include "handlers/identity/accounts.hpp"
#include "tests/support/private_postgres.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace throughline {

struct MigratedDatabase : TestDatabase {
    MigratedDatabase() {
        migrate(url(), [](std::string_view) {});
    }
};

/// Accounts on a fresh database.
struct IdentityWorld {
    MigratedDatabase database;
    Database app{database.url(), Role::app, 4};
    Database system{database.url(), Role::system, 4};
    Appender appender{database.url()};
    PostgresEventStore store{app, system, appender};
    Credentials credentials{system};
    PasswordHasher hasher;
    Accounts accounts{store, credentials, hasher, std::chrono::hours(24)};

    SignedIn register_tenant(const std::string& email, const std::string& name = "Acme") {
        const auto registered =
            accounts.register_tenant({name, std::nullopt, "Ada", email, "correct horse"}, "");
        REQUIRE(registered.has_value());
        return *registered;
    }
};

} // namespace throughline
