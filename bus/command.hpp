#pragma once
#include "bus/event_store.hpp"

namespace throughline {

inline constexpr std::chrono::hours client_command_lifetime{24};

using Versions = std::vector<std::pair<StreamKey, std::int64_t>>;

/// Why no store takes this command, or nothing: an event over its size, a stream named twice.
[[nodiscard]] std::optional<Refused> fault_of(const Command& command);

/// Where the command's streams stand once it has passed.
[[nodiscard]] Versions versions_after(const Command& command);

/// `commands.versions`: [["contact", "<id>", 3], …]. What is told besides stands last, as the
/// fourth of an entry that names no stream: programs from before it was there pass over it.
[[nodiscard]] std::string versions_text(const Command& command);
void read_versions(std::string_view text, Committed& into);

/// The form in which titles are looked up: case folded, at most 200 characters.
[[nodiscard]] std::string title_key(std::string_view title);

/// Who made an event of the command and how, with the cause that is the event's own.
[[nodiscard]] Origin origin_of(const Command& command, const NewEvent& event);

/// About what the command weighs on its way to the log.
[[nodiscard]] std::size_t bytes_of(const Command& command);
/// Appends the events of a command that has just been written, as the log has them.
void append_stored(const Command& command, const Committed& committed, Time recorded_at,
                   std::vector<StoredEvent>& into);

} // namespace throughline
