#include "handlers/import/import_jobs.hpp"

#include "bus/pg_text.hpp"

#include <pqxx/pqxx>
#include <spdlog/spdlog.h>

namespace throughline {

namespace {

constexpr const char* columns =
    "id, tenant_id, user_id, kind, format, layout, options::text, unmapped_columns::text, file, "
    "coalesce(idempotency_key, ''), request_hash, status, run, total_rows, processed, created, "
    "updated, unchanged, skipped, failed, coalesce(first_position, 0), coalesce(last_position, 0), "
    "(select count(*) from import_errors e where e.import_id = imports.id), traceparent, role, "
    "deaths";

template <class T> const T& present(const T* value) {
    if (value == nullptr) throw std::runtime_error("a stored import is not of the form we write");
    return *value;
}

/// Throws where the row is not of the form this program writes.
ImportJob job_of(const pqxx::row& row) {
    ImportJob job;
    job.id = uuid_of(text_of(row[0]));
    job.tenant = uuid_of(text_of(row[1]));
    job.user = uuid_of(text_of(row[2]));
    job.kind = text_of(row[3]);
    job.format = import_format(text_of(row[4])).value();
    job.layout = text_of(row[5]);
    const Json options = parse_json(text_of(row[6]));
    job.options = read_import_options(present(options.object())).value();
    const Json unmapped = parse_json(text_of(row[7]));
    for (const Json& column : present(unmapped.array()))
        job.unmapped_columns.push_back(present(column.string()));
    job.file = std::string(text_of(row[8]));
    job.idempotency_key = text_of(row[9]);
    job.request_hash = text_of(row[10]);
    job.status = text_of(row[11]);
    job.run = row[12].as<int>();
    const auto number = [&](int column) { return row[column].as<std::int64_t>(); };
    job.total_rows = number(13);
    job.progress = {number(14), number(15), number(16), number(17),
                    number(18), number(19), number(20), number(21)};
    job.error_count = number(22);
    job.traceparent = text_of(row[23]);
    job.role = text_of(row[24]);
    job.deaths = row[25].as<int>();
    return job;
}

std::vector<ImportJob> jobs_of(const pqxx::result& rows) {
    std::vector<ImportJob> jobs;
    for (const auto& row : rows) jobs.push_back(job_of(row));
    return jobs;
}

void insert_errors(pqxx::transaction_base& transaction, const ImportJob& job,
                   const std::vector<ImportError>& errors) {
    PgArray lines;
    PgArray pointers;
    PgArray codes;
    PgArray details;
    for (const ImportError& error : errors) {
        lines.add(error.line);
        pointers.add(error.pointer);
        codes.add(error.code);
        details.add(error.detail);
    }
    transaction.exec_params(
        "insert into import_errors (import_id, tenant_id, number, line, pointer, code, detail) "
        "select $1, $2, $3::bigint + n, line, pointer, code, detail from "
        "unnest($4::bigint[], $5::text[], $6::text[], $7::text[]) "
        "with ordinality as e (line, pointer, code, detail, n)",
        to_string(job.id), to_string(job.tenant), job.error_count, lines.text(), pointers.text(),
        codes.text(), details.text());
}

} // namespace

ImportJobs::Added ImportJobs::add(const ImportJob& job) {
    Added added{job, true};
    system_.write(job.tenant, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params(
            "update imports set idempotency_key = null where tenant_id = $1 and user_id = $2 "
            "and idempotency_key = $3 and created_at < clock_timestamp() - interval '24 hours'",
            to_string(job.tenant), to_string(job.user), job.idempotency_key);
        const auto inserted = transaction.exec_params(
            "insert into imports (id, tenant_id, user_id, kind, format, layout, options, "
            "unmapped_columns, file, "
            "idempotency_key, request_hash, traceparent, role) values ($1, $2, $3, $4, $5, $6, $7, "
            "$8, $9, nullif($10, ''), $11, $12, $13) "
            "on conflict (tenant_id, user_id, idempotency_key) do nothing",
            to_string(job.id), to_string(job.tenant), to_string(job.user), job.kind,
            std::string(name_of(job.format)), job.layout, to_text(to_json(job.options)),
            to_text(JsonArray(job.unmapped_columns.begin(), job.unmapped_columns.end())),
            job.file.string(), job.idempotency_key, job.request_hash, job.traceparent, job.role);
        if (inserted.affected_rows() == 1) return;
        added.is_new = false;
        added.job = job_of(transaction.exec_params(
            std::string("select ") + columns +
                " from imports where tenant_id = $1 and user_id = $2 and idempotency_key = $3",
            to_string(job.tenant), to_string(job.user), job.idempotency_key)[0]);
    });
    return added;
}

