#include "bus/ids.hpp"
#include "bus/memory_event_store.hpp"
#include "domain/record/custom_fields.hpp"
#include "handlers/commands.hpp"
#include "handlers/merges.hpp"
#include "handlers/tenant_kinds.hpp"
#include "tests/support/ownership.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <functional>
#include <thread>
#include <utility>

namespace throughline {
namespace {

/// A tenant with one member who gives commands.
struct Desk : Ownership {
    Registry registry = standard_registry();
    MemoryEventStore store;
    RecordCommands commands{store, registry};
    const Kind& contacts = *registry.find("contact");
    const Kind& organizations = *registry.find("organization");
    Written created(const std::string& body) {
        auto result = finish(commands.create(context(), contacts, new_id(), parse_json(body)));
        REQUIRE(result.has_value());
        return *result;
    }
    std::vector<StoredEvent> log() { return store.log(0, 1000, {}).events; }
};

std::string text(const Record& record, std::string_view field) {
    const Json* value = record.fields.find(field);
    return value != nullptr && value->string() != nullptr ? *value->string() : "";
}

/// A log in which another command passes right after something was looked for.
class RacedStore : public MemoryEventStore {
  public:
    std::function<void()> after_look_up;
    std::vector<StreamHead> heads_by_title(const Uuid& tenant, const std::string& kind,
                                           const std::string& title) override {
        auto found = MemoryEventStore::heads_by_title(tenant, kind, title);
        if (after_look_up) std::exchange(after_look_up, nullptr)();
        return found;
    }
    std::function<void()> after_key_look_up;
    std::vector<std::optional<Committed>> outcomes(const Uuid& tenant,
                                                   std::span<const Uuid> commands) override {
        auto found = MemoryEventStore::outcomes(tenant, commands);
        if (after_key_look_up) std::exchange(after_key_look_up, nullptr)();
        return found;
    }
};

/// A log that says what became of a command when it is told to.
class HeldStore : public MemoryEventStore {
  public:
    PendingOutcome append(Command command) override {
        if (!holds) return MemoryEventStore::append(std::move(command));
        held.emplace_back(std::move(command), Promise<Outcome>());
        return held.back().second.pending();
    }
    void tell_next() {
        auto [command, promise] = std::move(held.front());
        held.erase(held.begin());
        promise.tell(MemoryEventStore::append(std::move(command)).get());
    }
    bool holds = false;
    std::vector<std::pair<Command, Promise<Outcome>>> held;
};

} // namespace

TEST_CASE("an organization made between look-up and plan is linked, not made again") {
    Desk desk;
    RacedStore store;
    RecordCommands commands(store, desk.registry);
    const Json body = parse_json(R"({"name":"Ada","organization":"Acme"})");
    store.after_look_up = [&] {
        REQUIRE(finish(commands.create(desk.context(), desk.contacts, new_id(), body)).has_value());
    };
    REQUIRE(finish(commands.create(desk.context(), desk.contacts, new_id(), body)).has_value());
    LogFilter organizations;
    organizations.kind = "organization";
    CHECK(store.log(0, 100, organizations).events.size() == 1);
}

TEST_CASE("a contact and the organization it names are created in one commit") {
    Desk desk;
    const Written contact = desk.created(R"({"name":"Ada","organization":"Acme"})");
    const auto log = desk.log();
    REQUIRE(log.size() == 2);
    CHECK(log[0].type == "organization.created");
    CHECK(log[1].type == "contact.created");
    CHECK(text(contact.record, "organization_id") == to_string(log[0].stream.id));
    CHECK(log[1].links == std::vector{log[0].stream});
    CHECK(log[0].origin.correlation_id == log[1].origin.correlation_id);
    CHECK(text(contact.record, "owner_id") == to_string(desk.member));
    CHECK(contact.position == 2);
}

TEST_CASE("an organization's name is taken again after it was renamed") {
    Desk desk;
    const Uuid first = uuid_of(
        text(desk.created(R"({"name":"A","organization":"Acme"})").record, "organization_id"));
    REQUIRE(finish(desk.commands.update(desk.context(), desk.organizations, first,
                                        parse_json(R"({"name":"Acme Holding"})")))
                .has_value());
    const Uuid second = uuid_of(
        text(desk.created(R"({"name":"B","organization":"Acme"})").record, "organization_id"));
    CHECK(second != first);
    const Uuid third = uuid_of(
        text(desk.created(R"({"name":"C","organization":"acme"})").record, "organization_id"));
    CHECK(third == second);
}

TEST_CASE("a change that changes nothing is no event") {
    Desk desk;
    const Written contact = desk.created(R"({"name":"Ada","tags":["x"]})");
    const auto same =
        finish(desk.commands.update(desk.context(), desk.contacts, contact.id,
                                    parse_json(R"({"name":"Ada","tags":["x"],"status":"new"})")));
    REQUIRE(same.has_value());
    CHECK(same->record.version == 1);
    CHECK(desk.log().size() == 1);
}

TEST_CASE("a put may repeat what is read only and not change it") {
    Desk desk;
    const Written contact = desk.created(R"({"name":"Ada"})");
    const auto update = [&](const std::string& body) {
        return finish(
            desk.commands.update(desk.context(), desk.contacts, contact.id, parse_json(body)));
    };
    CHECK(update(R"({"name":"Ada L","id":")" + to_string(contact.id) + R"(","version":1})")
              .has_value());
    const auto wrong = update(R"({"version":7})");
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().errors.front() ==
          FieldError{"/version", "read_only", wrong.error().errors.front().detail, false});
}

