#include "handlers/import/importer.hpp"

#include "bus/poison.hpp"
#include "handlers/identity/rights.hpp"
#include "handlers/import/file_ids.hpp"
#include "handlers/import/import_events.hpp"
#include "handlers/import/linked_names.hpp"
#include "handlers/import/names_beside_ids.hpp"
#include "handlers/import/row_command.hpp"
#include "handlers/import/row_duplicates.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <deque>
#include <thread>

namespace throughline {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t chunk_rows = 256;
constexpr std::size_t max_under_way = 512;
constexpr std::size_t max_weight_under_way = 16U << 20;
constexpr std::size_t max_remembered = 200'000;
constexpr auto checkpoint_every = 500ms;
constexpr std::size_t errors_a_checkpoint = 500;
constexpr std::chrono::milliseconds first_pause{50}; // where the store is not available
constexpr std::chrono::milliseconds longest_pause{1000};

/// Ends a run whose job is not finished: a later run goes on.
struct Interrupted {};

/// One run of one job.
class ImportRun {
  public:
    ImportRun(EventStore& store, RecordCommands& commands, const Registry& registry,
              const Kind& kind, ImportLookup& lookup, ImportJobs& jobs, ImportJob job,
              const std::function<bool()>& go_on, const Importer::OnDenied& on_denied)
        : store_(store), registry_(registry), kind_(kind), lookup_(lookup), jobs_(jobs),
          job_(std::move(job)), go_on_(go_on), on_denied_(on_denied), commands_(commands),
          resumed_(job_.run > 1), duplicates_(store, lookup, kind, job_, caller_),
          names_(store, kind, job_.tenant), ids_(kind) {}

    void begin_and_finish() {
        tell_begun(commands_, job_);
        if (std::filesystem::exists(job_.file))
            finish();
        else
            end("failed", "The uploaded file is gone.");
    }

  private:
    void finish() {
        auto opened = open_import(kind_, job_.format, job_.file, job_.options.mapping);
        if (!opened) return end("failed", opened.error().detail);
        RowCommands rows(commands_, kind_, job_, caller_, opened->forgets_unknown);
        rows_ = &rows;
        if (job_.total_rows == 0) count_rows();
        if (job_.options.on_duplicate != ImportOptions::OnDuplicate::create)
            wait_for_list(store_.head_position());
        pass_over_done(*opened->rows);
        while (take_chunk(*opened->rows)) {
        }
        settle_down_to(0);
        end("completed", {});
    }

    void end(const std::string& status, const std::string& fault) {
        if (!fault.empty()) new_errors_.push_back({0, "", "invalid_format", fault});
        job_.status = status;
        tell_ended(commands_, job_);
        checkpoint();
    }

    void count_rows() {
        auto opened = open_import(kind_, job_.format, job_.file, job_.options.mapping);
        while (opened && opened->rows->next()) ++job_.total_rows;
        jobs_.set_total(job_, job_.total_rows);
    }

    void check_going() const {
        if (!go_on_()) throw Interrupted{};
    }

    void wait_for_list(std::int64_t position) const {
        while (!lookup_.wait_until_listed(kind_, position, 500ms)) check_going();
    }

    void look_rights_up() {
        caller_ = rights_of_member(store_, job_.tenant, job_.user);
        caller_.level = std::min(caller_.level, level_of(job_.role));
    }

    /// Goes on behind the last checkpoint.
    void pass_over_done(ImportRows& file) {
        look_rights_up();
        while (number_ < job_.progress.processed) {
            check_going();
            const auto left = static_cast<std::size_t>(job_.progress.processed - number_);
            const auto rows = next_rows(file, std::min(left, chunk_rows));
            if (rows.empty()) return;
            if (ids_.are_needed()) note_ids_of_done(rows);
            number_ += static_cast<std::int64_t>(rows.size());
        }
    }

    [[nodiscard]] Uuid written_by(const Committed& row) const {
        for (const auto& [stream, version] : row.versions)
            if (stream.kind == kind_.name) return stream.id;
        return {};
    }

    void note_ids_of_done(const std::vector<ImportRow>& rows) {
        const auto known = known_outcomes(rows.size());
        const auto matches = duplicates_.find(rows);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const Uuid record = known[i] ? written_by(*known[i]) : matches[i].existing;
            if (!record.is_nil() || job_.options.dry_run) ids_.note(rows[i].id, record);
        }
    }

