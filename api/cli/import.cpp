#include "api/cli/import.hpp"

#include "api/cli/command_log.hpp"
#include "api/import_lookup.hpp"
#include "api/session/denials.hpp"
#include "api/upload_spool.hpp"
#include "bus/ids.hpp"
#include "bus/postgres_source.hpp"
#include "domain/text.hpp"
#include "handlers/identity/accounts.hpp"
#include "handlers/import/import_folder.hpp"
#include "handlers/import/import_runner.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <fstream>
#include <ostream>
#include <stdexcept>

namespace throughline {

namespace {

constexpr std::size_t shown_errors = 100;

std::optional<ImportFormat> format_of(const std::filesystem::path& file) {
    const std::string ending = case_folded(file.extension().string());
    if (ending == ".csv" || ending == ".tsv" || ending == ".txt") return ImportFormat::csv;
    if (ending == ".vcf" || ending == ".vcard") return ImportFormat::vcard;
    if (ending == ".ndjson" || ending == ".jsonl") return ImportFormat::ndjson;
    return std::nullopt;
}

Rejection refuse(std::string detail) { return {Refusal::invalid, std::move(detail)}; }

/// Where the user is active: in the tenant of that slug, or in the only one where none is named.
Result<Membership> membership_for(Accounts& accounts, const ImportCommand& command) {
    const auto first = accounts.find(command.email);
    if (!first) return refuse("Nobody who is active signs in as " + command.email + ".");
    auto all = accounts.memberships(first->member.id);
    std::vector<std::string> slugs;
    for (Membership& one : all) {
        if (one.tenant.slug == command.tenant) return std::move(one);
        slugs.push_back(one.tenant.slug);
    }
    if (all.size() == 1 && command.tenant.empty()) return std::move(all.front());
    return refuse(fmt::format("{} {}: name one of {} by --tenant.", command.email,
                              command.tenant.empty() ? "is active in several tenants"
                                                     : "is not active in " + command.tenant,
                              fmt::join(slugs, ", ")));
}

Result<ImportJob> make_job(Accounts& accounts, const std::filesystem::path& data_dir,
                           const Registry& registry, TenantKinds& kinds,
                           const ImportCommand& command) {
    const Kind* const kind = registry.find(command.kind);
    const auto format = format_of(command.file);
    if (kind == nullptr || !format)
        return refuse(kind == nullptr ? "There is no kind " + command.kind + "."
                                      : "The file's name ends in .csv, .vcf or .ndjson.");
    auto options = read_import_options(JsonObject{{"on_duplicate", command.on_duplicate},
                                                  {"match", command.match},
                                                  {"run_automations", command.run_automations},
                                                  {"dry_run", command.dry_run}});
    if (!options)
        return refuse(options.error().errors.front().where.substr(1) + ": " +
                      options.error().errors.front().detail);
    const auto whose = membership_for(accounts, command);
    if (!whose) return whose.error();
    ImportJob job;
    job.id = new_id();
    job.tenant = whose->tenant.id;
    job.user = whose->member.id;
    const auto own = kinds.of(job.tenant, *kind);
    const auto opened = open_import(*own, *format, command.file, {});
    if (!opened) return opened.error();
    job.kind = kind->name;
    job.format = *format;
    job.layout = opened->layout;
    job.unmapped_columns = opened->unmapped_columns;
    job.options = std::move(*options);
    job.file = std::filesystem::absolute(import_folder(data_dir) / to_string(job.id));
    return job;
}

/// As an upload is kept: for us alone.
void copy_upload(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::ifstream in(from, std::ios::binary);
    UploadSpool copy(to.parent_path());
    std::array<char, 1U << 16> piece{};
    do {
        in.read(piece.data(), piece.size());
        copy.write({piece.data(), static_cast<std::size_t>(in.gcount())});
    } while (in);
    if (!in.eof()) throw std::runtime_error("cannot read " + from.string());
    (void)copy.finish();
    std::filesystem::rename(copy.keep(), to);
}

ImportJob await_end(ImportJobs& jobs, ImportJob job) {
    while (!job.is_finished()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        job = jobs.find(job.tenant, job.id).value();
    }
    return job;
}

} // namespace

int run_import(const std::string& database_url, const std::filesystem::path& data_dir,
               const Registry& registry, const ImportCommand& command, std::ostream& out,
               std::ostream& err) {
    if (!std::filesystem::is_regular_file(command.file)) {
        err << "There is no file " << command.file.string() << ".\n";
        return 1;
    }
    CommandLog log(database_url, 3);
    Credentials credentials(log.system);
    PasswordHasher hasher;
    Accounts accounts(log.store, credentials, hasher, {});
    TenantKinds kinds(log.store, registry);
    const auto job = make_job(accounts, data_dir, registry, kinds, command);
    if (!job) {
        err << job.error().detail << '\n';
        return 1;
    }
    copy_upload(command.file, job->file);

    Checkpoints checkpoints(log.system);
    Lists lists(log.app);
    ListLookup lookup(lists, checkpoints);
    LogSignal signal(database_url);
    ListProjection list(*registry.find(job->kind));
    Subscription listing(
        database_url, [&] { return std::make_unique<PostgresSource>(database_url, signal); }, list);
    RecordCommands commands(log.store, registry, &kinds);
    ImportJobs jobs(log.system);
    Denials denials;
    Importer importer(
        log.store, commands, registry, lookup, jobs,
        [&](const ImportJob& from, Permission lacked) { denials.record(lacked, from); });
    // No other list is kept up to date here, which imports of other kinds would wait for.
    ImportRunner runner(database_url, jobs, importer, 1, std::chrono::seconds(1),
                        [id = job->id](const ImportJob& one) { return one.id == id; });
    const ImportJob queued = jobs.add(*job).job;
    listing.start(); // stands by where a server keeps the list
    runner.start();
    const ImportJob done = await_end(jobs, queued);
    out << import_json(done, jobs.errors(done.tenant, done.id, 0, shown_errors)) << '\n';
    return done.status == "completed" && done.progress.failed == 0 ? 0 : 1;
}

} // namespace throughline
