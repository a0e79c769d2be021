#pragma once
#include "bus/ids.hpp"
#include "handlers/assist/built_in_ai.hpp"
#include "handlers/automation/actions/house_actions.hpp"
#include "handlers/identity/members.hpp"
#include "handlers/mail_folder.hpp"
#include "tests/support/identity_world.hpp"
#include "tests/support/temporary_folder.hpp"

#include <array>

namespace throughline {

/// The actions of rules that stay in the house, on a tenant with an owner and a member.
struct HouseWorld : IdentityWorld {
    HouseWorld() : HouseWorld(nullptr) {}
    explicit HouseWorld(TopicPublisher* topics) : publisher(topics) {}

    Registry registry = standard_registry();
    RecordCommands commands{store, registry};
    Members members{store, commands, credentials, hasher};
    SignedIn ada = register_tenant("ada@example.com");
    Uuid tenant = ada.as.tenant.id;
    Uuid owner = ada.as.member.id;
    TopicPublisher* publisher;
    TemporaryFolder folder;
    MailFolder mailer{folder.path() / "mail", "crm@example.com"};
    Notifications notifications{app, system};
    Queues queues{app, system, publisher, std::chrono::hours(24)};
    Analytics analytics{app, system, publisher};
    BuiltInAi ai;
    Actions actions =
        house_actions({store, commands, registry, notifications, mailer, queues, analytics, ai});
    RunFacts run = facts();

    [[nodiscard]] RunFacts facts() const {
        RunFacts made;
        made.tenant = tenant;
        made.run = new_id();
        made.rule = new_id();
        made.rule_name = "Welcome";
        made.trigger_type = "contact.created";
        made.owner = {owner, level_of("owner"), false};
        made.event.id = new_id();
        return made;
    }
    [[nodiscard]] CommandContext by_owner() const {
        CommandContext context;
        context.tenant = tenant;
        context.command_id = new_id();
        context.origin.actor_id = owner;
        context.caller = Caller::system();
        return context;
    }
    Uuid add_member(const std::string& email) {
        const auto added =
            members.add(by_owner(), "owner", {"Bob", email, "member", "battery staple"});
        REQUIRE(added.has_value());
        return added->id;
    }
    Uuid create(const std::string& kind, const Json& fields) {
        const auto written =
            finish(commands.create(by_owner(), *registry.find(kind), new_id(), fields));
        REQUIRE(written.has_value());
        return written->id;
    }
    [[nodiscard]] Json state(const std::string& kind, const Uuid& id) {
        const std::array keys{StreamKey{kind, id}};
        return parse_json(store.heads(tenant, keys).front().state);
    }

    [[nodiscard]] Effect effect(const std::string& type, JsonObject parameters) const {
        return {new_id(), run, type, std::move(parameters)};
    }
    EffectResult attempt(const Effect& of) { return actions.at(of.type)(of); }
    /// Twice, as after a crash: both attempts must give the same.
    Json twice(const Effect& of) {
        const EffectResult first = attempt(of);
        const EffectResult second = attempt(of);
        REQUIRE_MESSAGE(std::holds_alternative<Done>(first), fault(first));
        REQUIRE_MESSAGE(std::holds_alternative<Done>(second), fault(second));
        CHECK(std::get<Done>(first).output == std::get<Done>(second).output);
        return std::get<Done>(second).output;
    }
    Json twice(const std::string& type, JsonObject parameters) {
        return twice(effect(type, std::move(parameters)));
    }
    static std::string fault(const EffectResult& end) {
        const auto* const failed = std::get_if<Failed>(&end);
        return failed == nullptr ? "" : failed->detail;
    }
    /// What a permanent failure says.
    std::string refusal(const std::string& type, JsonObject parameters) {
        const EffectResult end = attempt(effect(type, std::move(parameters)));
        const auto* const failed = std::get_if<Failed>(&end);
        REQUIRE(failed != nullptr);
        CHECK_FALSE(failed->is_transient);
        return failed->detail;
    }
    [[nodiscard]] std::size_t count_of_kind(const std::string& kind) {
        return store.heads_of_kind(tenant, kind, {}, 100).size();
    }
};

} // namespace throughline