    bool take_chunk(ImportRows& file) {
        check_going();
        auto rows = next_rows(file, chunk_rows);
        if (rows.empty()) return false;
        look_rights_up();
        const auto known = resumed_ ? known_outcomes(rows.size())
                                    : std::vector<std::optional<Committed>>(rows.size());
        auto matches = duplicates_.find(rows);
        duplicates_.drop_own_uids(rows);
        look_names_up(rows);
        tell_other_names(store_, registry_, kind_, job_.tenant, caller_, rows);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            RowCommand row;
            row.number = ++number_;
            row.line = rows[i].line;
            if (known[i])
                take_known(row, *known[i], matches[i], rows[i].id);
            else
                take_row(row, std::move(rows[i]), matches[i]);
            keep(std::move(row));
            if (under_way_.back().waits) waiting_.push_back({&under_way_.back(), matches[i]});
            settle_down_to(max_under_way);
        }
        begin_waiting();
        if (duplicates_.remembered() > max_remembered) forget_listed();
        return true;
    }

    /// Of a row whose fate is known already only what is counted of it.
    void keep(RowCommand row) {
        if (row.outcome || row.waits) {
            row.weight = weight_of(row.body);
        } else {
            row.body = {};
            row.names = {};
        }
        weight_ += row.weight;
        under_way_.push_back(std::move(row));
    }

    void look_names_up(const std::vector<ImportRow>& rows) {
        names_.forget();
        if (job_.options.dry_run) return;
        std::vector<const JsonObject*> bodies;
        for (const ImportRow& row : rows) bodies.push_back(&row.body);
        names_.look_up(bodies);
    }

    [[nodiscard]] std::vector<std::optional<Committed>> known_outcomes(std::size_t count) const {
        std::vector<Uuid> ids;
        for (std::size_t i = 1; i <= count; ++i)
            ids.push_back(row_command_id(job_, number_ + static_cast<std::int64_t>(i)));
        return ids.empty() ? std::vector<std::optional<Committed>>()
                           : store_.outcomes(job_.tenant, ids);
    }

    /// The command took effect in a run that crashed before its checkpoint.
    void take_known(RowCommand& row, const Committed& committed, const RowMatch& match,
                    const std::optional<Uuid>& id_in_file) {
        row.committed = committed;
        row.fate = RowFate::updated;
        for (const auto& [stream, version] : committed.versions) {
            if (stream.kind != kind_.name) continue;
            row.fate = version == 1 ? RowFate::created : RowFate::updated;
            duplicates_.remember(match, stream.id, row.line);
            ids_.note(id_in_file, stream.id);
        }
    }

    void take_row(RowCommand& row, ImportRow from, RowMatch& match) {
        if (!from.errors.empty()) {
            row.errors = std::move(from.errors);
            return;
        }
        if (std::ranges::any_of(waiting_,
                                [&](const Waiting& one) { return one.match.key == match.key; }))
            begin_waiting();
        duplicates_.match_in_file(match);
        const bool exists = !match.existing.is_nil();
        if (exists) ids_.note(from.id, is_made_here(match) ? Uuid{} : match.existing);
        const bool skips = job_.options.on_duplicate == ImportOptions::OnDuplicate::skip;
        if (exists && (skips || match.is_merged)) {
            row.fate = RowFate::skipped;
            if (match.by_content_alone || match.is_merged)
                row.errors.push_back(duplicate_of(match));
            return;
        }
        if (exists && match.line_before != 0) settle_down_to(0);
        if (exists && from.name_is_borrowed) from.body.erase("name");
        if (exists) drop_blanks(kind_, from.body);
        row.creates = !exists;
        row.record =
            exists ? match.existing : match.new_id.value_or(row_record_id(job_, row.number));
        row.body = std::move(from.body);
        row.losses = std::move(from.losses);
        lead_to_own(row);
        if (job_.options.dry_run)
            try_out(row, match);
        else if (names_.are_under_way(row.body))
            row.waits = true;
        else
            begin(row);
        if (row.fate != RowFate::failed) duplicates_.remember(match, row.record, row.line);
        if (row.waits || row.fate != RowFate::failed)
            ids_.note(from.id, job_.options.dry_run ? Uuid{} : row.record);
    }

    /// Whether a dry run would have made it in a row before.
    [[nodiscard]] bool is_made_here(const RowMatch& match) const {
        return job_.options.dry_run && match.line_before != 0 && !match.was_there;
    }

    void try_out(RowCommand& row, const RowMatch& match) {
        for (auto pause = first_pause; !rows_->try_out(row, !is_made_here(match));) rest(pause);
    }

    /// Until something is tried again, longer each time.
    void rest(std::chrono::milliseconds& pause) const {
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, longest_pause);
        check_going();
    }

    /// The answer to a message waits for the message.
    void lead_to_own(RowCommand& row) {
        for (const Uuid& record : ids_.replace_in(row.body))
            if (std::ranges::find(under_way_, record, &RowCommand::record) != under_way_.end())
                settle_down_to(0);
    }

    void begin(RowCommand& row) {
        row.waits = false;
        rows_->begin(row, &names_.known());
        names_.begun(row);
    }

    /// Rows that name a record which another row makes wait for it: at once they would conflict.
    void begin_waiting() {
        if (waiting_.empty()) return;
        for (const RowCommand& row : under_way_)
            if (row.outcome && !row.new_names.empty()) row.outcome->wait();
        std::vector<const JsonObject*> bodies;
        for (const Waiting& one : waiting_) bodies.push_back(&one.row->body);
        names_.look_up(bodies);
        for (const auto& [row, match] : std::exchange(waiting_, {})) {
            begin(*row);
            if (row->fate != RowFate::failed) duplicates_.remember(match, row->record, row->line);
        }
    }

    /// Waits for the oldest rows until no more than `count` are under way, nor more than may weigh
    /// so much; checkpoints when due.
    void settle_down_to(std::size_t count) {
        while (under_way_.size() > count || weight_ > max_weight_under_way) {
            RowCommand& row = under_way_.front();
            if (row.waits) begin_waiting();
            for (auto pause = first_pause; !rows_->settle(row);) {
                rest(pause);
                names_.forget();
                row.attempts = 1;
                rows_->begin(row);
            }
            count_row(row);
            names_.settled(row);
            weight_ -= row.weight;
            under_way_.pop_front();
            if (Clock::now() - checkpointed_ > checkpoint_every ||
                new_errors_.size() >= errors_a_checkpoint)
                checkpoint();
        }
    }

    void count_row(const RowCommand& row) {
        count(job_.progress, row);
        if (row.denied) on_denied_(job_, *row.denied);
        for (const auto* const errors : {&row.errors, &row.losses})
            for (const FieldError& error : *errors)
                new_errors_.push_back({row.line, error.where, error.code, error.detail});
    }

    void checkpoint() {
        if (!jobs_.save(job_, new_errors_)) throw Interrupted{};
        job_.error_count += static_cast<std::int64_t>(new_errors_.size());
        new_errors_.clear();
        checkpointed_ = Clock::now();
    }

    /// A dry run writes nothing that a list could show: of it only the last rows are remembered.
    void forget_listed() {
        settle_down_to(0);
        if (!job_.options.dry_run) wait_for_list(job_.progress.last_position);
        duplicates_.forget();
    }

    struct Waiting {
        RowCommand* row; // in under_way_, which leaves it where it is
        RowMatch match;
    };

    EventStore& store_;
    const Registry& registry_;
    const Kind& kind_;
    ImportLookup& lookup_;
    ImportJobs& jobs_;
    ImportJob job_;
    const std::function<bool()>& go_on_;
    const Importer::OnDenied& on_denied_;
    RecordCommands& commands_;
    bool resumed_;
    Caller caller_; // as the importer's rights were when the chunk began
    RowDuplicates duplicates_;
    LinkedNames names_;
    FileIds ids_;
    RowCommands* rows_ = nullptr;
    std::int64_t number_ = 0; // rows read so far
    std::deque<RowCommand> under_way_;
    std::size_t weight_ = 0;       // of them all
    std::vector<Waiting> waiting_; // some of them, in their order
    std::vector<ImportError> new_errors_;
    Clock::time_point checkpointed_ = Clock::now();
};

} // namespace

