#include "bus/ids.hpp"
#include "bus/memory_event_store.hpp"
#include "domain/record/ownership.hpp"
#include "handlers/commands.hpp"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <utility>

namespace throughline {
namespace {

/// Contacts, and notes that refer to them and have an author and an assignee.
Registry some_kinds() {
    return Registry({contact_kind(), organization_kind(),
                     Kind{"note",
                          "notes",
                          {text("name").required(), reference("contact_id", "contact"),
                           reference("author_id", "user"), reference("assignee_id", "user")}}});
}

/// A log in which something else happens right after a command has read its record.
class RacedStore : public MemoryEventStore {
  public:
    std::function<void()> after_read;
    std::vector<StreamHead> heads(const Uuid& tenant, std::span<const StreamKey> streams) override {
        auto found = MemoryEventStore::heads(tenant, streams);
        if (after_read) std::exchange(after_read, nullptr)();
        return found;
    }
};

/// Ann and Bob are members of a tenant.
struct Office {
    Registry registry = some_kinds();
    RacedStore store;
    RecordCommands commands{store, registry};
    const Kind& contacts = *registry.find("contact");
    const Kind& notes = *registry.find("note");
    Uuid tenant = new_id();
    Uuid ann = new_id();
    Uuid bob = new_id();
    bool others_hidden = false;

    Office() {
        for (const auto& [id, name] : {std::pair(ann, "Ann"), std::pair(bob, "Bob")})
            REQUIRE(finish(commands.create(by(Uuid{}), people, id, JsonObject{{"name", name}}))
                        .has_value());
    }

    /// The nil user is the server.
    [[nodiscard]] CommandContext by(const Uuid& user, const char* role = "member") const {
        CommandContext context;
        context.tenant = tenant;
        context.command_id = new_id();
        context.caller =
            user.is_nil() ? Caller::system() : Caller{user, level_of(role), others_hidden};
        context.origin.actor_id = user;
        return context;
    }
    Uuid made(const Kind& kind, JsonObject fields) {
        const auto written = finish(commands.create(by(Uuid{}), kind, new_id(), Json(fields)));
        REQUIRE(written.has_value());
        return written->id;
    }
    Uuid contact_of(const Uuid& owner) {
        return made(contacts, {{"name", "C"}, {"owner_id", to_string(owner)}});
    }
    /// The refusal of a change, if it is refused.
    std::optional<Rejection> change(const CommandContext& context, const Kind& kind, const Uuid& id,
                                    JsonObject fields) {
        const auto written = finish(commands.update(context, kind, id, Json(std::move(fields))));
        return written ? std::nullopt : std::optional(written.error());
    }

