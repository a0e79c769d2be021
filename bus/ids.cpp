#include "bus/ids.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace throughline {

namespace {

using Random = std::array<std::uint8_t, 10>;

/// Asks the system for many bytes at once.
class RandomBytes {
  public:
    std::uint8_t next() {
        if (used_ == bytes_.size()) {
            if (getentropy(bytes_.data(), bytes_.size()) != 0)
                throw std::runtime_error("no random bytes from the system");
            used_ = 0;
        }
        return bytes_[used_++];
    }

  private:
    std::array<std::uint8_t, 256> bytes_{};
    std::size_t used_ = bytes_.size();
};

/// Adds 1 to 2^32 to the last eight bytes. They start below 2^61, so the variant bits that the id
/// puts over the highest two hide no carry.
void step(Random& value, RandomBytes& source) {
    unsigned carry = 1;
    for (std::size_t i = value.size(); i-- > 2;) {
        const unsigned sum = value[i] + carry + (i >= 6 ? source.next() : 0U);
        value[i] = static_cast<std::uint8_t>(sum & 0xFFU);
        carry = sum >> 8;
    }
}

} // namespace

Time now() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

Uuid new_id() {
    using std::chrono::milliseconds;
    thread_local RandomBytes source;
    thread_local std::chrono::sys_time<milliseconds> last{};
    thread_local Random random{};

    const auto current = std::chrono::floor<milliseconds>(now());
    if (current > last) {
        last = current;
        std::generate(random.begin(), random.end(), [] { return source.next(); });
        random[2] &= 0x1F;
    } else {
        step(random, source);
    }
    return uuid_v7(last, random);
}

} // namespace throughline
