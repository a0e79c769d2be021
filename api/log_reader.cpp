#include "api/log_reader.hpp"

#include <algorithm>

namespace throughline {

namespace {

constexpr std::size_t least_page = 4;
constexpr std::size_t most_page = 1024;
constexpr std::size_t light = 256U << 10;
constexpr std::size_t heavy = 4U << 20;

} // namespace

LogPage LogReader::next(std::int64_t after, std::size_t most) {
    LogPage page = store_.log(after, std::min(most, page_), filter_);
    std::size_t weight = 0;
    for (const StoredEvent& event : page.events) weight += event.data.size();
    if (weight > heavy)
        page_ = std::max(page_ / 4, least_page);
    else if (weight < light)
        page_ = std::min(page_ * 4, most_page);
    return page;
}

} // namespace throughline
