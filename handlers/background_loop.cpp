#include "handlers/background_loop.hpp"

#include "bus/database.hpp"

#include <spdlog/spdlog.h>

namespace throughline {

BackgroundLoop::BackgroundLoop(std::string name, std::function<bool()> step,
                               std::chrono::milliseconds pause)
    : name_(std::move(name)), step_(std::move(step)), pause_(pause) {}

void BackgroundLoop::start() {
    thread_ = std::thread([this] { loop(); });
}

void BackgroundLoop::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void BackgroundLoop::wake() {
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
    }
    wake_.notify_all();
}

bool BackgroundLoop::is_stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

bool BackgroundLoop::try_step(std::string& told) const {
    try {
        const bool has_more = step_();
        told.clear();
        return has_more;
    } catch (const std::exception& fault) {
        if (std::string text = fault_text(fault); text != told) {
            spdlog::error("{}: {}", name_, text);
            told = std::move(text);
        }
        return false;
    }
}

void BackgroundLoop::loop() {
    std::string told;
    while (!is_stopping()) {
        const bool has_more = try_step(told);
        std::unique_lock lock(mutex_);
        if (!has_more) wake_.wait_for(lock, pause_, [this] { return stopping_ || woken_; });
        woken_ = false;
    }
}

} // namespace throughline
