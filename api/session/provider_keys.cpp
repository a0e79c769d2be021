#include "api/session/provider_keys.hpp"

#include "api/session/key_set.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace throughline {

ProviderKeys::ProviderKeys(Fetch fetch, ProviderPace pace)
    : fetch_(std::move(fetch)), pace_(pace), thread_([this] { run(); }) {}

ProviderKeys::~ProviderKeys() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool ProviderKeys::has_key_for(const Jws& token) const {
    return keys_ && std::ranges::any_of(
                        *keys_, [&](const VerificationKey& key) { return fits(token, key); });
}

std::shared_ptr<const ProviderKeys::Keys> ProviderKeys::keys_for(const Jws& token) {
    std::unique_lock lock(mutex_);
    if (has_key_for(token)) return keys_;
    const auto now = Clock::now();
    if (!is_fetching_ && now - asked_ >= pace_.least_pause) {
        due_ = now;
        changed_.notify_all();
    }
    const bool comes_soon = is_fetching_ || due_ <= now;
    if (comes_soon && waiting_ < pace_.most_waiting) {
        ++waiting_;
        const std::size_t seen = rounds_;
        changed_.wait_for(lock, pace_.patience, [&] { return rounds_ != seen || is_stopping_; });
        --waiting_;
    }
    return keys_;
}

/// Nothing where that failed. A secret in what everybody may read is none.
std::shared_ptr<const ProviderKeys::Keys> ProviderKeys::fetched() const {
    try {
        auto set = read_key_set(fetch_());
        if (!set) throw std::runtime_error("what JWKS_URL answers " + set.error().detail);
        std::erase_if(set->keys, [](const VerificationKey& key) { return key.is_secret(); });
        for (const std::string& fault : set->left_out)
            spdlog::warn("a key of JWKS_URL is left out, {}", fault);
        return std::make_shared<const Keys>(std::move(set->keys));
    } catch (const std::exception& fault) {
        spdlog::error("JWKS_URL gives no keys: {}", fault.what());
        return nullptr;
    }
}

void ProviderKeys::run() {
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
        if (Clock::now() < due_) {
            changed_.wait_until(lock, due_);
            continue;
        }
        is_fetching_ = true;
        asked_ = Clock::now();
        lock.unlock();
        auto keys = fetched();
        lock.lock();
        is_fetching_ = false;
        due_ = Clock::now() + (keys ? pace_.refresh : pace_.retry);
        if (keys) keys_ = std::move(keys);
        ++rounds_;
        changed_.notify_all();
    }
}

} // namespace throughline