TEST_CASE("a command id takes effect once; another request under it is refused") {
    Desk desk;
    CommandContext context = desk.context();
    context.request_hash = "h1";
    const auto first = finish(
        desk.commands.create(context, desk.contacts, new_id(), parse_json(R"({"name":"Ada"})")));
    const auto again = finish(
        desk.commands.create(context, desk.contacts, new_id(), parse_json(R"({"name":"Ada"})")));
    REQUIRE(first.has_value());
    REQUIRE(again.has_value());
    CHECK(again->replayed);
    CHECK(again->id == first->id);
    CHECK(again->record == first->record);
    CHECK(again->status == 201);
    context.request_hash = "h2";
    CHECK_FALSE(finish(desk.commands.create(context, desk.contacts, new_id(),
                                            parse_json(R"({"name":"Eve"})")))
                    .has_value());
    CHECK(desk.log().size() == 1);
}

TEST_CASE("a request that another server does first under the same key is told its answer") {
    Desk desk;
    RacedStore store;
    RecordCommands commands(store, desk.registry);
    const Uuid id = new_id();
    REQUIRE(
        finish(commands.create(desk.context(), desk.contacts, id, parse_json(R"({"name":"Ada"})")))
            .has_value());
    CommandContext context = desk.context();
    context.request_hash = "h1";
    store.after_key_look_up = [&] {
        REQUIRE(finish(commands.remove(context, desk.contacts, id)).has_value());
    };
    const auto late = finish(commands.remove(context, desk.contacts, id));
    REQUIRE(late.has_value());
    CHECK(late->replayed);
    CHECK(late->status == 204);
    context.command_id = new_id();
    CHECK_FALSE(finish(commands.remove(context, desk.contacts, id)).has_value());
}

TEST_CASE("what refers to nothing, or to what was deleted, is refused") {
    Desk desk;
    const auto refused = [&](const std::string& body) {
        const auto result =
            finish(desk.commands.create(desk.context(), desk.contacts, new_id(), parse_json(body)));
        REQUIRE_FALSE(result.has_value());
        return result.error().errors.front().code + " " + result.error().errors.front().where;
    };
    CHECK(refused(R"({"name":"A","owner_id":"01890000-0000-7000-8000-000000000000"})") ==
          "unknown_reference /owner_id");
    const Written linked = desk.created(R"({"name":"Ada","organization":"Acme"})");
    const std::string id = text(linked.record, "organization_id");
    REQUIRE(
        finish(desk.commands.remove(desk.context(), desk.organizations, uuid_of(id))).has_value());
    CHECK(refused(R"({"name":"B","organization_id":")" + id + "\"}") ==
          "unknown_reference /organization_id");
    CHECK(
        text(desk.created(R"({"name":"B","organization":" "})").record, "organization_id").empty());
    // What it referred to before may be sent again.
    CHECK(finish(desk.commands.update(
                     desk.context(), desk.contacts, linked.id,
                     parse_json(R"({"name":"Ada L","organization_id":")" + id + "\"}")))
              .has_value());
}

