#pragma once
#include "api/session/jws.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace throughline {

/// How often an identity provider is asked, and how long for.
struct ProviderPace {
    std::chrono::milliseconds refresh = std::chrono::minutes(10);
    std::chrono::milliseconds retry = std::chrono::seconds(30);      // after a failure
    std::chrono::milliseconds least_pause = std::chrono::seconds(5); // between two for unknown keys
    std::chrono::milliseconds patience = std::chrono::seconds(2);    // of who waits for a fetch
    std::size_t most_waiting = 8;                                    // at once
};

/// The public keys of an identity provider, fetched by a thread of its own: at start, every ten
/// minutes, and soon when a token names a key that is not among them, as after a rotation. What was
/// fetched last stays good as long as the provider is out of reach. Thread-safe.
class ProviderKeys {
  public:
    using Keys = std::vector<VerificationKey>;
    using Fetch = std::function<std::string()>; // a JWK Set; throws where there is none to be had

    explicit ProviderKeys(Fetch fetch, ProviderPace pace = {});
    ~ProviderKeys();
    ProviderKeys(const ProviderKeys&) = delete;
    ProviderKeys& operator=(const ProviderKeys&) = delete;

    /// The keys as they are when one of them fits the token, or after a fetch; waits for that, if
    /// not too many wait already. Unset where none were ever fetched.
    [[nodiscard]] std::shared_ptr<const Keys> keys_for(const Jws& token);

  private:
    using Clock = std::chrono::steady_clock;

    void run();
    [[nodiscard]] std::shared_ptr<const Keys> fetched() const;
    [[nodiscard]] bool has_key_for(const Jws& token) const;

    const Fetch fetch_;
    const ProviderPace pace_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::shared_ptr<const Keys> keys_;
    Clock::time_point due_ = Clock::now();
    Clock::time_point asked_{}; // when the last fetch began
    std::size_t rounds_ = 0;    // fetches that have ended
    std::size_t waiting_ = 0;
    bool is_fetching_ = false;
    bool is_stopping_ = false;
    std::thread thread_;
};

} // namespace throughline
