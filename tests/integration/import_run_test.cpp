#include "bus/poison.hpp"
#include "tests/integration/import_world.hpp"

#include <cstdio>
#include <fcntl.h>
#include <sstream>
#include <unistd.h>

namespace throughline {

namespace {

/// What the process writes to its standard output goes to a file.
class CapturedOutput {
  public:
    explicit CapturedOutput(std::filesystem::path file) : file_(std::move(file)) {
        std::fflush(stdout);
        const int to = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(to, STDOUT_FILENO);
        ::close(to);
    }
    ~CapturedOutput() { (void)end(); }
    CapturedOutput(const CapturedOutput&) = delete;
    CapturedOutput& operator=(const CapturedOutput&) = delete;

    std::string end() {
        std::fflush(stdout);
        if (saved_ >= 0) {
            ::dup2(saved_, STDOUT_FILENO);
            ::close(std::exchange(saved_, -1));
        }
        std::ostringstream text;
        text << std::ifstream(file_).rdbuf();
        return text.str();
    }

  private:
    std::filesystem::path file_;
    int saved_ = ::dup(STDOUT_FILENO);
};

} // namespace

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
        emails.insert(Json(record_of(contacts, item).fields).text("email"));
    CHECK(emails.size() == rows);
}

TEST_CASE_FIXTURE(World, "no row fails for the end of the server: a later run does it") {
    JsonObject options;
    SUBCASE("of an import") {}
    SUBCASE("of a dry run") { options = {{"dry_run", true}}; }
    const int rows = 1500;
    const ImportJob job = queue(write(many_rows(rows)), options);
    wait_for_lists(); // so that only rows are waited for
    int asked = 0;
    const ImportJob broken = run(job, [&] {
        if (++asked == 3) commands.begin_stop();
        return asked < 8;
    });
    CHECK(broken.status == "running");
    CHECK(broken.progress.failed == 0);

    RecordCommands next_commands{store, registry};
    Importer next{store, next_commands, registry, lookup, jobs, on_denied};
    next.run(jobs.take(job.id).value(), [] { return true; });
    const ImportJob done = jobs.find(tenant, job.id).value();
    CHECK(done.status == "completed");
    CHECK(done.progress.created == rows);
    CHECK(done.progress.failed == 0);
}