TEST_CASE("a key names the member it acts for as an owner, and not itself") {
    Desk desk;
    const Uuid contact = desk.created(R"({"name":"Ada"})").id;
    CommandContext context = desk.context();
    context.origin.actor_id = new_id();
    const auto owned_by = [&](const Uuid& owner) {
        context.command_id = new_id();
        return finish(desk.commands.update(context, desk.contacts, contact,
                                           JsonObject{{"owner_id", to_string(owner)}}));
    };
    const auto refused = owned_by(context.origin.actor_id);
    REQUIRE(refused.has_error());
    CHECK(refused.error().errors.front().code == "unknown_reference");
    CHECK(finish(desk.commands.update(desk.context(), desk.contacts, contact,
                                      JsonObject{{"owner_id", nullptr}}))
              .has_value());
    CHECK(owned_by(desk.member).has_value());
}

TEST_CASE("what a read shows beside a reference may be written back, a cut name too") {
    Desk desk;
    const Kind& messages = *desk.registry.find("message");
    const std::string start = R"({"channel":"chat","direction":"in","body":")";
    const auto created = [&](const std::string& body) {
        return finish(desk.commands.create(desk.context(), messages, new_id(), parse_json(body)))
            .value()
            .id;
    };
    const auto updated = [&](const Uuid& id, const Json& body) {
        return finish(desk.commands.update(desk.context(), messages, id, body));
    };
    const Uuid first = created(start + std::string(254, 'a') + " and more\"}");
    const Uuid second = created(start + R"(Yes","thread_id":")" + to_string(first) + "\"}");
    const std::array keys{StreamKey{"message", first}};
    const std::string title = desk.store.heads(desk.tenant, keys).front().title;
    CHECK(title == std::string(254, 'a'));
    JsonObject body{{"thread_id", to_string(first)}, {"thread", title}};
    CHECK(updated(second, body).value().record.version == 1);
    body.set("thread", nullptr); // it is not hidden
    for (const Uuid& id : {second, first}) {
        const auto refused = updated(id, body);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().errors.front().where == "/thread");
    }
}

TEST_CASE("a tenant's own reference keeps what is gone, and takes the survivor of what is merged") {
    Desk desk;
    const Kind contacts = with_custom_fields(
        desk.contacts,
        *parse_json(R"([{"key":"friend","type":"reference","target":"contact"}])").array());
    const auto body = [](const std::string& name, const Uuid& friend_id) {
        return Json(
            JsonObject{{"name", name}, {"metadata", JsonObject{{"friend", to_string(friend_id)}}}});
    };
    const auto created = [&](const std::string& name, const Uuid& friend_id) {
        return finish(
            desk.commands.create(desk.context(), contacts, new_id(), body(name, friend_id)));
    };
    const Uuid gone = desk.created(R"({"name":"Gone"})").id;
    const Uuid ada = created("Ada", gone).value().id;
    REQUIRE(finish(desk.commands.remove(desk.context(), contacts, gone)).has_value());
    CHECK(finish(desk.commands.update(desk.context(), contacts, ada, body("Ada L", gone)))
              .has_value());
    const auto refused = created("Bob", gone);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().errors.front().where == "/metadata/friend");

    const Uuid twin = desk.created(R"({"name":"Twin"})").id;
    const Merges merges(desk.store, desk.commands);
    REQUIRE(finish(merges.merge(
                       desk.context(), contacts,
                       JsonObject{{"into", to_string(ada)}, {"from", JsonArray{to_string(twin)}}}))
                .has_value());
    const Written late = created("Late", twin).value();
    CHECK(late.record.fields.find("metadata")->text("friend") == to_string(ada));
}

