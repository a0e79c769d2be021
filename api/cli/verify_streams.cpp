#include "api/cli/verify_streams.hpp"

#include "bus/erased_events.hpp"
#include "bus/event_rows.hpp"
#include "domain/other_kinds.hpp"
#include "domain/record/change.hpp"
#include "domain/record/erasure.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <vector>

namespace throughline {
namespace {

/// Folds every stream in turn: events come ordered by stream and version.
class StreamCheck {
  public:
    StreamCheck(pqxx::transaction_base& tx, const Registry& registry, Report& report)
        : tx_(tx), registry_(registry), report_(report) {}

    void run() {
        report_.begin("streams");
        tx_.exec0(fmt::format("declare by_stream no scroll cursor for select {} from events "
                              "order by tenant_id, kind, stream_id, version",
                              event_columns));
        tx_.exec0("declare heads no scroll cursor for select tenant_id, kind, id, version, "
                  "archived, state from "
                  "streams order by tenant_id, kind, id");
        for (;;) {
            const pqxx::result page = tx_.exec(fmt::format("fetch {} from by_stream", page_rows));
            for (const auto& row : page) take(read_event_row(row));
            if (page.empty()) break;
        }
        close_stream();
        if (next_head())
            report_.fault(fmt::format("head state of {}/{} has no events", head_[1].c_str(),
                                      head_[2].c_str()));
        report_.end(fmt::format("{} events folded into {} streams and their head states", events_,
                                streams_));
    }

  private:
    void take(const StoredEvent& event) {
        ++events_;
        if (event.tenant != current_tenant_ || event.stream != current_) {
            close_stream();
            current_tenant_ = event.tenant;
            current_ = event.stream;
            record_ = {};
            ++streams_;
        }
        if (event.version != record_.version + 1)
            report_.fault(fmt::format("{}/{} has version {} after {} (position {})",
                                      event.stream.kind, to_string(event.stream.id), event.version,
                                      record_.version, event.position));
        if (kind() != nullptr) check_erasure(event);
        if (kind() != nullptr) evolve(record_, event.type, current_data(event), event.time);
        record_.version = event.version;
    }

    /// Once a record is erased, nothing before has anything in its personal fields.
    void check_erasure(const StoredEvent& event) {
        if (event.version == 1) before_.clear();
        if (!can_be_erased(*kind())) return;
        if (is_erasure(event.type)) {
            const JsonObject blanks = blanks_in(event);
            for (const StoredEvent& earlier : before_)
                if (blanked_event(earlier, blanks).data != earlier.data)
                    report_.fault(fmt::format("{}/{} is erased, and its event at position {} not",
                                              event.stream.kind, to_string(event.stream.id),
                                              earlier.position));
            before_.clear();
        }
        before_.push_back(event);
    }

    void close_stream() {
        if (current_.kind.empty()) return;
        const std::string name = current_.kind + "/" + to_string(current_.id);
        if (!next_head() || head_[1].c_str() != current_.kind ||
            uuid_of(head_[2].c_str()) != current_.id ||
            uuid_of(head_[0].c_str()) != current_tenant_) {
            report_.fault(name + " has events but no head state where one is due");
            return;
        }
        if (head_[3].as<std::int64_t>() != record_.version)
            report_.fault(fmt::format("{} is at version {}, its head state says {}", name,
                                      record_.version, head_[3].as<std::int64_t>()));
        if (kind() == nullptr) return;
        if (head_[4].as<bool>() != record_.deleted)
            report_.fault(name + ": its head state is wrong about whether it is deleted");
        if (!is_fold(head_[5].c_str()))
            report_.fault(name + ": its head state is not the fold of its events");
    }

    bool next_head() {
        if (next_ == heads_.size()) {
            heads_ = tx_.exec(fmt::format("fetch {} from heads", page_rows));
            next_ = 0;
        }
        if (heads_.empty()) return false;
        head_ = heads_[next_++];
        return true;
    }

    [[nodiscard]] const Kind* kind() const { return any_kind(registry_, current_.kind); }
    /// A field that is younger than the head state is unset there.
    [[nodiscard]] bool is_fold(const char* state) const {
        const Record head = record_from_state(*kind(), state, record_.version, record_.deleted);
        return state_text(*kind(), head) == state_text(*kind(), record_);
    }

    pqxx::transaction_base& tx_;
    const Registry& registry_;
    Report& report_;
    Uuid current_tenant_;
    StreamKey current_;
    Record record_;
    std::vector<StoredEvent> before_; // of the stream, since it was erased
    pqxx::result heads_;
    pqxx::result::size_type next_ = 0;
    pqxx::row head_;
    std::int64_t events_ = 0;
    std::int64_t streams_ = 0;
};

} // namespace

void check_streams(pqxx::transaction_base& tx, const Registry& registry, Report& report) {
    StreamCheck(tx, registry, report).run();
}

} // namespace throughline
