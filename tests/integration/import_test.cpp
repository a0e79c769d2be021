#include "handlers/merges.hpp"
#include "tests/integration/import_world.hpp"

namespace throughline {

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
    for (const StoredEvent& event : store.log(founded, 1000, of_tenant).events) {
        if (event.stream == StreamKey{"import", second_time.id}) continue;
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
        linked += Json(record_of(contacts, item).fields).text("organization_id") ==
                          to_string(acme.front().stream.id)
                      ? 1
                      : 0;
    CHECK(linked == 2);
}

namespace {

/// Counts what an import asks, and lets something happen after one of its commands.
struct WatchedStore : PostgresEventStore {
    using PostgresEventStore::PostgresEventStore;
    int appended = 0;
    int looked_up = 0;
    std::function<void(int appended)> after_append;

    PendingOutcome append(Command command) override {
        auto outcome = PostgresEventStore::append(std::move(command));
        if (++appended; after_append) after_append(appended);
        return outcome;
    }
    std::vector<StreamHead> heads_by_title(const Uuid& of, const std::string& kind,
                                           const std::string& title) override {
        ++looked_up;
        return PostgresEventStore::heads_by_title(of, kind, title);
    }
};

struct WatchedWorld : World {
    WatchedStore watched{app, system, appender};
    RecordCommands watched_commands{watched, registry};
    Importer watched_importer{watched, watched_commands, registry, lookup, jobs, on_denied};