TEST_CASE_FIXTURE(World, "an import that cannot begin now is not given up") {
    const ImportJob job = queue(write("name\nA\n"));
    commands.begin_stop();
    ImportRunner runner(url, jobs, importer, 1, std::chrono::milliseconds(5));
    runner.start();
    const auto current = [&] { return jobs.find(tenant, job.id).value(); };
    CHECK(wait_until([&] { return current().run > 12 || current().is_finished(); }));
    runner.stop();
    CHECK(current().status == "running");
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

TEST_CASE_FIXTURE(World, "tenants' imports take turns, however many one of them has") {
    std::vector<ImportJob> ours;
    for (const char* const text : {"name\nA\n", "name\nB\n", "name\nC\n"})
        ours.push_back(queue(write(text)));
    tenant = new_id(); // whose ids come later
    found();
    const ImportJob theirs = queue(write("name\nD\n"));
    ImportRunner runner(url, jobs, importer, 1);
    runner.start();
    const auto current = [&](const ImportJob& job) {
        return jobs.find(job.tenant, job.id).value();
    };
    REQUIRE(wait_until(
        [&] { return current(ours.back()).is_finished() && current(theirs).is_finished(); }));
    runner.stop();
    CHECK(current(theirs).progress.created == 1);
    CHECK(current(theirs).progress.last_position < current(ours.back()).progress.first_position);
}

TEST_CASE_FIXTURE(World, "an import whose file is gone fails and says so") {
    const ImportJob job = queue(write("name\nA\n"));
    std::filesystem::remove(job.file);
    CHECK(run(job).status == "failed");
    CHECK(jobs.errors(tenant, job.id, 0, 1).front().detail == "The uploaded file is gone.");
}

TEST_CASE_FIXTURE(World, "an import that always throws holds nobody up and fails in the end") {
    const auto hopeless = queue(write("name\nA\n"), {}, ImportFormat::csv, "nonsense");
    const Uuid theirs = tenant;
    tenant = new_id();
    found();
    const ImportJob ours = queue(write("name\nB\n"));
    ImportRunner runner(url, jobs, importer, 1, std::chrono::milliseconds(5));
    runner.start();
    REQUIRE(wait_until([&] { return jobs.find(tenant, ours.id)->is_finished(); }));
    CHECK(jobs.find(tenant, ours.id)->progress.created == 1);
    REQUIRE(wait_until([&] { return jobs.find(theirs, hopeless.id)->is_finished(); }));
    runner.stop();
    const auto failed = jobs.find(theirs, hopeless.id);
    CHECK(failed->status == "failed");
    CHECK(failed->run == 10);
    CHECK(jobs.errors(theirs, hopeless.id, 0, 1).front().code == "interrupted");
    LogFilter told;
    told.tenant = theirs;
    const auto events = store.log(0, 1000, told).events;
    REQUIRE_FALSE(events.empty());
    CHECK(events.back().stream == StreamKey{"import", hopeless.id});
    CHECK(events.back().type == "import.failed");
    CHECK_FALSE(std::filesystem::exists(hopeless.file));
}

TEST_CASE_FIXTURE(World, "an import whose end cannot be told now is given up later") {
    const ImportJob job = queue(write("name\nA\n"));
    commands.begin_stop();
    CHECK_THROWS_AS(importer.give_up(jobs.take(job.id).value()), TryLater);
    CHECK(jobs.find(tenant, job.id)->status == "running");
    CHECK(std::filesystem::exists(job.file));
}

TEST_CASE_FIXTURE(World, "an import at which one process after another dies is given up") {
    const ImportJob deadly = queue(write("name\nA\n"));
    const ImportJob left = queue(write("name\nB\n"));
    for (int process = 0; process < 5; ++process)
        for (const ImportJob& job : {deadly, left}) REQUIRE(jobs.take(job.id));
    jobs.leave(left.id); // one of them did not die
    ImportRunner runner(url, jobs, importer);
    runner.start();
    const auto current = [&](const ImportJob& job) { return jobs.find(tenant, job.id).value(); };
    REQUIRE(
        wait_until([&] { return current(deadly).is_finished() && current(left).is_finished(); }));
    runner.stop();
    CHECK(current(deadly).status == "failed");
    CHECK(current(deadly).progress.processed == 0);
    CHECK(jobs.errors(tenant, deadly.id, 0, 1).front().code == "interrupted");
    CHECK(current(left).progress.created == 1);
    CHECK(current(left).deaths == 0);
}

TEST_CASE_FIXTURE(World, "an import that cannot be read holds nobody up") {
    const ImportJob unreadable = queue(write("name\nA\n"));
    const char* change = nullptr;
    SUBCASE("its format") { change = "update imports set format = 'scroll'"; }
    SUBCASE("its options") { change = "update imports set options = 'null'"; }
    SUBCASE("its columns") { change = "update imports set unmapped_columns = '[1]'"; }
    system.write({}, [&](pqxx::transaction_base& transaction) { transaction.exec(change); });
    const ImportJob next = queue(write("name\nB\n"));
    ImportRunner runner(url, jobs, importer, 1, std::chrono::milliseconds(5));
    runner.start();
    CHECK(wait_until([&] { return jobs.find(tenant, next.id)->status == "completed"; }));
}

TEST_CASE_FIXTURE(World, "an import in a folder that is not here is left to others") {
    ImportJob elsewhere = queue(write("name\nA\n"));
    system.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec("update imports set file = '/of-another-machine/imports/file'");
    });
    const ImportJob here = queue(write("name\nB\n"));
    ImportRunner runner(url, jobs, importer, 1, std::chrono::milliseconds(5));
    runner.start();
    REQUIRE(wait_until([&] { return jobs.find(tenant, here.id)->is_finished(); }));
    runner.stop();
    CHECK(jobs.find(tenant, here.id)->status == "completed");
    CHECK(jobs.find(tenant, elsewhere.id)->status == "queued");
    CHECK(jobs.find(tenant, elsewhere.id)->run == 0);
}

