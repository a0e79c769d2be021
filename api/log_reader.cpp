#include "api/log_reader.hpp"

#include <algorithm>

namespace throughline {

LogPage LogReader::next(std::int64_t after, LogLimit most) {
    LogPage page = store_.log(after, {std::min(most.events, size_.rows()), most.bytes}, filter_);
    std::size_t weight = 0;
    for (const StoredEvent& event : page.events) weight += event.data.size();
    size_.fit(weight, most.bytes);
    return page;
}

} // namespace throughline
