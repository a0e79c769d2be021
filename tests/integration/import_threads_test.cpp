#include "tests/integration/import_world.hpp"

namespace throughline {

namespace {

constexpr const char* first_id = "0190c0de-0000-7000-8000-000000000001";

std::string message(const std::string& id, const std::string& body, const std::string& more = "") {
    return R"({"id":")" + id +
           R"(","channel":"email","direction":"in","subject":"Hello","body":")" + body + '"' +
           more + "}\n";
}

/// An export of two messages, of which the second answers the first.
const std::string question = message(first_id, "first");
const std::string answer =
    message("0190c0de-0000-7000-8000-000000000002", "answer",
            std::string(R"(,"thread":"Hello","thread_id":")") + first_id + '"');

struct Threads : World {
    const Kind& messages = *registry.find("message");
    ListProjection message_list{messages};
    Subscription third{url, [this] { return std::make_unique<PostgresSource>(url, signal); },
                       message_list};

    Threads() { third.start(); }

    ImportJob import(const std::string& lines, const JsonObject& options = {}) {
        return World::import(lines, options, ImportFormat::ndjson, "message");
    }

    /// Another customer's message of the same subject, older than all others.
    void add_namesake() {
        CommandContext context;
        context.tenant = tenant;
        context.command_id = new_id();
        context.caller = Caller::system();
        context.origin.actor_id = user;
        REQUIRE(finish(commands.create(context, messages,
                                       uuid_of("00000000-0000-7000-8000-000000000001"),
                                       parse_json(R"({"channel":"email","direction":"in",)"
                                                  R"("subject":"Hello","body":"another's"})")))
                    .has_value());
    }

    StreamHead head_of(const std::string& body) {
        for (StreamHead& head : store.heads_of_kind(tenant, "message", {}, 100))
            if (parse_json(head.state).text("body") == body) return head;
        FAIL("no message of that body");
        return {};
    }

    /// Whether the answer's thread is the first message.
    bool is_led_to_first() {
        return parse_json(head_of("answer").state).text("thread_id") ==
               to_string(head_of("first").stream.id);
    }
};

} // namespace

TEST_CASE_FIXTURE(Threads, "the answer to a message that was known already goes to it") {
    add_namesake();
    REQUIRE(import(question).progress.created == 1);
    const ImportJob job = import(question + answer);
    CHECK(job.progress.skipped == 1);
    CHECK(job.progress.created == 1);
    CHECK(job.error_count == 0);
    CHECK(is_led_to_first());
}

TEST_CASE_FIXTURE(Threads,
                  "an import that is taken up leads answers to messages of the run before") {
    add_namesake();
    const ImportJob job = queue(write(question), {}, ImportFormat::ndjson, "message");
    REQUIRE(run(job).progress.created == 1);
    write(question + answer, to_string(job.id).c_str()); // as if it had ended behind the first
    const auto again = [&](const std::string& set) {
        system.write({}, [&](pqxx::transaction_base& transaction) {
            transaction.exec("update imports set status = 'running'" + set);
        });
    };
    SUBCASE("from its checkpoint") { again(""); }
    SUBCASE("when nothing was checkpointed") { again(", processed = 0, created = 0"); }
    const ImportJob done = run(job);
    CHECK(done.progress.processed == 2);
    CHECK(done.progress.created == 2);
    CHECK(done.error_count == 0);
    CHECK(is_led_to_first());
}

TEST_CASE_FIXTURE(Threads,
                  "an answer to a message that is not there goes to no other of its name") {
    add_namesake();
    const ImportJob job = import(answer);
    CHECK(job.progress.created == 1);
    const auto errors = jobs.errors(tenant, job.id, 0, 10);
    REQUIRE(errors.size() == 1);
    CHECK(errors.front().code == "unknown_reference");
    CHECK(errors.front().pointer == "/thread_id");
    CHECK(parse_json(head_of("answer").state).text("thread_id").empty());
}

TEST_CASE_FIXTURE(Threads, "a dry run takes the messages of the file for known") {
    const ImportJob job = import(question + answer, {{"dry_run", true}});
    CHECK(job.progress.created == 2);
    CHECK(job.error_count == 0);
}

} // namespace throughline
