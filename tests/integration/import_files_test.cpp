#include "api/upload_spool.hpp"
#include "handlers/import/import_folder.hpp"
#include "tests/integration/import_world.hpp"

#include <unistd.h>

namespace throughline {

namespace {

/// Root, who may read all, is nobody while this lives.
class NoRoot {
  public:
    NoRoot() = default;
    ~NoRoot() {
        if (was_root_) CHECK(::seteuid(0) == 0);
    }
    NoRoot(const NoRoot&) = delete;
    NoRoot& operator=(const NoRoot&) = delete;

  private:
    const bool was_root_ = ::geteuid() == 0 && ::seteuid(65'534) == 0;
};

} // namespace

TEST_CASE_FIXTURE(ImportFiles, "uploads left behind a day ago are removed") {
    const auto stale = write("x", "upload-abcdef");
    std::filesystem::create_directories(folder() / "inner");
    const auto stale_inside = write("x", "inner/upload-mnopqr");
    const auto fresh = write("x", "upload-ghijkl");
    const auto job = write("x", "0190c0de-0000-7000-8000-000000000000");
    for (const auto& file : {stale, stale_inside, job})
        std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) -
                                                   std::chrono::hours(25));
    sweep_uploads(folder());
    CHECK_FALSE(std::filesystem::exists(stale));
    CHECK_FALSE(std::filesystem::exists(stale_inside));
    CHECK(std::filesystem::exists(fresh));
    CHECK(std::filesystem::exists(job));
    sweep_uploads(folder() / "none");
}

TEST_CASE_FIXTURE(ImportFiles, "a folder that may not be read keeps no upload from being removed") {
    using std::filesystem::perms;
    std::filesystem::create_directories(folder() / "lost+found");
    std::filesystem::permissions(folder() / "lost+found", perms::none);
    std::filesystem::permissions(folder(), perms::all);
    const auto stale = write("x", "upload-abcdef");
    std::filesystem::last_write_time(stale, std::filesystem::last_write_time(stale) -
                                                std::chrono::hours(25));
    {
        const NoRoot here;
        CHECK_NOTHROW(sweep_uploads(folder()));
    }
    CHECK_FALSE(std::filesystem::exists(stale));
    std::filesystem::permissions(folder() / "lost+found", perms::all);
}

TEST_CASE_FIXTURE(ImportFiles,
                  "a data folder has one folder of imports, which has no other's name") {
    std::filesystem::create_directories(folder() / "imports");
    write("x", "imports/00000000-0000-7000-8000-000000000000"); // a file of before
    const auto named = import_folder(folder());
    CHECK(named.parent_path() == folder() / "imports");
    CHECK_FALSE(std::filesystem::exists(named));
    CHECK(import_folder(folder()) != named);
    std::filesystem::create_directories(named);
    CHECK(import_folder(folder()) == named);
    CHECK(import_folder(folder() / "none").parent_path() == folder() / "none" / "imports");
}

TEST_CASE_FIXTURE(World, "files of finished imports are removed, and old ones that no import has") {
    const auto text = write("name\nA\n");
    const ImportJob over = run(queue(text));
    const ImportJob waiting = queue(text);
    const auto here = import_folder(folder());
    std::filesystem::create_directories(here);
    const auto put = [&](const std::filesystem::path& file, bool is_old) {
        std::filesystem::copy_file(text, file);
        if (is_old)
            std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) -
                                                       std::chrono::hours(25));
        return file;
    };
    const std::vector gone{put(here / to_string(over.id), false),
                           put(here.parent_path() / to_string(over.id), false), // of before
                           put(here / to_string(new_id()), true)};
    const std::vector kept{put(here / to_string(waiting.id), true),
                           put(here.parent_path() / to_string(waiting.id), true),
                           put(here / to_string(new_id()), false), // perhaps queued in a moment
                           put(here / "notes", true)};
    sweep_imports(jobs, folder());
    for (const auto& file : gone) CHECK_FALSE(std::filesystem::exists(file));
    for (const auto& file : kept) CHECK(std::filesystem::exists(file));
    sweep_imports(jobs, folder() / "none");
}

} // namespace throughline
