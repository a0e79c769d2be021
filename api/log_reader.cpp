#include "api/log_reader.hpp"

#include <algorithm>

namespace throughline {

namespace {

constexpr std::size_t least_page = 4;
constexpr std::size_t most_page = 1024;

} // namespace

LogPage LogReader::next(std::int64_t after, LogLimit most) {
    LogPage page = store_.log(after, {std::min(most.events, page_), most.bytes}, filter_);
    std::size_t weight = 0;
    for (const StoredEvent& event : page.events) weight += event.data.size();
    if (weight >= most.bytes)
        page_ = std::max(page_ / 4, least_page);
    else if (weight < most.bytes / 4)
        page_ = std::min(page_ * 4, most_page);
    return page;
}

} // namespace throughline
