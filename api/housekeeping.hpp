#pragma once
#include "bus/stop_flag.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace throughline {

/// Small chores on one thread: each is run at the start and then again and again. One that throws
/// is logged and tried again the next time. One that has much to do does it bit by bit, so that the
/// others come between, and so does the end.
class Housekeeping {
  public:
    struct Chore {
        std::string name;
        std::function<bool()> run; // whether there is more to do: then it is due again at once
        std::chrono::milliseconds every;
        std::chrono::steady_clock::time_point due{};
    };
    explicit Housekeeping(std::vector<Chore> chores);
    ~Housekeeping(); // stops, and waits for the chore under way
    Housekeeping(const Housekeeping&) = delete;
    Housekeeping& operator=(const Housekeeping&) = delete;
    /// Begins to stop, without waiting.
    void begin_stop() { stop_.set(); }

  private:
    void loop();

    std::vector<Chore> chores_;
    StopFlag stop_;
    std::thread thread_;
};

} // namespace throughline
