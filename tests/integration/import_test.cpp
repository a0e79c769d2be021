#include "api/import_lookup.hpp"
#include "api/routes/exports.hpp"
#include "bus/ids.hpp"
#include "bus/migrate.hpp"
#include "bus/postgres_event_store.hpp"
#include "bus/postgres_source.hpp"
#include "handlers/import/import_runner.hpp"
#include "tests/handlers/import_files.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <map>
#include <set>

namespace throughline {
namespace {

TestDatabase& migrated(TestDatabase& database, const Registry& registry) {
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
    ListLookup lookup{lists, checkpoints};
    ImportJobs jobs{system};
    Importer importer{store, commands, registry, lookup, jobs};
    LogSignal signal{url};
    ListProjection contact_list{contacts};
    ListProjection organization_list{*registry.find("organization")};
    Subscription first{url, [this] { return std::make_unique<PostgresSource>(url, signal); },
                       contact_list};
    Subscription second{url, [this] { return std::make_unique<PostgresSource>(url, signal); },
                        organization_list};
    Uuid tenant = new_id();
    Uuid user = new_id();

    World() {
        first.start();
        second.start();
    }

    ImportJob queue(const std::filesystem::path& file, const JsonObject& options = {},
                    ImportFormat format = ImportFormat::csv, const char* kind = "contact") {
        ImportJob job;
        job.id = new_id();
        job.tenant = tenant;
        job.user = user;
        job.kind = kind;
        job.format = format;
        job.options = read_import_options(options).value();
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
        REQUIRE(checkpoints.wait("list_contact", head, std::chrono::seconds(20)) >= head);
        REQUIRE(checkpoints.wait("list_organization", head, std::chrono::seconds(20)) >= head);
    }

    std::vector<ListItem> listed(const Uuid& of) {
        wait_for_lists();
        ListRequest request;
        request.limit = 200;
        std::vector<ListItem> items;
        do {
            auto page = lists.page(of, contacts, request);
            REQUIRE(page.has_value());
            std::move(page->items.begin(), page->items.end(), std::back_inserter(items));
            request.cursor = page->next.value_or("");
        } while (!request.cursor.empty());
        return items;
    }

    Json only_contact() {
        const auto items = listed(tenant);
        REQUIRE(items.size() == 1);
        return items.front().record.fields;
    }

    std::string export_of(const Uuid& of, bool csv) {
        wait_for_lists();
        Principal caller;
        caller.tenant_id = of;
        caller.user_id = user;
        caller.name = "Ann";
        const auto stream = export_stream(lists, store, contacts, caller, {}, csv);
        std::string text;
        for (bool last = false; !last;) {
            const auto piece = stream->next();
            text += piece.bytes;
            last = piece.last;
        }
        return text;
    }
};

std::string many_rows(int count) {
    std::string text = "name,email,company\n";
    for (int i = 0; i < count; ++i)
        text += "Person " + std::to_string(i) + ",p" + std::to_string(i) + "@example.com,Company " +
                std::to_string(i % 7) + "\n";
    return text;
}

} // namespace

TEST_CASE_FIXTURE(World, "the sample address book comes in, and a second time is known") {
    const std::filesystem::path sample = THROUGHLINE_SOURCE_DIR "/docs/sample/contacts.csv";
    const auto copy = folder() / "sample.csv";
    std::filesystem::copy_file(sample, copy);
    const ImportJob first_time = run(queue(copy));
    CHECK(first_time.status == "completed");
    CHECK(first_time.total_rows == 200);
    CHECK(first_time.progress.created == 200);
    CHECK(jobs.errors(tenant, first_time.id, 0, 10).empty());
    CHECK_FALSE(std::filesystem::exists(first_time.file));
    const ImportJob second_time = run(queue(copy));
    CHECK(second_time.progress.skipped == 200);
    CHECK(second_time.progress.created == 0);
    CHECK(second_time.progress.first_position == 0);
    CHECK(listed(tenant).size() == 200);

    LogFilter of_tenant;
    of_tenant.tenant = tenant;
    for (const StoredEvent& event : store.log(0, 1000, of_tenant).events) {
        CHECK(event.origin.channel == "import");
        CHECK(event.origin.actor_type == "import");
        CHECK(event.origin.actor_id == user);
        CHECK(event.origin.correlation_id == first_time.id);
        CHECK(Json(event.origin.details).text("import_id") == to_string(first_time.id));
    }
}

TEST_CASE_FIXTURE(World, "organizations are created once and linked by name") {
    const ImportJob job =
        import("name,email,company\nA,a@x.co,Acme\nB,b@x.co,acme\nC,c@x.co,Other\n");
    CHECK(job.progress.created == 3);
    const auto acme = store.heads_by_title(tenant, "organization", "Acme");
    REQUIRE(acme.size() == 1);
    CHECK(store.heads_by_title(tenant, "organization", "Other").size() == 1);
    int linked = 0;
    for (const ListItem& item : listed(tenant))
        linked +=
            Json(item.record.fields).text("organization_id") == to_string(acme.front().stream.id)
                ? 1
                : 0;
    CHECK(linked == 2);
}

TEST_CASE_FIXTURE(World, "a row comes in or is reported with its line") {
    const ImportJob job =
        import("name,email,status\nA,a@x.co,\n\"B\nB\",not an address,\nC,c@x.co,nonsense\n,,\n"
               "D,d@x.co,active,surplus\nE,e@x.co,active\nF,\"open\n");
    CHECK(job.status == "completed");
    CHECK(job.progress.created == 2);
    CHECK(job.progress.failed == 4);
    CHECK(job.progress.processed == 6);
    const auto errors = jobs.errors(tenant, job.id, 0, 10);
    REQUIRE(errors.size() == 4);
    CHECK(errors[0].line == 3);
    CHECK(errors[0].pointer == "/email");
    CHECK(errors[0].code == "invalid_format");
    CHECK(errors[1].line == 5);
    CHECK(errors[1].pointer == "/status");
    CHECK(errors[1].code == "invalid_choice");
    CHECK(errors[2].line == 7);
    CHECK(errors[3].line == 9);
    CHECK(jobs.errors(tenant, job.id, 3, 10).size() == 1);
    CHECK(jobs.errors(new_id(), job.id, 0, 10).empty());
}

TEST_CASE_FIXTURE(World, "a duplicate is skipped, updated or created again") {
    CHECK(import("name,email,phone\nAnn,a@x.co,1\n").progress.created == 1);
    CHECK(import("name,email,phone\nBea,A@X.co,2\n").progress.skipped == 1);
    CHECK(only_contact().text("name") == "Ann");

    const ImportJob update = import("name,email,phone\n,A@x.co,2\n", {{"on_duplicate", "update"}});
    CHECK(update.progress.updated == 1);
    CHECK(only_contact().text("name") == "Ann"); // the address that stands for a name is no name
    CHECK(only_contact().text("phone") == "2");
    CHECK(import("name,email,phone\nAnn,A@x.co,2\n", {{"on_duplicate", "update"}})
              .progress.unchanged == 1);

    CHECK(import("name,email\nCea,a@x.co\n", {{"on_duplicate", "create"}}).progress.created == 1);
    CHECK(listed(tenant).size() == 2);
}

TEST_CASE_FIXTURE(World, "rows of one file are duplicates of each other") {
    const ImportJob job = import("name,email,phone\nA,a@x.co,1\nB,A@x.co,2\n");
    CHECK(job.progress.created == 1);
    CHECK(job.progress.skipped == 1);
    const ImportJob refused_first = import("name,email,status\nA,b@x.co,nonsense\nB,b@x.co,new\n");
    CHECK(refused_first.progress.failed == 1);
    CHECK(refused_first.progress.created == 1);
    const ImportJob update =
        import("name,email,phone\nC,c@x.co,1\nC,c@x.co,2\n", {{"on_duplicate", "update"}});
    CHECK(update.progress.created == 1);
    CHECK(update.progress.updated == 1);
}

TEST_CASE_FIXTURE(World, "rows without an address are known by what they say") {
    const char* const text = "name,phone\nAnn,1\nBea,2\n";
    CHECK(import(text).progress.created == 2);
    CHECK(import(text).progress.skipped == 2);
    CommandContext context;
    context.tenant = tenant;
    context.command_id = new_id();
    REQUIRE(commands.remove(context, contacts, listed(tenant).front().id).has_value());
    const ImportJob again = import(text);
    CHECK(again.progress.created == 1);
    CHECK(again.progress.skipped == 1);
}

TEST_CASE_FIXTURE(World, "matching by external id, and organizations by name") {
    const JsonObject by_id{{"match", "external_id"}};
    CHECK(import("Record ID,First Name,Email\n7,Ann,a@x.co\n", by_id).progress.created == 1);
    CHECK(import("Record ID,First Name,Email\n7,Ann,other@x.co\n", by_id).progress.skipped == 1);
    CHECK(import("name,industry\nAcme,Lamps\n", {}, ImportFormat::csv, "organization")
              .progress.created == 1);
    const ImportJob again = import("name,industry\nACME,Oil\n", {{"on_duplicate", "update"}},
                                   ImportFormat::csv, "organization");
    CHECK(again.progress.updated == 1);
}

TEST_CASE_FIXTURE(World, "an unknown owner is the importer in an export of another product, an "
                         "error in a table of one's own") {
    CHECK(import("Record ID,First Name,Email,Contact owner\n1,A,a@x.co,Nobody\n2,B,b@x.co,Nobody\n")
              .progress.created == 2);
    CHECK(Json(listed(tenant).front().record.fields).text("owner_id") == to_string(user));
    const ImportJob own = import("name,owner\nC,Nobody\n");
    CHECK(own.progress.failed == 1);
    CHECK(jobs.errors(tenant, own.id, 0, 1).front().pointer == "/owner");
}

TEST_CASE_FIXTURE(World, "a dry run counts and writes nothing") {
    const auto head = store.head_position();
    const ImportJob job =
        import("name,email,company\nA,a@x.co,Acme\nB,b@x.co,\nC,nonsense,\nD,a@x.co,\n",
               {{"dry_run", true}});
    CHECK(job.progress.created == 2);
    CHECK(job.progress.failed == 1);
    CHECK(job.progress.skipped == 1);
    CHECK(store.head_position() == head);
}

TEST_CASE_FIXTURE(World, "a run that ends in the middle is taken up without doubles") {
    const int rows = 1500;
    const ImportJob job = queue(write(many_rows(rows)));
    int asked = 0;
    (void)run(job, [&] { return ++asked < 4; });
    ImportJob broken = jobs.find(tenant, job.id).value();
    CHECK(broken.status == "running");
    wait_for_lists();
    const auto written = listed(tenant).size();
    CHECK(written > 0);
    CHECK(written < rows);

    SUBCASE("from its checkpoint") {}
    SUBCASE("when nothing was checkpointed") {
        system.write({}, [&](pqxx::transaction_base& transaction) {
            transaction.exec(
                "update imports set processed = 0, created = 0, first_position = null");
        });
    }
    const ImportJob done = run(job);
    CHECK(done.status == "completed");
    CHECK(done.progress.created == rows);
    CHECK(done.progress.skipped == 0);
    CHECK(listed(tenant).size() == rows);
    std::set<std::string> emails;
    for (const ListItem& item : listed(tenant))
        emails.insert(Json(item.record.fields).text("email"));
    CHECK(emails.size() == rows);
}

TEST_CASE_FIXTURE(World, "what a run that lost its job saves does not count") {
    const ImportJob job = queue(write("name\nA\n"));
    ImportJob lost = jobs.take(job.id).value();
    const ImportJob taken = jobs.take(job.id).value();
    CHECK(taken.run == lost.run + 1);
    lost.progress.processed = 1;
    CHECK_FALSE(jobs.save(lost, {}));
    CHECK(jobs.find(tenant, job.id)->progress.processed == 0);
}

TEST_CASE_FIXTURE(World, "the runner does queued imports, each tenant's in turn") {
    const ImportJob one = queue(write(many_rows(300)));
    const ImportJob same = queue(write(many_rows(300)));
    ImportRunner runner(url, jobs, importer);
    runner.start();
    const ImportJob late = queue(write("name\nZed\n", "late"));
    runner.wake();
    REQUIRE(wait_until([&] { return jobs.find(tenant, late.id)->is_finished(); }));
    runner.stop();
    CHECK(jobs.find(tenant, one.id)->progress.created == 300);
    CHECK(jobs.find(tenant, same.id)->progress.skipped == 300);
    CHECK(jobs.find(tenant, late.id)->progress.created == 1);
}

TEST_CASE_FIXTURE(World, "an import whose file is gone fails and says so") {
    const ImportJob job = queue(write("name\nA\n"));
    std::filesystem::remove(job.file);
    CHECK(run(job).status == "failed");
    CHECK(jobs.errors(tenant, job.id, 0, 1).front().detail == "The uploaded file is gone.");
}

TEST_CASE_FIXTURE(World, "a key stands for one import") {
    ImportJob job;
    job.id = new_id();
    job.tenant = tenant;
    job.user = user;
    job.kind = "contact";
    job.idempotency_key = "k";
    job.request_hash = "h";
    CHECK(jobs.add(job).is_new);
    ImportJob again = job;
    again.id = new_id();
    const auto known = jobs.add(again);
    CHECK_FALSE(known.is_new);
    CHECK(known.job.id == job.id);
    CHECK(known.job.request_hash == "h");
    system.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec("update imports set created_at = created_at - interval '25 hours'");
    });
    CHECK(jobs.add(again).is_new);
}

