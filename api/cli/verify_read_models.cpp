#include "api/cli/verify_read_models.hpp"

#include "bus/event_rows.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace throughline {
namespace {

/// Folds the log into temporary tables of the same names, which hide the real ones, and compares.
class ProjectionCheck {
  public:
    ProjectionCheck(pqxx::transaction_base& tx,
                    std::span<const std::unique_ptr<Projection>> projections, Report& report)
        : tx_(tx), projections_(projections), report_(report) {}

    void run() {
        report_.begin("read models");
        std::int64_t last = 0;
        for (const auto& projection : projections_) {
            Folded& folded = folded_.emplace_back(Folded{projection.get(), 0, {}, true});
            folded.checkpoint = checkpoint_of(*projection);
            folded.left_out = left_out_by(*projection);
            last = std::max(last, folded.checkpoint);
            for (const std::string& table : projection->tables())
                folded.has_tables = folded.has_tables && make_twin(table);
        }
        fold(last);
        report_.end(fmt::format("events 1 to {} folded again", last));
        for (const Folded& folded : folded_) compare(folded);
    }

  private:
    struct Folded {
        Projection* projection;
        std::int64_t checkpoint;
        std::set<std::int64_t> left_out;
        bool has_tables;
    };

    std::int64_t checkpoint_of(const Projection& projection) {
        const auto found =
            tx_.exec_params("select position from checkpoints where name = $1", projection.name());
        return found.empty() ? 0 : found[0][0].as<std::int64_t>();
    }

    /// Dead letters, and what an operator had passed over: `/ready` and `dead-letters` tell of
    /// them.
    std::set<std::int64_t> left_out_by(const Projection& projection) {
        std::set<std::int64_t> positions;
        for (const auto& row : tx_.exec_params(
                 "select position from dead_letters where consumer = $1 union all select position "
                 "from dead_letter_requests where consumer = $1 and skipped_at is not null",
                 projection.name()))
            positions.insert(row[0].as<std::int64_t>());
        return positions;
    }

    /// With the primary key, by which rows are found again, and no other index. False where the
    /// table itself is missing.
    bool make_twin(const std::string& table) {
        if (tx_.exec_params1("select to_regclass($1)", "public." + table)[0].is_null()) {
            report_.fault(table + " does not exist: `migrate`, then `rebuild`");
            return false;
        }
        tx_.exec0(fmt::format("create temp table {0} (like public.{0} including defaults)", table));
        tx_.exec0(fmt::format("alter table pg_temp.{} add primary key {}", table, key_of(table)));
        return true;
    }

    /// "(tenant_id, id)"
    std::string key_of(const std::string& table) {
        return tx_
            .exec_params1("select substring(pg_get_constraintdef(oid) from '\\(.*\\)') from "
                          "pg_constraint where conrelid = $1::regclass and contype = 'p'",
                          "public." + table)[0]
            .c_str();
    }

    void fold(std::int64_t last) {
        tx_.exec0(fmt::format("declare fold no scroll cursor for select {} from events where "
                              "position <= {} order by position",
                              event_columns, last));
        for (;;) {
            const pqxx::result page = tx_.exec(fmt::format("fetch {} from fold", page_rows));
            if (page.empty()) break;
            std::vector<StoredEvent> events;
            for (const auto& row : page) events.push_back(read_event_row(row));
            for (const Folded& folded : folded_) apply(folded, events);
        }
        tx_.exec0("close fold");
    }

    void apply(const Folded& folded, std::span<const StoredEvent> events) {
        const std::int64_t to = folded.checkpoint - events.front().position + 1;
        const auto count = std::clamp<std::int64_t>(to, 0, std::ssize(events));
        events = events.first(static_cast<std::size_t>(count));
        if (events.empty() || !folded.has_tables) return;
        const auto is_left_out = [&](const StoredEvent& event) {
            return folded.left_out.contains(event.position);
        };
        if (std::ranges::none_of(events, is_left_out)) return folded.projection->apply(tx_, events);
        std::vector<StoredEvent> rest;
        std::ranges::remove_copy_if(events, std::back_inserter(rest), is_left_out);
        if (!rest.empty()) folded.projection->apply(tx_, rest);
    }

    void compare(const Folded& folded) {
        if (!folded.has_tables) return;
        report_.begin(folded.projection->name());
        std::int64_t rows = 0;
        for (const std::string& table : folded.projection->tables()) {
            compare_rows(table);
            rows += tx_.exec1("select count(*) from public." + table)[0].as<std::int64_t>();
        }
        report_.end(
            fmt::format("{} rows beside the fold of events 1 to {}{}", rows, folded.checkpoint,
                        folded.left_out.empty()
                            ? ""
                            : fmt::format(", without {} that are dead letters or passed over",
                                          folded.left_out.size())));
    }

    /// Rows are equal when their bytes are (*=): by their values would cost a sort of both tables.
    void compare_rows(const std::string& table) {
        for (const auto& row : tx_.exec(fmt::format(
                 "select case when due is null then 'a row that the log does not give' when shown "
                 "is null then 'a row is missing' else 'a row is not what the log gives' end, "
                 "left(coalesce(shown::text, due::text), 300) from public.{0} shown full join "
                 "pg_temp.{0} due using {1} where (shown *= due) is not true limit {2}",
                 table, key_of(table), most_faults)))
            report_.fault(fmt::format("{}: {}: {}", table, row[0].c_str(), row[1].c_str()));
    }

    pqxx::transaction_base& tx_;
    std::span<const std::unique_ptr<Projection>> projections_;
    Report& report_;
    std::vector<Folded> folded_;
};

} // namespace

void check_read_models(pqxx::transaction_base& tx,
                       std::span<const std::unique_ptr<Projection>> projections, Report& report) {
    ProjectionCheck(tx, projections, report).run();
}

} // namespace throughline
