#include "handlers/automation/run_steps.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE("the ledger of a run keeps what its actions were given as far as there is room") {
    const Json action = JsonObject{{"type", "queue.enqueue"},
                                   {"queue", "q"},
                                   {"payload", JsonArray(9, std::string(100'000, 'x'))}};
    CompiledRule rule;
    rule.actions = rules::check_actions(JsonArray(6, action)).value();
    TakenRun run;
    const RunFacts facts = facts_of(run, rule);
    RunActions doing(run, rule, facts, {});
    std::size_t given = 0; // it reaches the action whole
    const Actions actions{{"queue.enqueue", [&](const Effect& effect) -> EffectResult {
                               given = to_text(Json(effect.parameters)).size();
                               return Done{};
                           }}};
    for (std::size_t i = 0; i < rule.actions.size(); ++i) {
        CHECK(std::holds_alternative<Done>(doing.perform(i, actions)));
        CHECK(given > 900'000);
    }
    CHECK(to_text(Json(run.actions)).size() < 4U << 20);
    CHECK(run.actions[3].find("input")->find("payload") != nullptr);
    CHECK(to_text(*run.actions[5].find("input")) == R"({"truncated":true})");
    (void)doing.perform(0, actions); // again: it is no longer than before
    CHECK(run.actions[0].find("input")->find("payload") != nullptr);
}
