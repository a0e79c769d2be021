#include "projections/rebuild.hpp"

#include "bus/checkpoint_row.hpp"
#include "bus/database.hpp"
#include "bus/poison.hpp"
#include "bus/postgres_source.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <future>
#include <set>
#include <span>
#include <stdexcept>
#include <thread>

namespace throughline {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t chunk = 2000;       // events in one transaction
constexpr std::int64_t small_rest = 500;  // events left for the switch itself
constexpr const char* patience = "500ms"; // of the switch with the readers of the old tables
constexpr int most_switches = 60;
constexpr const char* lock_not_available = "55P03"; // SQLSTATE

class Rebuild {
  public:
    using Tell = std::function<void(const RebuildProgress&)>;

    Rebuild(const std::string& url, Projection& projection, const Tell& tell)
        : projection_(projection), name_(projection.name()), schema_("rebuild_" + name_),
          tell_(tell), signal_(url), source_(url, signal_), writing_(connect(url, Role::owner)),
          reading_(connect(url, Role::owner)) {}

    Rebuilt run() {
        prepare();
        fold_to(checkpoint(), "folding");
        index();
        for (int tried = 1;; ++tried) {
            for (auto live = checkpoint(); live - position_ > small_rest; live = checkpoint())
                fold_to(live, "catching up");
            const auto began = Clock::now();
            if (switch_over())
                return {position_, std::chrono::duration_cast<std::chrono::microseconds>(
                                       Clock::now() - began)};
            if (tried == most_switches)
                throw std::runtime_error(
                    fmt::format("the tables of {} were in use whenever they were to be switched; "
                                "try again when no long query runs",
                                name_));
            std::this_thread::sleep_for(500ms); // lets the readers that stood in the way go on
        }
    }

  private:
    void prepare() {
        pqxx::nontransaction tx(*writing_);
        if (!tx.exec_params1("select pg_try_advisory_lock(hashtext($1))", schema_)[0].as<bool>())
            throw std::runtime_error(name_ + " is being rebuilt already");
        tx.exec0("set synchronous_commit = off");
        tx.exec0("set maintenance_work_mem = '256MB'");
        tx.exec0("drop schema if exists " + schema_ + " cascade"); // of a rebuild that was stopped
        tx.exec0("create schema " + schema_);
        tx.exec0("set search_path = " + schema_);
        projection_.create_tables(tx);
        tx.exec0("set search_path = " + schema_ + ", public");
        passed_over_ = passed_over(tx);
    }

    std::set<std::int64_t> passed_over(pqxx::transaction_base& tx) const {
        std::set<std::int64_t> positions;
        for (const auto& row : tx.exec_params("select position from dead_letter_requests where "
                                              "consumer = $1 and skipped_at is not null",
                                              name_))
            positions.insert(row[0].as<std::int64_t>());
        return positions;
    }

    /// A newer version may have migrated the tables in use since this one made its own.
    void check_columns(pqxx::transaction_base& tx) const {
        const auto missing = tx.exec_params(
            "select table_name || '.' || column_name from information_schema.columns where "
            "table_schema = 'public' and table_name in (select table_name from "
            "information_schema.tables where table_schema = $1) and (table_name, column_name) not "
            "in (select table_name, column_name from information_schema.columns where "
            "table_schema = $1)",
            schema_);
        if (!missing.empty())
            throw std::runtime_error(fmt::format("{} was migrated meanwhile ({}); run it again",
                                                 name_, missing[0][0].c_str()));
    }

    /// Of the live projection.
    std::int64_t checkpoint() {
        pqxx::nontransaction tx(*reading_);
        return checkpoint_of(tx, "");
    }

    std::int64_t checkpoint_of(pqxx::transaction_base& tx, const std::string& lock) {
        const auto found =
            tx.exec_params("select position from checkpoints where name = $1 " + lock, name_);
        return found.empty() ? 0 : found[0][0].as<std::int64_t>();
    }

