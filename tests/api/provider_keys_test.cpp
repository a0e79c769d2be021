#include "api/session/provider_keys.hpp"
#include "tests/support/signing_key.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <atomic>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

/// A provider whose keys and moods the test sets.
class Provider {
  public:
    std::string answer() {
        ++asked;
        const std::lock_guard lock(mutex_);
        if (keys_.empty()) throw std::runtime_error("out of reach");
        return key_set_text(keys_);
    }
    void show(JsonArray keys) {
        const std::lock_guard lock(mutex_);
        keys_ = std::move(keys);
    }
    ProviderKeys::Fetch fetch() {
        return [this] { return answer(); };
    }
    std::atomic<int> asked = 0;

  private:
    std::mutex mutex_;
    JsonArray keys_;
};

const SigningKey old_key = SigningKey::ec();
const SigningKey new_key = SigningKey::ec();

Jws token(const SigningKey& key, const std::string& id) {
    return *read_jws(key.token(id, {{"sub", "ada"}}));
}

bool is_signed(ProviderKeys& keys, const Jws& token) {
    const auto known = keys.keys_for(token);
    return known && is_signed_by(token, *known);
}

} // namespace

TEST_CASE("a key that is not known yet is fetched at once, and what was taken away is forgotten") {
    Provider provider;
    provider.show({old_key.jwk("old")});
    ProviderPace pace;
    pace.least_pause = 0ms;
    pace.patience = 20s;
    ProviderKeys keys(provider.fetch(), pace);
    CHECK(is_signed(keys, token(old_key, "old")));
    provider.show({new_key.jwk("new")});
    CHECK(is_signed(keys, token(old_key, "old"))); // nobody has asked again
    CHECK(is_signed(keys, token(new_key, "new")));
    CHECK_FALSE(is_signed(keys, token(old_key, "old")));
}

TEST_CASE("tokens with unknown keys make us ask once in a while, however many there are") {
    Provider provider;
    provider.show({old_key.jwk("old")});
    ProviderPace pace;
    pace.least_pause = 1h;
    ProviderKeys keys(provider.fetch(), pace);
    REQUIRE(wait_until([&] { return is_signed(keys, token(old_key, "old")); }));
    const int before = provider.asked;
    for (int i = 0; i < 200; ++i)
        CHECK_FALSE(is_signed(keys, token(new_key, "unknown" + std::to_string(i))));
    CHECK(provider.asked == before);
    CHECK(before == 1);
}

TEST_CASE("a provider out of reach takes nothing away, and is asked again") {
    Provider provider;
    ProviderPace pace;
    pace.least_pause = 0ms;
    pace.retry = 1ms;
    ProviderKeys keys(provider.fetch(), pace);
    CHECK(keys.keys_for(token(old_key, "old")) == nullptr);
    provider.show({old_key.jwk("old")});
    CHECK(wait_until([&] { return is_signed(keys, token(old_key, "old")); }));
    provider.show({});
    const int before = provider.asked;
    CHECK_FALSE(is_signed(keys, token(new_key, "new")));
    CHECK(wait_until([&] { return provider.asked > before; }));
    CHECK(is_signed(keys, token(old_key, "old")));
}

TEST_CASE("who waits for a slow provider is let go after a while, and few wait at once") {
    std::atomic<bool> is_over = false;
    ProviderPace pace;
    pace.patience = 20ms;
    pace.most_waiting = 1;
    ProviderKeys keys(
        [&]() -> std::string {
            static_cast<void>(wait_until([&] { return is_over.load(); }, 20s));
            throw std::runtime_error("too late");
        },
        pace);
    std::vector<std::thread> callers;
    std::atomic<int> answered = 0;
    for (int i = 0; i < 20; ++i)
        callers.emplace_back(
            [&] { answered += keys.keys_for(token(old_key, "old")) == nullptr ? 1 : 0; });
    for (std::thread& caller : callers) caller.join();
    CHECK(answered == 20);
    is_over = true;
}
