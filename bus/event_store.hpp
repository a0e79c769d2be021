#pragma once
#include "bus/event.hpp"
#include "bus/outcome.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace throughline {

inline constexpr std::size_t max_event_bytes = 2U << 20; // of one event's data

/// An event to be appended.
struct NewEvent {
    Uuid id;
    std::string type;
    int schema_version = 1;
    std::string data; // JSON object
    std::vector<StreamKey> links;
    std::optional<Uuid> causation_id = {}; // the event that led to it; unset: the command's
};

/// What a command does to one stream.
struct StreamWrite {
    Uuid tenant;
    StreamKey stream;
    std::int64_t expected = 0; // version before; 0: the stream must not exist
    std::vector<NewEvent> events;
    std::string state;     // head state after the events: JSON object
    std::string title;     // what people call it, for names beside ids; may be empty
    bool archived = false; // deleted
};

/// All or nothing: passes only when every stream is at its expected version.
struct Command {
    Uuid id;                  // the same id never takes effect twice
    Uuid tenant;              // whose command it is
    std::string request_hash; // of an Idempotency-Key's method, path, query and body; else empty
    bool expires = false;     // client keys are forgotten after 24 hours
    int status = 200;         // the HTTP status to replay
    Origin origin;
    Time time{};
    std::vector<StreamWrite> writes;
    JsonObject told = {}; // what a repeat is told besides; of nobody, since no erasure looks here
};

/// Where a stream stands. Version 0, all else but the key empty: it has no events.
struct StreamHead {
    StreamKey stream;
    std::int64_t version = 0;
    std::string state;
    std::string title;
    bool archived = false;
};

/// What a reader wants: what is empty or unset does not restrict.
struct LogFilter {
    std::optional<Uuid> tenant; // unset: all tenants (system readers only)
    std::vector<std::string> types;
    std::string kind;
    std::optional<Uuid> id;
};

[[nodiscard]] bool matches(const LogFilter& filter, const StoredEvent& event);

/// How much a page of the log holds at most: that many events, and none more once their data has
/// come to that many bytes.
struct LogLimit {
    LogLimit(std::size_t most_events, std::size_t most_bytes = 4U << 20)
        : events(most_events), bytes(most_bytes) {}
    std::size_t events;
    std::size_t bytes;
};

/// A page of the log: events that match, and how far was looked.
struct LogPage {
    std::vector<StoredEvent> events; // ascending
    std::int64_t scanned = 0;        // last position looked at
    std::int64_t head = 0;           // of the log
};

/// The truth. Thread-safe; every call blocks on the database unless it says otherwise; a database
/// out of reach is thrown as std::runtime_error by reads and answered as Unavailable by appends.
class EventStore {
  public:
    virtual ~EventStore() = default;

    /// Gathered with others into one commit. The outcome is known once it is durable. Never blocks:
    /// a full queue is Unavailable at once.
    [[nodiscard]] virtual PendingOutcome append(Command command) = 0;

    /// Head states in the order asked; a stream without events gives version 0. No lag.
    [[nodiscard]] virtual std::vector<StreamHead> heads(const Uuid& tenant,
                                                        std::span<const StreamKey> streams) = 0;
    /// Live (not archived) streams of a kind whose title equals `title` without case, in the order
    /// of their ids; none for an empty title. No lag.
    [[nodiscard]] virtual std::vector<StreamHead>
    heads_by_title(const Uuid& tenant, const std::string& kind, const std::string& title) = 0;
    /// For each title, in the order asked, the first of heads_by_title, or nothing. No lag.
    [[nodiscard]] virtual std::vector<std::optional<Uuid>>
    titled(const Uuid& tenant, const std::string& kind, std::span<const std::string> titles) = 0;
    /// Streams of a kind in the order of their ids, archived ones too: the first `limit` with an id
    /// greater than `after`. No lag.
    [[nodiscard]] virtual std::vector<StreamHead> heads_of_kind(const Uuid& tenant,
                                                                const std::string& kind,
                                                                const Uuid& after,
                                                                std::size_t limit) = 0;
    /// Events of one stream with version in (after, up_to], ascending.
    [[nodiscard]] virtual std::vector<StoredEvent>
    stream(const Uuid& tenant, const StreamKey& key, std::int64_t after, std::int64_t up_to) = 0;
    /// Events after a position. Looks at no more matching events than the limit lets it, and at one
    /// at least; `scanned` lets the caller go on, also where nothing matched.
    [[nodiscard]] virtual LogPage log(std::int64_t after, LogLimit limit,
                                      const LogFilter& filter) = 0;
    /// The position of the last event, 0 in an empty log.
    [[nodiscard]] virtual std::int64_t head_position() = 0;
    /// By its own id; nothing where the tenant has none such.
    [[nodiscard]] virtual std::optional<StoredEvent> event(const Uuid& tenant, const Uuid& id) = 0;
    /// Outcomes of commands known already, in the order asked.
    [[nodiscard]] virtual std::vector<std::optional<Committed>>
    outcomes(const Uuid& tenant, std::span<const Uuid> commands) = 0;
};

} // namespace throughline
