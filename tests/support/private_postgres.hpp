#pragma once
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

#include <string>

namespace throughline {

/// A PostgreSQL cluster of the test's own, on a socket below TMPDIR. Started by the constructor.
class PrivatePostgres {
  public:
    enum class Durability { fsync, none };
    /// Its processes get `environment` besides.
    explicit PrivatePostgres(Durability durability = Durability::fsync,
                             Environment environment = {});
    ~PrivatePostgres();

    /// A superuser's login.
    [[nodiscard]] std::string url(const std::string& database = "postgres") const;
    /// Returns when it answers; recovers first after kill9().
    void start();
    void stop();
    /// As if the machine had lost its power, except that what was written to files stays.
    void kill9();
    /// Its processes stand still until `thaw`: it answers nothing, and no connection to it ends.
    void freeze();
    void thaw();

  private:
    std::string shell(const std::string& call) const;
    void signal_all(int signal) const;

    TemporaryFolder folder_;
    Durability durability_;
    bool is_frozen_ = false;
    Environment environment_;
};

/// A fresh, empty database, dropped at the end: on the cluster that THROUGHLINE_TEST_POSTGRES (a
/// superuser's URL) names, else on one that the first of these starts for the test program.
class TestDatabase {
  public:
    TestDatabase();
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

    /// A superuser's login.
    [[nodiscard]] const std::string& url() const { return url_; }

  private:
    std::string admin_url_;
    std::string name_;
    std::string url_;
};

} // namespace throughline
