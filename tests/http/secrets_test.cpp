#include "bus/ids.hpp"
#include "handlers/secrets/secrets.hpp"
#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

const std::string old_key(64, '1');
const std::string new_key(64, '2');

bool says(const std::string& output, const std::string& text) {
    return output.find(text) != std::string::npos;
}

} // namespace

TEST_CASE("rotate-secrets reseals beside the server, which warns of a key that is missing") {
    TestServer server({{"SECRET_KEYS", old_key}});
    const Uuid tenant = new_id();
    Database system(server.database().url(), Role::system, 1);
    const KeyRing old_ring = *KeyRing::read(old_key);
    const KeyRing new_ring = *KeyRing::read(new_key);
    Secrets(system, old_ring).put(tenant, "webhook/1", "whsec_1");

    server.process().set_variable("SECRET_KEYS", new_key);
    const FinishedProcess without = server.process().run({"rotate-secrets"});
    CHECK(without.status == 1);
    CHECK(says(without.output, old_ring.sealing_id()));
    server.process().terminate();
    server.process().start();
    CHECK(says(server.process().output(), "sealed with key " + old_ring.sealing_id()));

    server.process().set_variable("SECRET_KEYS", new_key + "," + old_key);
    const FinishedProcess rotated = server.process().run({"rotate-secrets"});
    CHECK(rotated.status == 0);
    CHECK(says(rotated.output, "1 secret is now sealed"));
    CHECK(Secrets(system, new_ring).get(tenant, "webhook/1") == "whsec_1");
    CHECK_FALSE(says(server.process().output(), "whsec_1"));
}

TEST_CASE(
    "without SECRET_KEYS one is made and kept for its owner; a wrong one is refused by name") {
    TestServer server;
    const auto file = server.process().data_folder() / "secret_keys";
    REQUIRE(std::filesystem::exists(file));
    CHECK(std::filesystem::status(file).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    const std::string kept = text_of_file(file);
    CHECK(KeyRing::read(kept).has_value());
    CHECK(server.process().run({"rotate-secrets"}).status == 0);
    CHECK(text_of_file(file) == kept);
    server.process().set_variable("SECRET_KEYS", old_key + ",passphrase");
    const FinishedProcess refused = server.process().run({"rotate-secrets"});
    CHECK(refused.status == 1);
    CHECK(says(refused.output, "SECRET_KEYS key 2 is not 32 bytes in hex or base64"));
    CHECK_FALSE(says(refused.output, "passphrase"));
}
