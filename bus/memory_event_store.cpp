#include "bus/memory_event_store.hpp"

#include "bus/command.hpp"
#include "bus/ids.hpp"
#include "domain/text.hpp"

#include <algorithm>

namespace throughline {

MemoryEventStore::MemoryEventStore() : now_(&throughline::now) {}

PendingOutcome MemoryEventStore::append(Command command) {
    const std::lock_guard lock(mutex_);
    return PendingOutcome(decide(command));
}

Outcome MemoryEventStore::decide(const Command& command) {
    if (auto fault = fault_of(command)) return *fault;
    if (const Known* before = known(command.tenant, command.id)) {
        Committed outcome = before->outcome;
        outcome.duplicate = true;
        return outcome;
    }
    for (const StreamWrite& write : command.writes) {
        const std::int64_t actual = version_of(write.tenant, write.stream);
        if (actual != write.expected) return Conflict{write.stream, actual};
    }
    return store(command);
}

Committed MemoryEventStore::store(const Command& command) {
    const Time at = events_.empty() ? now_() : std::max(now_(), events_.back().recorded_at);
    const auto before = static_cast<std::int64_t>(events_.size());
    Committed outcome{before + 1,           before,         false,
                      command.request_hash, command.status, versions_after(command),
                      command.told};
    append_stored(command, outcome, at, events_);
    outcome.last_position = static_cast<std::int64_t>(events_.size());
    for (const StreamWrite& write : command.writes)
        if (!write.events.empty())
            streams_[{write.tenant, write.stream}] = {
                write.stream, write.expected + static_cast<std::int64_t>(write.events.size()),
                write.state, write.title, write.archived};
    commands_[{command.tenant, command.id}] = {outcome, command.expires, at};
    return outcome;
}

const MemoryEventStore::Known* MemoryEventStore::known(const Uuid& tenant,
                                                       const Uuid& command) const {
    const auto found = commands_.find({tenant, command});
    if (found == commands_.end()) return nullptr;
    const Known& entry = found->second;
    const bool forgotten = entry.expires && entry.recorded_at < now_() - client_command_lifetime;
    return forgotten ? nullptr : &entry;
}

std::int64_t MemoryEventStore::version_of(const Uuid& tenant, const StreamKey& key) const {
    const auto found = streams_.find({tenant, key});
    return found == streams_.end() ? 0 : found->second.version;
}

std::vector<StreamHead> MemoryEventStore::heads(const Uuid& tenant,
                                                std::span<const StreamKey> streams) {
    const std::lock_guard lock(mutex_);
    std::vector<StreamHead> heads;
    for (const StreamKey& key : streams) {
        const auto found = streams_.find({tenant, key});
        heads.push_back(found == streams_.end() ? StreamHead{key, 0, "", "", false}
                                                : found->second);
    }
    return heads;
}

std::vector<StreamHead> MemoryEventStore::heads_by_title(const Uuid& tenant,
                                                         const std::string& kind,
                                                         const std::string& title) {
    const std::lock_guard lock(mutex_);
    const std::string folded = case_folded(title);
    std::vector<StreamHead> heads;
    for (const auto& [key, head] : streams_)
        if (std::get<Uuid>(key) == tenant && head.stream.kind == kind && !head.archived &&
            !folded.empty() && case_folded(head.title) == folded)
            heads.push_back(head);
    return heads;
}

std::vector<std::optional<Uuid>> MemoryEventStore::titled(const Uuid& tenant,
                                                          const std::string& kind,
                                                          std::span<const std::string> titles) {
    std::vector<std::optional<Uuid>> found;
    for (const std::string& title : titles) {
        const auto heads = MemoryEventStore::heads_by_title(tenant, kind, title);
        found.push_back(heads.empty() ? std::nullopt : std::optional(heads.front().stream.id));
    }
    return found;
}

std::vector<StreamHead> MemoryEventStore::heads_of_kind(const Uuid& tenant, const std::string& kind,
                                                        const Uuid& after, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<StreamHead> heads;
    for (const auto& [key, head] : streams_)
        if (std::get<Uuid>(key) == tenant && head.stream.kind == kind && head.stream.id > after)
            heads.push_back(head);
    std::ranges::sort(heads, {}, [](const StreamHead& head) { return head.stream.id; });
    heads.resize(std::min(heads.size(), limit));
    return heads;
}

std::vector<StoredEvent> MemoryEventStore::stream(const Uuid& tenant, const StreamKey& key,
                                                  std::int64_t after, std::int64_t up_to) {
    const std::lock_guard lock(mutex_);
    std::vector<StoredEvent> events;
    for (const StoredEvent& event : events_)
        if (event.tenant == tenant && event.stream == key && event.version > after &&
            event.version <= up_to)
            events.push_back(event);
    return events;
}

LogPage MemoryEventStore::log(std::int64_t after, LogLimit limit, const LogFilter& filter) {
    const std::lock_guard lock(mutex_);
    LogPage page;
    page.head = static_cast<std::int64_t>(events_.size());
    page.scanned = std::max(after, page.head);
    std::size_t weight = 0;
    for (const StoredEvent& event : events_) {
        if (event.position <= after || !matches(filter, event)) continue;
        page.events.push_back(event);
        weight += event.data.size();
        if (page.events.size() >= limit.events || weight >= limit.bytes) {
            page.scanned = event.position;
            break;
        }
    }
    return page;
}

std::int64_t MemoryEventStore::head_position() {
    const std::lock_guard lock(mutex_);
    return static_cast<std::int64_t>(events_.size());
}

std::optional<StoredEvent> MemoryEventStore::event(const Uuid& tenant, const Uuid& id) {
    const std::lock_guard lock(mutex_);
    for (const StoredEvent& event : events_)
        if (event.tenant == tenant && event.id == id) return event;
    return std::nullopt;
}

std::vector<std::optional<Committed>> MemoryEventStore::outcomes(const Uuid& tenant,
                                                                 std::span<const Uuid> commands) {
    const std::lock_guard lock(mutex_);
    std::vector<std::optional<Committed>> outcomes;
    for (const Uuid& id : commands) {
        const Known* before = known(tenant, id);
        outcomes.push_back(before != nullptr ? std::optional(before->outcome) : std::nullopt);
        if (outcomes.back()) outcomes.back()->duplicate = true;
    }
    return outcomes;
}

} // namespace throughline
