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

namespace {

/// A run whose first action's output is this, and what its second is then given.
struct SecondAction {
    CompiledRule rule;
    TakenRun run;
    JsonObject given;

    explicit SecondAction(const Json& output) {
        const JsonObject first{
            {"type", "queue.enqueue"}, {"queue", "q"}, {"payload", JsonObject{{"n", 1}}}};
        const JsonObject second{
            {"type", "queue.enqueue"},
            {"queue", "q"},
            {"payload", JsonObject{{"status", "{{actions.0.status}}"},
                                   {"type", "{{actions.0.headers.content-type}}"},
                                   {"body", "{{actions.0.body}}"},
                                   {"cut", "{{actions.0.truncated}}"}}}};
        rule.actions = rules::check_actions(JsonArray{first, second}).value();
        const RunFacts facts = facts_of(run, rule);
        RunActions doing(run, rule, facts, {});
        const Actions actions{{"queue.enqueue", [&](const Effect& effect) -> EffectResult {
                                   given = *effect.parameters.find("payload")->object();
                                   return Done{output};
                               }}};
        for (std::size_t i = 0; i < rule.actions.size(); ++i)
            CHECK(std::holds_alternative<Done>(doing.perform(i, actions)));
    }
};

JsonObject answer(const std::string& body) {
    return {{"status", 200},
            {"headers", JsonObject{{"content-type", "text/plain"}}},
            {"body", body},
            {"truncated", false}};
}

} // namespace

TEST_CASE("a later action sees a long answer whole") {
    for (const std::string& body :
         {std::string(100U << 10, 'x'), std::string(256U << 10, '"')}) { // a quote is two bytes
        const SecondAction second(answer(body));
        CHECK(second.given ==
              JsonObject{{"status", 200}, {"type", "text/plain"}, {"body", body}, {"cut", false}});
    }
}

TEST_CASE("of an output that is too long later actions see the short members") {
    const SecondAction second(answer(std::string(700U << 10, 'x')));
    CHECK(second.given ==
          JsonObject{{"status", 200}, {"type", "text/plain"}, {"body", Json()}, {"cut", true}});
}

TEST_CASE("the ledger of a run keeps no more than two megabytes of long outputs") {
    const Json action = JsonObject{{"type", "queue.enqueue"}, {"queue", "q"}, {"payload", 1}};
    CompiledRule rule;
    rule.actions = rules::check_actions(JsonArray(8, action)).value();
    TakenRun run;
    const RunFacts facts = facts_of(run, rule);
    RunActions doing(run, rule, facts, {});
    const Actions actions{{"queue.enqueue", [&](const Effect&) -> EffectResult {
                               return Done{answer(std::string(400'000, 'x'))};
                           }}};
    for (std::size_t i = 0; i < rule.actions.size(); ++i)
        CHECK(std::holds_alternative<Done>(doing.perform(i, actions)));
    CHECK(to_text(Json(run.actions)).size() < 2'200'000);
    CHECK(run.actions[4].find("output")->text("body").size() == 400'000);
    CHECK(run.actions[7].find("output")->find("body")->is_null());
    CHECK(*run.actions[7].find("output")->find("status") == Json(200));
}