    const Kind people{"user", "users", {text("name")}};
};

std::string code_of(const Result<Written>& written) {
    if (written) return "written";
    return written.error().errors.empty()
               ? written.error().detail
               : written.error().errors.front().code + " " + written.error().errors.front().where;
}

} // namespace

TEST_CASE("what a record is to somebody, by fields and by state alike") {
    const Registry registry = some_kinds();
    const Kind& notes = *registry.find("note");
    const Uuid me = new_id();
    const Uuid other = new_id();
    const auto both = [&](const Kind& kind, JsonObject fields) {
        const Record record{1, false, std::move(fields), {}, {}};
        const Bond bond = bond_to(me, kind, record.fields);
        CHECK(bond_to(me, kind, state_text(kind, record)) == bond);
        return bond;
    };
    CHECK(both(notes, {{"author_id", to_string(me)}}) == Bond::own);
    CHECK(both(notes, {{"author_id", to_string(other)}, {"assignee_id", to_string(me)}}) ==
          Bond::own);
    CHECK(both(notes, {{"author_id", nullptr}, {"assignee_id", to_string(other)}}) == Bond::others);
    CHECK(both(notes, {{"author_id", to_string(other)}, {"assignee_id", nullptr}}) == Bond::others);
    CHECK(both(notes, {{"name", "N"}}) == Bond::unowned);
    CHECK(both(*registry.find("organization"), {{"name", to_string(me)}}) == Bond::shared);
}

TEST_CASE("members change and delete their own, managers everybody's") {
    Office office;
    const Uuid anns = office.contact_of(office.ann);
    const Uuid bobs = office.contact_of(office.bob);
    CHECK_FALSE(office.change(office.by(office.ann), office.contacts, anns, {{"name", "X"}}));
    const auto refused =
        office.change(office.by(office.ann), office.contacts, bobs, {{"name", "X"}});
    REQUIRE(refused);
    CHECK(refused->refusal == Refusal::forbidden);
    CHECK(refused->denied == Permission::records_change);
    CHECK_FALSE(
        office.change(office.by(office.ann, "manager"), office.contacts, bobs, {{"name", "X"}}));
    const auto removed =
        finish(office.commands.remove(office.by(office.ann), office.contacts, bobs));
    REQUIRE_FALSE(removed.has_value());
    CHECK(removed.error().denied == Permission::records_delete);
    CHECK(finish(office.commands.remove(office.by(office.ann), office.contacts, anns)).has_value());
    CHECK(finish(office.commands.restore(office.by(office.bob), office.contacts, anns))
              .error()
              .denied == Permission::records_delete);
    CHECK(
        finish(office.commands.restore(office.by(office.ann), office.contacts, anns)).has_value());
    const auto viewers =
        finish(office.commands.create(office.by(office.ann, "viewer"), office.contacts, new_id(),
                                      Json(JsonObject{{"name", "V"}})));
    CHECK(viewers.error().denied == Permission::records_create);
    CommandContext nobody = office.by(office.ann);
    nobody.caller = {};
    CHECK(office.change(nobody, office.contacts, anns, {{"name", "X"}}).has_value());
}

TEST_CASE("a change that loses its record to another owner on the way is refused") {
    Office office;
    const Uuid contact = office.contact_of(office.ann);
    RecordCommands elsewhere(office.store, office.registry); // another server
    office.store.after_read = [&] {
        const Json away = JsonObject{{"owner_id", to_string(office.bob)}};
        REQUIRE(finish(elsewhere.update(office.by(Uuid{}), office.contacts, contact, away))
                    .has_value());
    };
    const auto refused =
        office.change(office.by(office.ann), office.contacts, contact, {{"name", "Mine"}});
    REQUIRE(refused);
    CHECK(refused->denied == Permission::records_change);
    const std::array key{StreamKey{"contact", contact}};
    CHECK(office.store.heads(office.tenant, key).front().title == "C");
}

TEST_CASE("a hidden record is as good as none: not changed, not named as stale, not referred to") {
    Office office;
    const Uuid bobs =
        office.made(office.contacts, {{"name", "Secret"}, {"owner_id", to_string(office.bob)}});
    const Uuid anns = office.contact_of(office.ann);
    office.others_hidden = true;
    CommandContext stale = office.by(office.ann);
    stale.if_match = {std::vector<std::int64_t>{7}};
    for (const CommandContext& context : {office.by(office.ann), stale}) {
        const auto refused = office.change(context, office.contacts, bobs, {{"name", "X"}});
        REQUIRE(refused);
        CHECK(refused->refusal == Refusal::not_found);
        CHECK(refused->denied == Permission::records_read_hidden);
    }
    const auto note = [&](const CommandContext& context, JsonObject fields) {
        fields.set("name", "N");
        return code_of(finish(
            office.commands.create(context, office.notes, new_id(), Json(std::move(fields)))));
    };
    const CommandContext ann = office.by(office.ann);
    CHECK(note(ann, {{"contact_id", to_string(anns)}}) == "written");
    CHECK(note(office.by(office.ann), {{"contact_id", to_string(bobs)}}) ==
          note(office.by(office.ann), {{"contact_id", to_string(new_id())}}));
    CHECK(note(office.by(office.ann), {{"contact_id", to_string(bobs)}}) ==
          "unknown_reference /contact_id");
    CHECK(note(office.by(office.ann), {{"contact", "secret"}}) == "unknown_reference /contact");
    CHECK(note(office.by(office.bob), {{"contact", "secret"}}) == "written");
    CHECK(note(office.by(office.ann, "manager"), {{"contact", "secret"}}) == "written");
}

} // namespace throughline