TEST_CASE_FIXTURE(World, "an NDJSON export imports into an empty tenant as it was") {
    const ImportJob job = import("name,email,phone,company,tags,status\n\"Ann \"\"A\"\" "
                                 "Lee\",a@x.co,+1 2,Acme,vip;new,active\n"
                                 "\"=1+1, \"\"x\"\"\",b@x.co,,,,\nCea,,3,Acme,,\n");
    REQUIRE(job.progress.created == 3);
    const std::string exported = export_of(tenant, false);
    const Uuid from = tenant;
    tenant = new_id();
    const ImportJob copy = import(exported, {}, ImportFormat::ndjson);
    CHECK(copy.progress.created == 3);
    CHECK(copy.progress.failed == 0);

    const auto comparable = [&](const Uuid& of) {
        std::map<std::string, std::string> people;
        std::string text = export_of(of, false);
        for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos;
             text.erase(0, end + 1)) {
            const Json read = parse_json(text.substr(0, end));
            JsonObject body = *read.object();
            for (const char* const own :
                 {"id", "version", "created_at", "updated_at", "organization_id", "owner_id"})
                body.erase(own);
            people[Json(body).text("name")] = to_text(Json(body));
        }
        return people;
    };
    CHECK(comparable(from).size() == 3);
    CHECK(comparable(from) == comparable(tenant));
    CHECK(import(exported, {}, ImportFormat::ndjson).progress.skipped == 3);
}

