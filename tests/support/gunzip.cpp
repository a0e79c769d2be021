#include "tests/support/gunzip.hpp"

#include <array>
#include <stdexcept>
#include <zlib.h>

namespace throughline {

std::string gunzip(std::string_view bytes) {
    z_stream state{};
    if (inflateInit2(&state, 15 + 16) != Z_OK) throw std::runtime_error("zlib does not start");
    // zlib never writes there.
    state.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
    state.avail_in = static_cast<uInt>(bytes.size());
    std::string out;
    std::array<char, 65536> step;
    int result = Z_OK;
    while (result == Z_OK) {
        state.next_out = reinterpret_cast<Bytef*>(step.data());
        state.avail_out = step.size();
        result = inflate(&state, Z_NO_FLUSH);
        out.append(step.data(), step.size() - state.avail_out);
    }
    const bool is_whole = result == Z_STREAM_END && state.avail_in == 0;
    inflateEnd(&state);
    if (!is_whole) throw std::runtime_error("these bytes are no whole gzip file");
    return out;
}

} // namespace throughline
