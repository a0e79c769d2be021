#pragma once
#include "handlers/pending_write.hpp"

namespace throughline {

/// 422: the Idempotency-Key stands for another request.
[[nodiscard]] Rejection reused_key();

/// What became of the command of a client's Idempotency-Key, where the log knows it; nothing where
/// there is no key (an empty hash). 422 where it was another request's.
[[nodiscard]] Result<std::optional<Committed>> outcome_of_key(EventStore& store, const Uuid& tenant,
                                                              const Uuid& command,
                                                              const std::string& request_hash);
[[nodiscard]] Result<std::optional<Committed>> outcome_of_key(EventStore& store,
                                                              const CommandContext& context);

/// The same for a request that more than one command does: their correlation id becomes the one
/// that the request had when its key was new, so that one that was cut off goes on under it. A key
/// that is used again after its day has another. Blocks.
[[nodiscard]] Result<std::optional<Committed>> open_key(EventStore& store, CommandContext& context);

/// Keeps under the client's key, if there is one, that its request was done, and what a repeat is
/// told of it (Committed::told): for what other commands than the key's own have done. Blocks.
[[nodiscard]] Result<void> spend_key(EventStore& store, const CommandContext& context,
                                     JsonObject told = {});

} // namespace throughline
