#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace throughline {

/// Small chores on one thread: each is run at the start and then again and again. One that throws
/// is logged and tried again the next time.
class Housekeeping {
  public:
    struct Chore {
        std::string name;
        std::function<void()> run;
        std::chrono::milliseconds every;
        std::chrono::steady_clock::time_point due{};
    };
    explicit Housekeeping(std::vector<Chore> chores);
    ~Housekeeping(); // waits for the chore under way
    Housekeeping(const Housekeeping&) = delete;
    Housekeeping& operator=(const Housekeeping&) = delete;

  private:
    void loop();

    std::vector<Chore> chores_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace throughline
