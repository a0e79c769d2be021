#pragma once
#include "bus/database.hpp"
#include "bus/event_store.hpp"
#include "bus/hang_up.hpp"

#include <chrono>
#include <span>

namespace throughline {

/// What became of one try to write commands.
struct WriteAttempt {
    enum class End {
        written,     // `outcomes` has one for each command
        bad_data,    // nothing was written: the data of one command or more is at fault
        not_written, // nothing was written: for a reason that may pass
        unknown,     // the connection was lost: they may have been written
    };
    End end = End::not_written;
    std::vector<Outcome> outcomes;
    std::string cause;
    Time recorded_at{}; // of what was written
};

/// The appender's connection: connects when needed, keeps partitions ahead of the log, and tells
/// the ends of a try apart. Used by one thread, but for `cut`.
class BatchWriter {
  public:
    explicit BatchWriter(std::string url) : url_(std::move(url)) {}
    /// Connects and makes partitions; throws where it cannot.
    void prepare();
    [[nodiscard]] WriteAttempt write(std::span<const Command* const> commands);
    /// Ends what waits for the database now, on whatever thread: a try that was sent is `unknown`.
    void cut() { hang_up_.now(); }

  private:
    void connect_anew();
    void disconnect();
    void insist_on_durability();
    void plan_once();
    void ensure_partitions();
    [[nodiscard]] WriteAttempt failed(const std::exception& fault);

    std::string url_;
    Connection connection_;
    HangUp hang_up_; // on that
    std::int64_t last_position_ = 0;
    std::int64_t partitioned_to_ = 0; // the first position without a partition
    std::chrono::steady_clock::time_point next_partition_try_{};
};

} // namespace throughline