TEST_CASE_FIXTURE(World, "a fault is logged once and without what it quotes") {
    const auto owner = connect(url, Role::owner);
    pqxx::nontransaction(*owner).exec(
        "create function refuse() returns trigger language plpgsql as $$ begin "
        "raise exception 'not today' using detail = 'ada@example.com'; end $$; "
        "create trigger refuse before update on imports for each row execute function refuse()");
    queue(write("name\nA\n"));
    CapturedOutput output(folder() / "output");
    {
        ImportRunner runner(url, jobs, importer, 1, std::chrono::milliseconds(5));
        runner.start();
        const auto rolled_back = [&] {
            pqxx::nontransaction transaction(*owner);
            return transaction
                .exec("select pg_stat_clear_snapshot(); select xact_rollback from "
                      "pg_stat_database where datname = current_database()")[0][0]
                .as<int>();
        };
        CHECK(wait_until([&, from = rolled_back()] { return rolled_back() > from + 3; }));
    }
    const std::string text = output.end();
    CHECK(text.find("SQLSTATE P0001: ERROR:  not today") != std::string::npos);
    CHECK(text.find("not today") == text.rfind("not today"));
    CHECK(text.find("ada@example.com") == std::string::npos);
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

TEST_CASE_FIXTURE(World, "an import may no more than what brought it, whoever its user is") {
    const auto rows = write("name,email\nAnn,ann@x.co\n");
    const auto by = [&](const char* role) {
        return run(queue(rows, {{"on_duplicate", "update"}}, ImportFormat::csv, "contact", role));
    };
    CHECK(by("viewer").progress.failed == 1);
    CHECK(denied == std::vector{Permission::records_create});
    REQUIRE(by("member").progress.created == 1);
    user = new_id(); // who is no member
    CHECK(by("owner").progress.failed == 1);
    CHECK(denied.size() == 2);
}

TEST_CASE_FIXTURE(World, "an NDJSON export imports into an empty tenant as it was") {
    const ImportJob job = import("name,email,phone,company,tags,status\n\"Ann \"\"A\"\" "
                                 "Lee\",a@x.co,+1 2,Acme,vip;new,active\n"
                                 "\"=1+1, \"\"x\"\"\",b@x.co,,,,\nCea,,3,Acme,,\n");
    REQUIRE(job.progress.created == 3);
    const std::string exported = export_of(tenant, false);
    const Uuid from = tenant;
    tenant = new_id();
    found();
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
        "owner,metadata,"));
    CHECK(exported.find(",created_at,updated_at\r\n") != std::string::npos);
    CHECK(exported.find(",=A1,") != std::string::npos);
    const ImportJob again = import(exported, {{"on_duplicate", "update"}});
    CHECK(again.progress.unchanged == 2);
}

TEST_CASE_FIXTURE(World, "an export without some of its columns changes the records it came from") {
    REQUIRE(import("name\nOld\n").progress.created == 1);
    const std::string id = to_string(listed(tenant).front().id);
    const auto update = [&](const std::string& text, JsonObject options) {
        options.set("on_duplicate", "update");
        return import(text, options).progress.updated;
    };
    CHECK(update("id,name\n" + id + ",New\n", {{"match", "external_id"}}) == 1);
    CHECK(update("Nr,name\n" + id + ",Newer\n", {{"mapping", JsonObject{{"Nr", "id"}}}}) == 1);
    CHECK(only_contact().text("name") == "Newer");
}

TEST_CASE_FIXTURE(World, "a row whose id the tenant has not is a new record, once") {
    for (const std::string& id : {std::string("17"), to_string(new_id())}) {
        CAPTURE(id);
        const std::string file = "id,name\n" + id + ",Ann " + id + "\n";
        CHECK(import(file).progress.created == 1);
        CHECK(import(file).progress.skipped == 1);
    }
}

TEST_CASE_FIXTURE(World, "a table that came in without its ids is known with them, no export is") {
    REQUIRE(import("name\nAnn\nBea\n").progress.created == 2);
    const auto row = [](const std::string& name) { return to_string(new_id()) + "," + name; };
    const ImportJob table = import("id,name\n" + row("Ann") + "\n" + row("Cy") + "\n");
    CHECK(table.progress.skipped == 1);
    CHECK(table.progress.created == 1);
    CHECK(jobs.errors(tenant, table.id, 0, 10).size() == 1);
    const std::string time = ",2026-03-02T00:00:00Z";
    const ImportJob ours =
        import("id,name,created_at,updated_at\n" + row("Bea") + time + time + "\n");
    CHECK(ours.progress.created == 1);
}

TEST_CASE_FIXTURE(World, "line breaks in text of one line come back from a CSV export") {
    REQUIRE(import(R"({"name":"new\nline","job_position":"a\r\nb","organization":"Ac\nme"})", {},
                   ImportFormat::ndjson)
                .progress.created == 1);
    const ImportJob again = import(export_of(tenant, true), {{"on_duplicate", "update"}});
    CHECK(again.progress.unchanged == 1);
    CHECK(again.error_count == 0);
    CHECK(only_contact().text("name") == "new\nline");
    CHECK(only_contact().text("job_position") == "a\r\nb");
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
