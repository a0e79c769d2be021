#pragma once
#include <bit>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace throughline::rules {

/// Bytes of a text that are looked at together: which of them are a character, a bit for each, the
/// first the lowest.
#if defined(__SSE2__)
class Block16 {
  public:
    explicit Block16(const char* at)
        : bytes_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))) {}
    [[nodiscard]] std::uint64_t which(char c) const {
        return static_cast<std::uint32_t>(
            _mm_movemask_epi8(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(c))));
    }
    /// Which are `c` or the character 0x20 below it: `{` and `[`, `}` and `]`.
    [[nodiscard]] std::uint64_t which_bracket(char c) const {
        const __m128i folded = _mm_or_si128(bytes_, _mm_set1_epi8(0x20));
        return static_cast<std::uint32_t>(
            _mm_movemask_epi8(_mm_cmpeq_epi8(folded, _mm_set1_epi8(c))));
    }

  private:
    __m128i bytes_;
};
#else
class Block16 {
  public:
    explicit Block16(const char* at) : at_(at) {}
    [[nodiscard]] std::uint64_t which(char c) const {
        std::uint64_t found = 0;
        for (unsigned i = 0; i < 16; ++i) found |= std::uint64_t{at_[i] == c} << i;
        return found;
    }
    [[nodiscard]] std::uint64_t which_bracket(char c) const {
        std::uint64_t found = 0;
        for (unsigned i = 0; i < 16; ++i) found |= std::uint64_t{(at_[i] | 0x20) == c} << i;
        return found;
    }

  private:
    const char* at_;
};
#endif

class Block64 {
  public:
    explicit Block64(const char* at)
        : parts_{Block16(at), Block16(at + 16), Block16(at + 32), Block16(at + 48)} {}
    [[nodiscard]] std::uint64_t which(char c) const {
        return parts_[0].which(c) | parts_[1].which(c) << 16 | parts_[2].which(c) << 32 |
               parts_[3].which(c) << 48;
    }
    [[nodiscard]] std::uint64_t which_bracket(char c) const {
        return parts_[0].which_bracket(c) | parts_[1].which_bracket(c) << 16 |
               parts_[2].which_bracket(c) << 32 | parts_[3].which_bracket(c) << 48;
    }

  private:
    Block16 parts_[4];
};

/// Which bits lie between an odd one of the set and the next, the first included: of quotes, what
/// is inside of texts.
[[nodiscard]] constexpr std::uint64_t between(std::uint64_t bits) {
    for (unsigned distance = 1; distance < 64; distance *= 2) bits ^= bits << distance;
    return bits;
}

} // namespace throughline::rules
