#pragma once
#include <cstddef>
#include <fstream>
#include <string>

namespace throughline {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool memory_is_kept = true; // a sanitizer keeps what is freed
#else
inline constexpr bool memory_is_kept = false;
#endif

/// A line of /proc/<process>/status in bytes: VmRSS, or VmHWM, its peak.
inline std::size_t memory_of(const std::string& process, const std::string& name) {
    std::ifstream status("/proc/" + process + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name + ":")) return std::stoul(line.substr(name.size() + 1)) * 1024;
    return 0;
}

/// The most memory a process has had so far. Nothing of use under a sanitizer: 0 there.
inline std::size_t peak_memory_of_process(int process) {
    return memory_is_kept ? 0 : memory_of(std::to_string(process), "VmHWM");
}

/// How far the memory of this process rises above what it is now while `work` runs; 0 as above.
template <class Work> std::size_t peak_memory_of(Work work) {
    std::ofstream("/proc/self/clear_refs") << 5; // proc(5): the peak begins anew
    const std::size_t before = memory_of("self", "VmRSS");
    work();
    const std::size_t peak = memory_of("self", "VmHWM");
    return memory_is_kept || peak < before ? 0 : peak - before;
}

} // namespace throughline
