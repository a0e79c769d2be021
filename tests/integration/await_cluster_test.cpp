#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

/// What await_cluster (script/postgres.sh) says of a PostgreSQL that behaves as `played`: shell
/// functions in place of those that look at one. Its seconds are as long as a look.
FinishedProcess await_cluster(const std::string& played) {
    const TemporaryFolder folder;
    return run_process({{"bash", "-euo", "pipefail", "-c",
                         "source \"$1/common.sh\"; source \"$1/postgres.sh\"\n"
                         "postgres_bin() { :; }\n"
                         "sleep() { SECONDS=$((SECONDS + 1)); }\n"
                         "is_recovering() { postmaster_runs; }\n"
                         "log=$2/log\n" +
                             played + "\nSECONDS=0; await_cluster \"$2\"",
                         "test", THROUGHLINE_SOURCE_DIR "/script", folder.path().string()},
                        {}});
}

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

} // namespace

TEST_CASE("who waits for a PostgreSQL that recovers is told so every 15 seconds") {
    const FinishedProcess waited = await_cluster("echo 'LOG:  redo in progress' >$log\n"
                                                 "postmaster_runs() { :; }\n"
                                                 "cluster_sql() { [ $SECONDS -ge 300 ]; }");
    CHECK_MESSAGE(waited.status == 0, waited.output);
    const std::size_t told = count_of(waited.output, "Waiting for PostgreSQL");
    CHECK(told >= 10);
    CHECK(told <= 19);
    CHECK(count_of(waited.output, "/log: LOG:  redo in progress\n") == told);
}

TEST_CASE("a PostgreSQL that ends while it recovers is not waited for, nor started again") {
    const FinishedProcess ended = await_cluster(
        "starts=0\n"
        "as_postgres() { starts=$((starts + 1)); echo \"start $starts\" >&3; false; }\n"
        "postmaster_runs() { [ $starts -gt 0 ] && [ $SECONDS -lt 200 ]; }\n"
        "cluster_sql() { false; }\n"
        "exec 3>&1");
    CHECK(ended.status == 1);
    CHECK(count_of(ended.output, "start ") == 1);
    CHECK(count_of(ended.output, "PostgreSQL ended before it let anybody in: see /") == 1);
}

TEST_CASE("a PostgreSQL that says that it cannot start is not started again") {
    const FinishedProcess ended =
        await_cluster("echo 'PANIC:  of last year' >$log\n"
                      "as_postgres() {\n"
                      "    echo 'PANIC:  could not locate a valid checkpoint record' >>$log\n"
                      "    echo 'LOG:  database system is shut down' >>$log\n"
                      "    false\n"
                      "}\n"
                      "postmaster_runs() { false; }\n"
                      "cluster_sql() { false; }");
    CHECK(ended.status == 1);
    CHECK(count_of(ended.output, "cannot start: PANIC:  could not locate a valid checkpoint") == 1);
}

TEST_CASE("a PostgreSQL that fails to start for a moment is started again") {
    const FinishedProcess waited =
        await_cluster("echo 'PANIC:  of last year' >$log\n"
                      "as_postgres() {\n"
                      "    echo 'FATAL:  pre-existing shared memory block is still in use' >>$log\n"
                      "    [ $SECONDS -ge 30 ]\n"
                      "}\n"
                      "postmaster_runs() { false; }\n"
                      "cluster_sql() { false; }");
    CHECK_MESSAGE(waited.status == 0, waited.output);
}