    /// The next events after a position, up to another; at most a chunk, and about 8 MiB.
    std::vector<StoredEvent> read(std::int64_t after, std::int64_t last) {
        if (after >= last) return {};
        auto events = source_.read(
            after, std::min<std::size_t>(chunk, static_cast<std::size_t>(last - after)));
        if (events.empty())
            throw std::runtime_error(fmt::format("the log ends behind position {}", after));
        return events;
    }

    /// Without what operators had passed over.
    std::vector<StoredEvent> due(std::vector<StoredEvent> events) const {
        std::erase_if(events, [this](const StoredEvent& event) {
            return passed_over_.contains(event.position);
        });
        return events;
    }

    /// Reads a chunk while the one before is applied.
    void fold_to(std::int64_t last, const std::string& doing) {
        const auto fetch = [&](std::int64_t after) {
            return std::async(std::launch::async,
                              [this, after, last] { return read(after, last); });
        };
        for (auto next = fetch(position_); position_ < last;) {
            auto events = next.get();
            const std::int64_t end = events.back().position;
            next = fetch(end);
            apply(due(std::move(events)));
            position_ = end;
            tell_({position_, last, doing});
        }
    }

    void apply(std::span<const StoredEvent> events) {
        try {
            pqxx::work tx(*writing_);
            if (!events.empty()) projection_.apply(tx, events);
            tx.commit();
        } catch (const std::exception& fault) {
            if (is_transient(fault)) throw;
            if (events.size() == 1)
                throw std::runtime_error(fmt::format("{}: event {} ({}) cannot be applied: {}",
                                                     name_, events.front().position,
                                                     events.front().type, fault.what()));
            for (const StoredEvent& event : events) apply({&event, 1}); // finds which it is
        }
    }

    void index() {
        tell_({position_, position_, "indexing"});
        pqxx::work tx(*writing_);
        tx.exec0("set local statement_timeout = 0");
        projection_.create_indexes(tx);
        for (const std::string& table : projection_.tables()) tx.exec0("analyze " + table);
        tx.commit();
    }

    /// False where others held the tables for too long. The live projection moves its checkpoint
    /// first in each of its transactions, so it waits until this one is over.
    bool switch_over() try {
        pqxx::work tx(*writing_);
        tx.exec0(fmt::format("set local lock_timeout = '{}'", patience));
        tx.exec0("set local synchronous_commit = on");
        (void)open_checkpoint(tx, name_, StartAt::beginning); // a row to lock
        const std::int64_t live = checkpoint_of(tx, "for update");
        if (passed_over(tx) != passed_over_)
            throw std::runtime_error(name_ + ": an event was passed over meanwhile; run it again");
        check_columns(tx);
        for (std::int64_t folded = position_; folded < live;) {
            auto events = read(folded, live);
            folded = events.back().position;
            if (const auto rest = due(std::move(events)); !rest.empty())
                projection_.apply(tx, rest);
        }
        for (const std::string& table : projection_.tables()) {
            tx.exec0("drop table if exists public." + table);
            tx.exec0("alter table " + schema_ + '.' + table + " set schema public");
        }
        tx.exec_params0("delete from dead_letters where consumer = $1 and position <= $2", name_,
                        live);
        tx.exec0("drop schema " + schema_);
        tx.commit();
        position_ = live;
        return true;
    } catch (const pqxx::sql_error& fault) {
        if (fault.sqlstate() != lock_not_available) throw;
        return false;
    }

    Projection& projection_;
    const std::string name_;
    const std::string schema_;
    const Tell& tell_;
    LogSignal signal_;
    PostgresSource source_;
    Connection writing_;
    Connection reading_;
    std::set<std::int64_t> passed_over_;
    std::int64_t position_ = 0;
};

} // namespace

Rebuilt rebuild(const std::string& database_url, Projection& projection,
                const std::function<void(const RebuildProgress&)>& tell) {
    return Rebuild(database_url, projection, tell).run();
}

} // namespace throughline
