#include "tests/support/rule_runs.hpp"

#include "handlers/webhook_signature.hpp"

using namespace throughline;

using Texts = Runs::Texts;

TEST_CASE_FIXTURE(Runs, "who receives a rule's webhook can know that it is one") {
    const std::string id = on("contact.created", R"([{"type":"webhook.publish","url":")" +
                                                     sink.url("/hook") + "\"}]");
    contact();
    CHECK(ended(id, 1) == Texts{"succeeded"});
    const auto received = sink.requests();
    REQUIRE(received.size() == 1);
    const HttpReply told = client.get("/api/automations/signing-secret");
    REQUIRE_MESSAGE(told.status == 200, told.body);
    CHECK(received[0].header("webhook-signature") ==
          webhook_signature(webhook_key(body_of(told).text("secret")),
                            received[0].header("webhook-id"),
                            received[0].header("webhook-timestamp"), received[0].body));
}