    ImportJob run_watched(const std::string& text) {
        const ImportJob job = queue(write(text));
        watched_importer.run(jobs.take(job.id).value(), [] { return true; });
        return jobs.find(tenant, job.id).value();
    }
};

} // namespace

TEST_CASE_FIXTURE(WatchedWorld, "a new organization of many rows is neither raced nor looked up "
                                "for each of them") {
    const ImportJob job = run_watched(many_rows(600)); // of 7 companies
    CHECK(job.progress.created == 600);
    CHECK(watched.appended ==
          602); // with its begin and end; no command came in conflict and was sent again
    CHECK(watched.looked_up <= 14);
}

TEST_CASE_FIXTURE(WatchedWorld, "rows that wait for an organization are still duplicates") {
    const ImportJob job = run_watched("name,email,company\nA,a@x.co,Acme\nB,b@x.co,Acme\n"
                                      "C,b@x.co,Other\nD,d@x.co,acme\n");
    CHECK(job.progress.created == 3);
    CHECK(job.progress.skipped == 1);
    CHECK(watched.appended == 5); // with its begin and end
}

TEST_CASE_FIXTURE(WatchedWorld, "an organization renamed during an import is not linked by its "
                                "old name") {
    REQUIRE(import("name,company\nFirst,Acme\n").progress.created == 1);
    const Uuid acme = store.heads_by_title(tenant, "organization", "Acme").front().stream.id;
    constexpr int chunk = 256;
    std::string text = "name,email,company\n";
    for (int i = 0; i <= chunk; ++i) text += "P,p" + std::to_string(i) + "@example.com,Acme\n";
    watched.after_append = [&](int appended) {
        if (appended != chunk) return;
        CommandContext context;
        context.tenant = tenant;
        context.command_id = new_id();
        context.caller = Caller::system();
        context.origin.actor_id = user;
        REQUIRE(finish(commands.update(context, *registry.find("organization"), acme,
                                       parse_json(R"({"name":"Acme Holding"})")))
                    .has_value());
    };
    CHECK(run_watched(text).progress.created == chunk + 1);
    const auto now_acme = store.heads_by_title(tenant, "organization", "Acme");
    REQUIRE(now_acme.size() == 1);
    CHECK(now_acme.front().stream.id != acme);
}

TEST_CASE_FIXTURE(World, "a name with a NUL fails its row only") {
    const ImportJob people =
        import("{\"name\":\"A\",\"organization\":\"x\\u0000y\"}\n{\"name\":\"B\"}\n", {},
               ImportFormat::ndjson);
    CHECK(people.progress.failed == 1);
    CHECK(people.progress.created == 1);
    const ImportJob organizations = import("{\"name\":\"x\\u0000y\"}\n{\"name\":\"B\"}\n", {},
                                           ImportFormat::ndjson, "organization");
    CHECK(organizations.progress.failed == 1);
    CHECK(organizations.progress.created == 1);
    const ImportJob emails =
        import("{\"name\":\"A\",\"email\":\"x\\u0000y@x.co\"}\n{\"name\":\"C\"}\n", {},
               ImportFormat::ndjson);
    CHECK(emails.progress.failed == 1);
    CHECK(emails.progress.created == 1);
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

TEST_CASE_FIXTURE(World, "bytes that are no text fail their row alone") {
    std::string text = "name\n";
    for (const char c : {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'})
        text += std::string("Zoë ") + c + '\n';
    const ImportJob job = import(text + "Jos\xE9\n");
    CHECK(job.progress.created == 10);
    CHECK(job.progress.failed == 1);
    const auto errors = jobs.errors(tenant, job.id, 0, 10);
    REQUIRE(errors.size() == 1);
    CHECK(errors.front().line == 12);
    CHECK(
        Json(record_of(contacts, listed(tenant).front()).fields).text("name").starts_with("Zoë "));
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
    context.caller = Caller::system();
    REQUIRE(finish(commands.remove(context, contacts, listed(tenant).front().id)).has_value());
    const ImportJob again = import(text);
    CHECK(again.progress.created == 1);
    CHECK(again.progress.skipped == 1);
    CHECK(import(text).progress.skipped == 2);
}

TEST_CASE_FIXTURE(World, "a row that is skipped for what it says alone is told, with what is the "
                         "same") {
    const char* const text = "name,phone\nAnn,1\nAnn,1\n";
    for (const bool dry : {true, false}) {
        const ImportJob job = import(text, {{"dry_run", dry}});
        CHECK(job.progress.created == 1);
        CHECK(job.progress.skipped == 1);
        CHECK(job.progress.failed == 0);
        const auto errors = jobs.errors(tenant, job.id, 0, 10);
        REQUIRE(errors.size() == 1);
        CHECK(errors.front().line == 3);
        CHECK(errors.front().code == "duplicate");
        CHECK(errors.front().detail == "It says the same as line 2 and was skipped.");
    }
    const auto later = jobs.errors(tenant, import(text).id, 0, 10);
    REQUIRE(later.size() == 2);
    CHECK(later.front().detail == "It says the same as record " +
                                      to_string(listed(tenant).front().id) + " and was skipped.");
}

TEST_CASE_FIXTURE(World, "a record that says something else by now is not what a row says") {
    const char* const text = "name,phone\nSolo,1\n";
    REQUIRE(import(text).progress.created == 1);
    const Uuid record = listed(tenant).front().id;
    const auto change = [&](const char* body) {
        CommandContext context;
        context.tenant = tenant;
        context.command_id = new_id();
        context.caller = Caller::system();
        REQUIRE(finish(commands.update(context, contacts, record, parse_json(body))).has_value());
    };
    change(R"({"job_position":"Pilot"})"); // of which the row says nothing
    CHECK(import(text).progress.skipped == 1);
    change(R"({"name":"Duo"})");
    CHECK(import(text).progress.created == 1);
    CHECK(import(text).progress.skipped == 1);
    CHECK(listed(tenant).size() == 2);
}

TEST_CASE_FIXTURE(World, "records of one export that say the same stay two") {
    const std::string text = "{\"id\":\"0190c0de-0000-7000-8000-000000000001\",\"name\":\"Ann\"}\n"
                             "{\"id\":\"0190c0de-0000-7000-8000-000000000002\",\"name\":\"Ann\"}\n";
    CHECK(import(text, {}, ImportFormat::ndjson).progress.created == 2);
    const ImportJob again = import(text, {}, ImportFormat::ndjson);
    CHECK(again.progress.skipped == 2);
    CHECK(again.error_count == 0);
}

TEST_CASE_FIXTURE(World, "the row of a record that was merged since is skipped and told") {
    REQUIRE(import("name,email\nAda,ada@x.co\nTwin,twin@x.co\n").progress.created == 2);
    const std::string before = export_of(tenant, false);
    const Uuid ada = store.heads_by_title(tenant, "contact", "Ada").front().stream.id;
    const Uuid twin = store.heads_by_title(tenant, "contact", "Twin").front().stream.id;
    CommandContext context;
    context.tenant = tenant;
    context.command_id = new_id();
    context.caller = Caller::system();
    context.origin.actor_id = user;
    const JsonObject merge{{"into", to_string(ada)}, {"from", JsonArray{to_string(twin)}}};
    REQUIRE(finish(Merges(store, commands).merge(context, contacts, merge)).has_value());
    for (const char* const on_duplicate : {"skip", "update"}) {
        const ImportJob job =
            import(before, {{"on_duplicate", on_duplicate}}, ImportFormat::ndjson);
        CHECK(job.progress.created == 0);
        CHECK(job.progress.failed == 0);
        CHECK(job.progress.skipped == (on_duplicate == std::string_view("skip") ? 2 : 1));
        const auto errors = jobs.errors(tenant, job.id, 0, 10);
        REQUIRE(errors.size() == 1);
        CHECK(errors.front().code == "duplicate");
        CHECK(errors.front().detail ==
              "Its record was merged into record " + to_string(ada) + ": it was skipped.");
        CHECK(only_contact().text("name") == "Ada");
    }
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
    CHECK(Json(record_of(contacts, listed(tenant).front()).fields).text("owner_id") ==
          to_string(user));
    const ImportJob own = import("name,owner\nC,Nobody\n");
    CHECK(own.progress.failed == 1);
    CHECK(jobs.errors(tenant, own.id, 0, 1).front().pointer == "/owner");
}

TEST_CASE_FIXTURE(World, "a name that several records have links none of them, which is told") {
    for (const char* const name : {"John Smith", "John Smith", "Ada"})
        REQUIRE(import("name\n" + std::string(name) + "\n", {{"on_duplicate", "create"}})
                    .progress.created == 1);
    const ImportJob job =
        import(R"({"name":"gone","contact_id":"0190c0de-0000-7000-8000-00000000000a",)"
               R"("contact":"John Smith"})"
               "\n"
               R"({"name":"named","contact":"john smith"})"
               "\n"
               R"({"name":"sure","contact_id":"0190c0de-0000-7000-8000-00000000000b",)"
               R"("contact":"Ada"})"
               "\n",
               {{"on_duplicate", "create"}}, ImportFormat::ndjson, "task");
    CHECK(job.progress.created == 3);
    const auto errors = jobs.errors(tenant, job.id, 0, 10);
    REQUIRE(errors.size() == 2);
    for (const ImportError& error : errors) {
        CHECK(error.pointer == "/contact_id");
        CHECK(error.code == "unknown_reference");
        CHECK(error.detail == "Several have this name: none is meant by it. It is left out.");
    }
    const Uuid ada = store.heads_by_title(tenant, "contact", "Ada").front().stream.id;
    for (const char* const name : {"gone", "named", "sure"}) {
        const auto tasks = store.heads_by_title(tenant, "task", name);
        REQUIRE(tasks.size() == 1);
        CHECK(parse_json(tasks.front().state).text("contact_id") ==
              (name == std::string_view("sure") ? to_string(ada) : std::string()));
    }
}

TEST_CASE_FIXTURE(World, "several members of one name leave a record to the importer") {
    Command command{new_id(), tenant, "", false, 201, {}, now(), {}};
    command.origin.correlation_id = command.id;
    for (const char* const email : {"c1@acme.example", "c2@acme.example"}) {
        Record record;
        const JsonObject values{{"name", "Chris"}, {"email", email}, {"role", "member"}};
        command.writes.push_back(to_write(tenant, user_kind(), new_id(), record,
                                          decide_create(user_kind(), values, {}), command.time));
    }
    REQUIRE(std::holds_alternative<Committed>(store.append(std::move(command)).get()));
    const ImportJob job = import("Record ID,First Name,Email,Contact owner\n1,A,a@x.co,Chris\n");
    CHECK(job.progress.created == 1);
    CHECK(only_contact().text("owner_id") == to_string(user));
    const auto errors = jobs.errors(tenant, job.id, 0, 10);
    REQUIRE(errors.size() == 1);
    CHECK(errors.front().pointer == "/owner_id");
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

TEST_CASE_FIXTURE(World, "a dry run takes what the run takes: a choice that the record still has") {
    Record kept;
    Command command{new_id(), tenant, "", false, 201, {}, now(), {}};
    command.origin.correlation_id = command.id;
    const JsonObject fields{{"name", "A"}, {"email", "a@x.co"}, {"status", "retired"}};
    command.writes.push_back(to_write(tenant, contacts, new_id(), kept,
                                      decide_create(contacts, fields, user), command.time));
    REQUIRE(std::holds_alternative<Committed>(store.append(std::move(command)).get()));
    const auto run_of = [&](bool dry) {
        return import("name,email,status\nB,a@x.co,retired\nC,a@x.co,retired\nD,a@x.co,new\n",
                      {{"dry_run", dry}, {"on_duplicate", "update"}})
            .progress;
    };
    for (const bool dry : {true, false}) {
        const ImportProgress progress = run_of(dry);
        CHECK(progress.updated == 3);
        CHECK(progress.failed == 0);
    }
}

} // namespace throughline
