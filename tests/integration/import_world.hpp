#pragma once
#include "api/import_lookup.hpp"
#include "api/routes/exports.hpp"
#include "bus/ids.hpp"
#include "bus/migrate.hpp"
#include "bus/postgres_event_store.hpp"
#include "bus/postgres_source.hpp"
#include "domain/identity/tenant.hpp"
#include "domain/identity/user.hpp"
#include "handlers/import/import_runner.hpp"
#include "handlers/references.hpp"
#include "tests/handlers/import_files.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <map>
#include <set>

namespace throughline {

inline TestDatabase& migrated(TestDatabase& database, const Registry& registry) {
    migrate(database.url(), [](std::string_view) {});
    const auto connection = connect(database.url(), Role::owner);
    pqxx::work transaction(*connection);
    for (const Kind& kind : registry.kinds()) ListProjection(kind).migrate(transaction);
    transaction.commit();
    return database;
}

/// A database with its lists kept up to date, and what imports need.
struct World : ImportFiles {
    const Registry registry = standard_registry();
    const Kind& contacts = *registry.find("contact");
    TestDatabase database;
    std::string url = migrated(database, registry).url();
    Database app{url, Role::app, 3};
    Database system{url, Role::system, 4};
    Appender appender{url};
    PostgresEventStore store{app, system, appender};
    RecordCommands commands{store, registry};
    Checkpoints checkpoints{system};
    Lists lists{app};
    TenantKinds kinds{store, registry};
    ListLookup lookup{lists, checkpoints};
    ImportJobs jobs{system};
    std::vector<Permission> denied; // to rows
    Importer::OnDenied on_denied = [this](const ImportJob&, Permission missing) {
        denied.push_back(missing);
    };
    Importer importer{store, commands, registry, lookup, jobs, on_denied};
    LogSignal signal{url};
    ListProjection contact_list{contacts};
    ListProjection organization_list{*registry.find("organization")};
    Subscription first{url, [this] { return std::make_unique<PostgresSource>(url, signal); },
                       contact_list};
    Subscription second{url, [this] { return std::make_unique<PostgresSource>(url, signal); },
                        organization_list};
    Uuid tenant = new_id();
    Uuid user = new_id();
    std::int64_t founded = 0; // last position of that

    World() {
        found();
        first.start();
        second.start();
    }

    /// Makes the tenant, with the user as its owner.
    void found() {
        Command command;
        command.id = new_id();
        command.tenant = tenant;
        command.time = now();
        command.origin.correlation_id = command.id;
        const auto add = [&](const Kind& kind, const Uuid& id, const JsonObject& values) {
            Record record;
            command.writes.push_back(
                to_write(tenant, kind, id, record, decide_create(kind, values, {}), command.time));
        };
        add(tenant_kind(), tenant, {{"name", "Acme"}, {"slug", to_string(tenant)}});
        add(user_kind(), user, {{"name", "Ann"}, {"email", "ann@acme.example"}, {"role", "owner"}});
        founded = std::get<Committed>(store.append(std::move(command)).get()).last_position;
    }

    ImportJob queue(const std::filesystem::path& file, const JsonObject& options = {},
                    ImportFormat format = ImportFormat::csv, const char* kind = "contact",
                    const char* role = "owner") {
        ImportJob job;
        job.id = new_id();
        job.tenant = tenant;
        job.user = user;
        job.kind = kind;
        job.role = role;
        job.format = format;
        job.options = read_import_options(options).value();
        if (const Kind* const known = registry.find(kind))
            if (const auto opened = open_import(*known, format, file, job.options.mapping))
                job.layout = opened->layout;
        job.file = file.parent_path() / to_string(job.id);
        std::filesystem::copy_file(file, job.file);
        return jobs.add(job).job;
    }

    ImportJob run(const ImportJob& job, const std::function<bool()>& go_on = [] { return true; }) {
        importer.run(jobs.take(job.id).value(), go_on);
        return jobs.find(tenant, job.id).value();
    }

    ImportJob import(std::string_view text, const JsonObject& options = {},
                     ImportFormat format = ImportFormat::csv, const char* kind = "contact") {
        return run(queue(write(text), options, format, kind));
    }

    void wait_for_lists() {
        const auto head = store.head_position();
        REQUIRE(checkpoints.wait("list_contact", head, std::chrono::seconds(60)) >= head);
        REQUIRE(checkpoints.wait("list_organization", head, std::chrono::seconds(60)) >= head);
    }

    std::vector<ListItem> listed(const Uuid& of) {
        wait_for_lists();
        ListRequest request;
        request.limit = 200;
        std::vector<ListItem> items;
        do {
            auto page = lists.page(of, Caller::system(), contacts, request);
            REQUIRE(page.has_value());
            std::move(page->items.begin(), page->items.end(), std::back_inserter(items));
            request.cursor = page->next.value_or("");
        } while (!request.cursor.empty());
        return items;
    }

    Json only_contact() {
        const auto items = listed(tenant);
        REQUIRE(items.size() == 1);
        return record_of(contacts, items.front()).fields;
    }

    std::string export_of(const Uuid& of, bool csv) {
        wait_for_lists();
        Principal caller;
        caller.tenant_id = of;
        caller.user_id = user;
        caller.name = "Ann";
        caller.role = "owner";
        const auto stream = export_stream({registry, lists, store, kinds}, contacts, caller, {},
                                          csv ? ExportFormat::csv : ExportFormat::ndjson);
        std::string text;
        for (bool last = false; !last;) {
            const auto piece = stream->next();
            text += piece.bytes;
            last = piece.last;
        }
        return text;
    }
};

inline std::string many_rows(int count) {
    std::string text = "name,email,company\n";
    for (int i = 0; i < count; ++i)
        text += "Person " + std::to_string(i) + ",p" + std::to_string(i) + "@example.com,Company " +
                std::to_string(i % 7) + "\n";
    return text;
}

} // namespace throughline
