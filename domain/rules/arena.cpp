#include "domain/rules/arena.hpp"

#include <algorithm>

namespace throughline::rules {

namespace {

constexpr std::size_t first_size = 16 * 1024;
/// More than this is not kept for the next time.
constexpr std::size_t kept_size = 1024 * 1024;

} // namespace

void Arena::open_block(std::size_t size) {
    const std::size_t wanted = std::max({size, first_size, held_});
    if (size > limit_ || held_ > limit_ - size) throw ArenaFull();
    blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(wanted), wanted});
    held_ += wanted;
    ++opened_;
    at_ = blocks_.back().bytes.get();
    end_ = at_ + wanted;
    if (opened_ == 1) first_ = at_;
}

/// Leaves one block, which is large enough for what was needed.
void Arena::close_blocks() {
    const std::size_t size = std::min(held_, kept_size);
    blocks_.clear();
    blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
    held_ = size;
    opened_ = 1;
    first_ = blocks_.front().bytes.get();
    end_ = first_ + size;
}

} // namespace throughline::rules
