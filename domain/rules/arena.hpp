#pragma once
#include <cstddef>
#include <exception>
#include <memory>
#include <type_traits>
#include <vector>

namespace throughline::rules {

/// What an arena throws when it would grow beyond its limit.
class ArenaFull : public std::exception {
  public:
    [[nodiscard]] const char* what() const noexcept override { return "out of room"; }
};

/// Memory that is given back all at once. The blocks are kept, so that what is done again and again
/// allocates only the first time. For trivially destructible values; not thread-safe.
class Arena {
  public:
    explicit Arena(std::size_t limit) : limit_(limit) {}

    /// Room for `count` values, uninitialised, good until the next `reset`.
    template <class T> [[nodiscard]] T* array(std::size_t count) {
        static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= alignment);
        return static_cast<T*>(bytes(count * sizeof(T)));
    }

    [[nodiscard]] void* bytes(std::size_t size) {
        size = (size + alignment - 1) & ~(alignment - 1);
        if (size > static_cast<std::size_t>(end_ - at_)) open_block(size);
        std::byte* const given = at_;
        at_ += size;
        return given;
    }

    /// Takes everything back.
    void reset() {
        if (opened_ > 1) close_blocks();
        at_ = first_;
    }

  private:
    static constexpr std::size_t alignment = 8;
    struct Block {
        std::unique_ptr<std::byte[]> bytes;
        std::size_t size;
    };

    void open_block(std::size_t size);
    void close_blocks();

    std::size_t limit_;
    std::size_t held_ = 0;
    std::size_t opened_ = 0; // blocks in use
    std::vector<Block> blocks_;
    std::byte* first_ = nullptr;
    std::byte* at_ = nullptr;
    std::byte* end_ = nullptr;
};

} // namespace throughline::rules