std::optional<ImportJob> ImportJobs::find(const Uuid& tenant, const Uuid& id) {
    std::vector<ImportJob> found;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        found = jobs_of(transaction.exec_params(
            std::string("select ") + columns + " from imports where tenant_id = $1 and id = $2",
            to_string(tenant), to_string(id)));
    });
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::int64_t ImportJobs::count_unfinished(const Uuid& tenant) {
    std::int64_t count = 0;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        count = transaction
                    .exec_params1("select count(*) from imports where tenant_id = $1 "
                                  "and status in ('queued', 'running')",
                                  to_string(tenant))[0]
                    .as<std::int64_t>();
    });
    return count;
}

std::map<Uuid, bool> ImportJobs::are_finished(const std::vector<Uuid>& ids) {
    std::map<Uuid, bool> known;
    if (ids.empty()) return known;
    PgArray wanted;
    for (const Uuid& id : ids) wanted.add(to_string(id));
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        known.clear();
        for (const auto& row :
             transaction.exec_params("select id, status not in ('queued', 'running') from imports "
                                     "where id = any($1::uuid[])",
                                     wanted.text()))
            known.emplace(uuid_of(text_of(row[0])), row[1].as<bool>());
    });
    return known;
}

std::vector<ImportError> ImportJobs::errors(const Uuid& tenant, const Uuid& id, std::int64_t after,
                                            std::size_t limit) {
    std::vector<ImportError> errors;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        errors.clear();
        for (const auto& row :
             transaction.exec_params("select line, pointer, code, detail from import_errors where "
                                     "tenant_id = $1 and import_id = $2 "
                                     "and number > $3 order by number limit $4",
                                     to_string(tenant), to_string(id), after, limit))
            errors.push_back({row[0].as<std::int64_t>(), std::string(text_of(row[1])),
                              std::string(text_of(row[2])), std::string(text_of(row[3]))});
    });
    return errors;
}

std::vector<ImportJob>
ImportJobs::next_of_each(const std::function<bool(const ImportJob&)>& accepts) {
    pqxx::result rows;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        rows = transaction.exec(std::string("select ") + columns +
                                " from imports where status in ('queued', 'running') "
                                "order by tenant_id, kind, created_at, id");
    });
    std::vector<ImportJob> jobs;
    for (const auto& row : rows) {
        try {
            ImportJob job = job_of(row);
            const bool has_earlier =
                !jobs.empty() && jobs.back().tenant == job.tenant && jobs.back().kind == job.kind;
            if (!has_earlier && accepts(job)) jobs.push_back(std::move(job));
        } catch (const std::exception& fault) {
            const std::string id(text_of(row[0]));
            const std::lock_guard lock(mutex_);
            if (unreadable_.insert(id).second)
                spdlog::error("import {} cannot be read: {}", id, fault_text(fault));
        }
    }
    return jobs;
}

std::optional<ImportJob> ImportJobs::take(const Uuid& id, bool is_again) {
    std::vector<ImportJob> taken;
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        taken = jobs_of(transaction.exec_params(
            std::string("update imports set status = 'running', run = run + 1, deaths = deaths + "
                        "$2::int where id = $1 and status in ('queued', 'running') returning ") +
                columns,
            to_string(id), is_again ? 0 : 1));
    });
    return taken.empty() ? std::nullopt : std::optional(std::move(taken.front()));
}

void ImportJobs::leave(const Uuid& id) {
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params0(
            "update imports set deaths = greatest(deaths - 1, 0) where id = $1", to_string(id));
    });
}

void ImportJobs::set_total(const ImportJob& job, std::int64_t total_rows) {
    system_.write(job.tenant, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params("update imports set total_rows = $3 where id = $1 and run = $2",
                                to_string(job.id), job.run, total_rows);
    });
}

bool ImportJobs::save(const ImportJob& job, const std::vector<ImportError>& new_errors) {
    bool saved = false;
    const ImportProgress& done = job.progress;
    system_.write(job.tenant, [&](pqxx::transaction_base& transaction) {
        saved =
            transaction
                .exec_params(
                    "update imports set status = $3, processed = $4, created = $5, updated = $6, "
                    "unchanged = $7, skipped = $8, failed = $9, first_position = "
                    "nullif($10::bigint, 0), "
                    "last_position = nullif($11::bigint, 0), "
                    "deaths = case when processed < $4 then 0 else deaths end "
                    "where id = $1 and run = $2 and status = 'running'",
                    to_string(job.id), job.run, job.status, done.processed, done.created,
                    done.updated, done.unchanged, done.skipped, done.failed, done.first_position,
                    done.last_position)
                .affected_rows() == 1;
        if (saved && !new_errors.empty()) insert_errors(transaction, job, new_errors);
    });
    return saved;
}

} // namespace throughline
