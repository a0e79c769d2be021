#include "handlers/secrets/key_ring.hpp"

#include "domain/base64url.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

const std::string old_key(64, '1');
const std::string new_key = base64url(std::string(32, 'n'));

KeyRing ring(const std::string& keys) {
    const auto read = KeyRing::read(keys);
    REQUIRE_MESSAGE(read.has_value(), keys);
    return *read;
}

} // namespace

TEST_CASE("a sealed value names its key, hides the secret and opens where it was sealed") {
    const KeyRing keys = ring(old_key);
    const std::string sealed = keys.seal("whsec_secret", "tenant/webhook");
    CHECK(sealed.starts_with("1." + keys.sealing_id() + "."));
    CHECK(key_id_of(sealed) == keys.sealing_id());
    CHECK(sealed.find("whsec") == std::string::npos);
    CHECK(keys.open(sealed, "tenant/webhook") == "whsec_secret");
    CHECK(keys.open(keys.seal("", ""), "") == "");
    CHECK(keys.seal("whsec_secret", "tenant/webhook") != sealed);
    CHECK_FALSE(keys.open(sealed, "other/webhook").has_value());
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string touched = sealed;
        touched[i] = touched[i] == 'A' ? 'B' : 'A';
        CHECK_FALSE_MESSAGE(keys.open(touched, "tenant/webhook").has_value(), i);
    }
    for (const std::string& broken : {std::string(), std::string("1."), sealed.substr(0, 20),
                                      sealed.substr(0, sealed.size() - 1), sealed + "A"})
        CHECK_FALSE(keys.open(broken, "tenant/webhook").has_value());
}

TEST_CASE("the first key seals, all open") {
    const std::string sealed = ring(old_key).seal("secret", "here");
    const KeyRing both = ring(new_key + "," + old_key);
    CHECK(both.open(sealed, "here") == "secret");
    CHECK(both.sealing_id() == ring(new_key).sealing_id());
    CHECK_FALSE(ring(old_key).open(both.seal("secret", "here"), "here").has_value());
    CHECK_FALSE(ring(new_key).open(sealed, "here").has_value());
    CHECK(both.has_key(key_id_of(sealed)));
    CHECK_FALSE(ring(new_key).has_key(key_id_of(sealed)));
}

TEST_CASE("keys are 32 bytes in hex or base64, whichever way it is written") {
    const std::string bytes(32, '\xfb');
    const std::string url = base64url(bytes);
    std::string standard = url;
    for (char& c : standard) c = c == '-' ? '+' : c == '_' ? '/' : c;
    const std::string id = ring(url).sealing_id();
    CHECK(ring(standard + "=").sealing_id() == id);
    CHECK(ring(url + "=\n").sealing_id() == id);
    std::string hex;
    for (int i = 0; i < 32; ++i) hex += i % 2 == 0 ? "fb" : "FB";
    CHECK(ring(hex).sealing_id() == id);
    CHECK(ring(old_key + "\n" + hex + "\n").has_key(id));
    for (const std::string& wrong :
         {std::string(), std::string(","), old_key + ",", "," + old_key, old_key.substr(2),
          old_key + "11", std::string("passphrase of thirty-two characters"),
          url + "==", old_key + ", " + url, old_key + "," + old_key})
        CHECK_FALSE_MESSAGE(KeyRing::read(wrong).has_value(), wrong);
    CHECK(KeyRing::read(old_key + ",short").error().detail ==
          "key 2 is not 32 bytes in hex or base64");
}
