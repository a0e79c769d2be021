#include "api/routes/imports.hpp"

#include "api/routes/exports.hpp"
#include "api/routes/import_upload.hpp"
#include "api/routes/parameters.hpp"
#include "api/session/waiting.hpp"
#include "bus/ids.hpp"
#include "bus/poison.hpp"
#include "domain/schema_words.hpp"
#include "domain/text.hpp"
#include "handlers/import/import_events.hpp"
#include "handlers/spent_key.hpp"
#include "projections/cursor.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <thread>

namespace throughline {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_import_bytes = 50U << 20;
constexpr std::size_t first_errors = 100;
constexpr std::size_t most_waiting = 16;
constexpr std::int64_t most_unfinished = 20;            // of a tenant
constexpr std::string_view import_member = "import_id"; // of what a key is told

std::string hash_of(const std::string& text) {
    std::array<unsigned char, 32> digest{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("SHA-256 failed");
    return fmt::format("{:02x}", fmt::join(digest, ""));
}

/// RFC 7240 `wait`, at most 30 s.
std::chrono::seconds wanted_wait(const Request& request) {
    const std::string prefer = ascii_lower(request.header("prefer"));
    const auto at = prefer.find("wait=");
    int seconds = 0;
    if (at != std::string::npos)
        std::from_chars(prefer.data() + at + 5, prefer.data() + prefer.size(), seconds);
    return std::chrono::seconds(std::clamp(seconds, 0, 30));
}

/// At most so many wait: imports that take their time cannot take all workers.
ImportJob wait_for(const ImportRoutes& with, ImportJob job, std::chrono::seconds limit) {
    const Waiting waiting(*with.waiting);
    if (waiting.count() > most_waiting) return job;
    const auto deadline = std::chrono::steady_clock::now() + limit;
    const auto is_over = [&] {
        return std::chrono::steady_clock::now() >= deadline || with.is_draining();
    };
    for (auto pause = 10ms; !job.is_finished() && !is_over(); pause = std::min(pause * 2, 200ms)) {
        std::this_thread::sleep_for(pause);
        job = with.jobs.find(job.tenant, job.id).value();
    }
    return job;
}

void move_file(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::error_code across_devices;
    std::filesystem::create_directories(to.parent_path());
    std::filesystem::rename(from, to, across_devices);
    if (!across_devices) return;
    std::filesystem::copy_file(from, to);
    std::filesystem::remove(from);
}

/// What is asked for, but for what the file tells.
ImportJob asked_for(const Kind& kind, const Request& request, const ImportUpload& upload,
                    ImportOptions options) {
    ImportJob job;
    job.id = new_id();
    job.tenant = request.principal->tenant_id;
    job.user = request.principal->user_id;
    job.role = request.principal->role;
    job.kind = kind.name;
    job.traceparent = request.traceparent;
    job.format = upload.format;
    job.options = std::move(options);
    return job;
}

/// What its key stands for: the file and the options, whichever way they are sent.
std::string hash_of(const Request& request, const ImportUpload& upload, const ImportJob& job) {
    return hash_of(fmt::format("{}\n{}\n{}\n{}", request.path, name_of(job.format),
                               to_text(to_json(job.options)), upload.hash));
}

Response told(const ImportRoutes& with, const Request& request, const ImportJob& job,
              bool is_known) {
    const auto wait = wanted_wait(request);
    const ImportJob known = wait_for(with, job, wait);
    Response response = json_response(
        known.is_finished() ? 200 : 202,
        import_json(known, with.jobs.errors(known.tenant, known.id, 0, first_errors)));
    response.with("Location", "/api/imports/" + to_string(known.id));
    if (const std::int64_t position = position_of(with.store, known); position != 0)
        response.with("Throughline-Position", std::to_string(position));
    if (known.is_finished() && wait > 0s) // not said of a wait that may have been cut short
        response.with("Preference-Applied", fmt::format("wait={}", wait.count()));
    if (is_known) response.with("Idempotency-Replayed", "true");
    return response;
}

/// So that the answer has its position. Where the log cannot take it now, the run tells it.
void tell_queued(const ImportRoutes& with, const ImportJob& job) {
    try {
        tell_begun(with.commands, job);
    } catch (const TryLater&) {
    }
}

Rejection too_many_unfinished() {
    return {Refusal::throttled,
            fmt::format("{} imports of this tenant wait or are under way. Send more once some of "
                        "them have ended.",
                        most_unfinished),
            {},
            {},
            {},
            5s};
}

Result<Response> begin(const ImportRoutes& with, const Kind& kind, const Request& request) {
    const OwnedFile spooled(request.upload.value_or(""));
    OwnedFile part;
    const auto claim = with.keys.claim(request);
    if (!claim) return claim.error();
    if (!request.upload) return invalid({{"/file", "required", "There is no file."}});
    const auto upload = read_import_upload(request, with.folder, part);
    if (!upload) return upload.error();
    auto options = read_import_options(upload->options);
    if (!options) return told_where_it_stands(*upload, options.error());
    ImportJob job = asked_for(kind, request, *upload, std::move(*options));
    auto context = command_context(request, *claim);
    if (!context) return context.error();
    if (!context->request_hash.empty()) {
        job.idempotency_key = to_string(context->command_id);
        job.request_hash = context->request_hash = hash_of(request, *upload, job);
    }
    const auto spent = outcome_of_key(with.store, *context);
    if (!spent) return spent.error();
    if (*spent)
        if (const auto known =
                with.jobs.find(job.tenant, uuid_of(Json((*spent)->told).text(import_member))))
            return told(with, request, *known, true);
    if (with.jobs.count_unfinished(job.tenant) >= most_unfinished) return too_many_unfinished();
    const auto own = with.kinds.of(request.principal->tenant_id, kind);
    auto opened = open_import(*own, upload->format, upload->file, job.options.mapping);
    if (!opened) return told_where_it_stands(*upload, opened.error());
    job.layout = opened->layout;
    job.unmapped_columns = opened->unmapped_columns;
    job.file = std::filesystem::absolute(with.folder / to_string(job.id));
    opened->rows.reset();
    move_file(upload->file, job.file);
    OwnedFile waiting(job.file);
    const auto added = with.jobs.add(job);
    if (added.is_new) waiting.keep();
    if (added.job.request_hash != job.request_hash) return reused_key();
    tell_queued(with, added.job);
    with.runner.wake();
    JsonObject remembered{{std::string(import_member), to_string(added.job.id)}};
    const auto kept = spend_key(with.store, *context, std::move(remembered));
    if (!kept) return kept.error();
    return told(with, request, added.job, !added.is_new);
}

/// An import belongs to who brought it, and is seen as a record of theirs would be.
Result<ImportJob> find(const ImportRoutes& with, const Request& request) {
    const Principal& caller = *request.principal;
    auto job = with.jobs.find(caller.tenant_id, request.path_id());
    if (!job) return no_such("import");
    const Bond bond = job->user == caller.user_id ? Bond::own : Bond::others;
    if (!caller.caller().sees(bond)) return hidden("import");
    return std::move(*job);
}

Result<Response> show(const ImportRoutes& with, const Request& request) {
    const auto job = find(with, request);
    if (!job) return job.error();
    return json_response(
        200, import_json(*job, with.jobs.errors(job->tenant, job->id, 0, first_errors)));
}

Result<Response> show_errors(const ImportRoutes& with, const Request& request) {
    const auto job = find(with, request);
    if (!job) return job.error();
    const auto wanted = read_offset(request);
    if (!wanted) return wanted.error();
    const std::string scope = "import errors " + to_string(job->id);
    std::int64_t after = 0;
    if (!wanted->cursor.empty()) {
        const auto keys = read_cursor(wanted->cursor, scope, 1);
        if (!keys || !keys->front()) return invalid_cursor();
        std::from_chars(keys->front()->data(), keys->front()->data() + keys->front()->size(),
                        after);
    }
    const auto errors = with.jobs.errors(job->tenant, job->id, after, wanted->limit);
    after += static_cast<std::int64_t>(errors.size());
    JsonArray items;
    for (const ImportError& error : errors) items.push_back(to_json(error));
    const bool more = after < job->error_count && !errors.empty();
    return list_response(wanted->limit, std::move(items),
                         more ? Json(write_cursor(scope, {std::to_string(after)})) : Json(),
                         total_of(request, [&] { return job->error_count; }));
}

Json choices(std::initializer_list<const char*> names) {
    return JsonObject{{"type", "string"},
                      {"enum", JsonArray(names.begin(), names.end())},
                      {"default", *names.begin()}};
}

Route import_route(const ImportRoutes& with, const Kind& kind) {
    Route route;
    route.method = "POST";
    route.path = "/" + kind.plural + "/import";
    route.summary = "Import " + kind.plural + " from CSV, vCard or NDJSON";
    route.tag = kind.plural;
    route.permission = Permission::records_import;
    route.query = {
        {"mapping", typed("string"), "JSON object: a column's header → our field, id, or null."},
        {"on_duplicate", choices({"skip", "update", "create"}),
         "What becomes of rows that are known already."},
        {"match", choices({"email", "external_id"}), "What makes a row known."},
        {"run_automations", choices({"yes", "no", "later"}), "Whether rules see the new records."},
        {"dry_run", JsonObject{{"type", "boolean"}, {"default", false}},
         "Check and count, write nothing."},
    };
    route.body.form = BodyRule::Form::upload;
    route.body.limit = max_import_bytes;
    route.body.media_types = import_media_types();
    route.body.media_types.emplace_back("multipart/form-data");
    route.answers = {{202, "It is under way.", "Import"},
                     {200, "It is done (with Prefer: wait).", "Import"}};
    route.handler = [with, &kind](const Request& request) { return begin(with, kind, request); };
    return route;
}

} // namespace

Routes ImportRoutes::rows() const {
    Routes routes;
    for (const Kind& kind : registry.kinds()) routes.push_back(import_route(*this, kind));
    Route& one = routes.emplace_back();
    one.method = "GET";
    one.path = "/imports/{id}";
    one.summary = "An import and how far it is";
    one.tag = "imports";
    one.permission = Permission::records_read;
    one.answers = {{200, "The import.", "Import"}};
    one.handler = [with = *this](const Request& request) { return show(with, request); };
    Route& errors = routes.emplace_back();
    errors.method = "GET";
    errors.path = "/imports/{id}/errors";
    errors.summary = "All rows that an import refused";
    errors.tag = "imports";
    errors.permission = Permission::records_read;
    errors.query = page_parameters();
    errors.answers = {{200, "In the order of the file.", "ImportErrors"}};
    errors.handler = [with = *this](const Request& request) { return show_errors(with, request); };
    Routes exports = ExportRoutes{registry, lists, store, kinds}.rows();
    std::move(exports.begin(), exports.end(), std::back_inserter(routes));
    return routes;
}

JsonObject import_components() {
    const Json error = object_of({{"line", typed("integer")},
                                  {"pointer", typed("string")},
                                  {"code", typed("string")},
                                  {"detail", typed("string")}});
    const Json errors = array_of(error);
    JsonObject import{{"id", typed("string")}, {"kind", typed("string")}};
    import.append("format",
                  JsonObject{{"type", "string"}, {"enum", JsonArray{"csv", "vcard", "ndjson"}}});
    import.append("layout", nullable("string"));
    import.append("status",
                  JsonObject{{"type", "string"},
                             {"enum", JsonArray{"queued", "running", "completed", "failed"}}});
    import.append("dry_run", typed("boolean"));
    for (const char* const count :
         {"total_rows", "processed", "created", "updated", "unchanged", "skipped", "failed"})
        import.append(count, typed("integer"));
    import.append("errors", errors);
    import.append("unmapped_columns", array_of(typed("string")));
    import.append("correlation_id", typed("string"));
    import.append("first_position", nullable("integer"));
    import.append("last_position", nullable("integer"));
    const Json pagination = object_of({{"limit", typed("integer")}, {"next", nullable("string")}});
    return JsonObject{{"Import", object_of(std::move(import))},
                      {"ImportErrors", object_of({{"items", errors}, {"pagination", pagination}})}};
}

} // namespace throughline