TEST_CASE("a tenant's own reference that was saved with the plural of a kind is one to that kind") {
    Desk desk;
    const Kind kind = custom_fields_kind();
    const CommandContext context = desk.context();
    const Json saved = parse_json(R"({"kind":"contact","fields":[
        {"key":"friend","type":"reference","target":"contacts"},
        {"key":"buddy","type":"reference","target":"user"}]})");
    const Uuid id = custom_fields_stream(context.tenant, desk.contacts).id;
    REQUIRE(finish(desk.commands.create(context, kind, id, saved)).has_value());
    TenantKinds kinds(desk.store, desk.registry);
    const auto own = kinds.of(context.tenant, desk.contacts);
    REQUIRE(own->custom.size() == 2);
    CHECK(own->custom[0].target == "contact");
    CHECK(own->custom[1].target == "user");
}

TEST_CASE("a change waits for its turn without holding anybody up, and not among too many") {
    Desk desk;
    HeldStore store;
    RecordCommands commands(store, desk.registry);
    const Uuid id = new_id();
    REQUIRE(
        finish(commands.create(desk.context(), desk.contacts, id, parse_json(R"({"name":"Ada"})")))
            .has_value());
    store.holds = true;
    const auto change = [&](int i) {
        return commands.update(desk.context(), desk.contacts, id,
                               parse_json(R"({"metadata":{"k)" + std::to_string(i) + R"(":1}})"));
    };
    auto first = change(0);
    std::vector<PendingWrite> waiting;
    for (int i = 1; i <= 1000; ++i) waiting.push_back(*change(i));
    CHECK(store.held.size() == 1);
    const auto refused = change(1001);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().refusal == Refusal::unavailable);

    int ready = 0;
    waiting.front().on_ready([&] { ++ready; });
    CHECK(ready == 0);
    store.tell_next();
    CHECK(first->finish()->record.version == 2);
    CHECK(ready == 1); // its turn has come
    CHECK_FALSE(waiting.front().proceed().has_value());
    CHECK(store.held.size() == 1);
    store.tell_next();
    CHECK(waiting.front().proceed()->value().record.version == 3);
}

TEST_CASE("a change that waits for its turn when the server ends is unavailable, and not written") {
    Desk desk;
    HeldStore store;
    RecordCommands commands(store, desk.registry);
    const Uuid id = new_id();
    const Json ada = parse_json(R"({"name":"Ada"})");
    REQUIRE(finish(commands.create(desk.context(), desk.contacts, id, ada)).has_value());
    store.holds = true;
    const auto change = [&] {
        return commands.update(desk.context(), desk.contacts, id,
                               parse_json(R"({"name":"Grace"})"));
    };
    auto first = change();
    auto second = change();
    bool is_ready = false;
    second->on_ready([&] { is_ready = true; });
    commands.begin_stop();
    CHECK(is_ready);
    const auto refused = second->finish();
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().refusal == Refusal::unavailable);
    CHECK(change().error().refusal == Refusal::unavailable);
    store.tell_next();
    CHECK(first->finish()->record.version == 2);
    CHECK(store.held.empty());
}

TEST_CASE("forty threads that change one record lose no change") {
    Desk desk;
    const Written contact = desk.created(R"({"name":"Ada"})");
    std::vector<std::thread> threads;
    std::atomic<int> passed = 0;
    for (int i = 0; i < 40; ++i)
        threads.emplace_back([&, i] {
            const auto result = finish(desk.commands.update(
                desk.context(), desk.contacts, contact.id,
                parse_json(R"({"metadata":{"k)" + std::to_string(i) + R"(":1}})")));
            passed += result.has_value() ? 1 : 0;
        });
    for (std::thread& thread : threads) thread.join();
    const std::array keys{StreamKey{"contact", contact.id}};
    const StreamHead head = desk.store.heads(desk.tenant, keys).front();
    const Record record = record_from_state(desk.contacts, head.state, head.version, head.archived);
    CHECK(passed == 40); // they take turns: none is refused
    CHECK(record.fields.find("metadata")->object()->size() == 40);
    CHECK(head.version == 41);
}

} // namespace throughline
