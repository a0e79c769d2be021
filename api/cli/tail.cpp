#include "api/cli/tail.hpp"

#include "api/log_reader.hpp"

#include <algorithm>
#include <ostream>

namespace throughline {

namespace {

constexpr std::size_t page_size = 1000;

} // namespace

int run_tail(EventStore& store, const TailOptions& options, const WaitForMore& wait,
             std::ostream& out) {
    LogReader log(store, {std::nullopt, options.types, "", std::nullopt});
    std::int64_t position = options.from.value_or(options.follow ? store.head_position() : 0);
    while (out) {
        const LogPage page = log.next(position, page_size);
        for (const StoredEvent& event : page.events) out << to_cloudevent(event) << '\n';
        position = std::max(position, page.scanned);
        if (position < page.head) continue;
        out.flush();
        if (!options.follow || !wait(position)) break;
    }
    return 0;
}

} // namespace throughline