TEST_CASE_FIXTURE(World, "a CSV export reads back as it was written") {
    import("name,email,company,tags,metadata\n\"Line \"\"one\"\", "
           "two\",a@x.co,Acme,x;y,\"{\"\"k\"\":\"\"v\"\"}\"\n=A1,b@x.co,,,\n");
    const std::string exported = export_of(tenant, true);
    CHECK(exported.starts_with(
        "id,name,email,phone,job_position,organization_id,organization,tags,status,owner_id,"
        "owner,metadata,created_at,updated_at\r\n"));
    CHECK(exported.find("\r\n") != std::string::npos);
    CHECK(exported.find(",=A1,") != std::string::npos);
    const ImportJob again = import(exported, {{"on_duplicate", "update"}});
    CHECK(again.progress.unchanged == 2);
}

TEST_CASE_FIXTURE(World, "a vCard file comes in, a broken card is reported") {
    const ImportJob job =
        import("BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEMAIL:a@x.co\nORG:Acme\nEND:VCARD\n"
               "BEGIN:VCARD\nnothing\nEND:VCARD\n",
               {}, ImportFormat::vcard);
    CHECK(job.progress.created == 1);
    CHECK(job.progress.failed == 1);
    CHECK(jobs.errors(tenant, job.id, 0, 1).front().line == 7);
    CHECK(store.heads_by_title(tenant, "organization", "Acme").size() == 1);
}

} // namespace throughline
