#include "tests/fuzz/fuzz.hpp"

#include <cstdint>

/// libFuzzer's way in; each fuzzer is linked with one target.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using throughline::fuzz::targets;
    targets().front().run({reinterpret_cast<const char*>(data), size});
    return 0;
}
