#include "handlers/automation/effect.hpp"

#include "domain/rules/actions.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE("there is something to do for each action that a rule is saved with") {
    Actions actions;
    for (const rules::ActionType& type : rules::action_types())
        actions.emplace(type.name, [](const Effect&) -> EffectResult { return Done{}; });
    CHECK(complete(actions).size() == rules::action_types().size());
    actions.erase("delay");
    CHECK_THROWS_WITH((void)complete(actions), "nothing does the action delay");
}
