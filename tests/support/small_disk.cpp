#include "tests/support/small_disk.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace throughline {
namespace {

void demand(bool done, const char* what) {
    if (!done) throw std::system_error(errno, std::generic_category(), what);
}

/// Mounts of this process are its own from here on; who is not root becomes able to mount by a
/// user namespace in which all ids stay what they are (user_namespaces(7)).
void leave_the_others_mounts() {
    const auto user = std::to_string(::geteuid());
    const auto group = std::to_string(::getegid());
    if (user == "0") {
        demand(::unshare(CLONE_NEWNS) == 0, "unshare");
    } else {
        demand(::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0, "unshare");
        std::ofstream("/proc/self/setgroups") << "deny";
        std::ofstream("/proc/self/uid_map") << user + " " + user + " 1";
        std::ofstream("/proc/self/gid_map") << group + " " + group + " 1";
    }
    demand(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "mount");
}

} // namespace

SmallDisk::SmallDisk(std::size_t megabytes) {
    leave_the_others_mounts();
    const std::string options = "mode=755,size=" + std::to_string(megabytes) + "m";
    demand(::mount("tmpfs", path().c_str(), "tmpfs", 0, options.c_str()) == 0, "mount");
}

SmallDisk::~SmallDisk() { ::umount2(path().c_str(), MNT_DETACH); }

void SmallDisk::fill() {
    const int file = ::open((path() / "ballast").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    demand(file >= 0, "open");
    for (const std::size_t size : {std::size_t{1} << 20, std::size_t{1} << 12}) {
        const std::vector<char> bytes(size);
        ::lseek(file, 0, SEEK_END);
        while (::write(file, bytes.data(), size) == static_cast<ssize_t>(size)) {
        }
    }
    ::close(file);
}

void SmallDisk::free() { std::filesystem::remove(path() / "ballast"); }

} // namespace throughline