void Importer::run(ImportJob job, const std::function<bool()>& go_on) {
    const auto file = job.file;
    const Kind* const kind = registry_.find(job.kind);
    if (kind == nullptr) throw std::runtime_error("import of an unknown kind: " + job.kind);
    const auto own = commands_.declared(job.tenant, *kind);
    ImportRun run(store_, commands_, registry_, *own, lookup_, jobs_, std::move(job), go_on,
                  on_denied_);
    try {
        run.begin_and_finish();
        std::error_code ignored;
        std::filesystem::remove(file, ignored);
    } catch (const Interrupted&) {
        return;
    }
}

void Importer::give_up(ImportJob job) {
    job.status = "failed";
    tell_given_up(job);
    const ImportError error{0, "", "interrupted",
                            "The import was given up: the server failed at it time and again "
                            "without getting on."};
    if (!jobs_.save(job, {error})) return;
    std::error_code ignored;
    std::filesystem::remove(job.file, ignored);
}

/// The end of the job does not wait for it: what cannot be told may be why its runs failed.
void Importer::tell_given_up(const ImportJob& job) const {
    try {
        tell_begun(commands_, job);
        tell_ended(commands_, job);
    } catch (const std::exception& fault) {
        if (is_connection_loss(fault) || dynamic_cast<const TryLater*>(&fault) != nullptr) throw;
        spdlog::error("the end of import {} cannot be told: {}", to_string(job.id),
                      fault_text(fault));
    }
}

} // namespace throughline
