#include "tests/support/house.hpp"
#include "tests/support/mails.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE_FIXTURE(HouseWorld, "a rule creates a task once, linked to what the event was about") {
    const Uuid contact = create("contact", JsonObject{{"name", "Ada Lovelace"}});
    run.subject = StreamKey{"contact", contact};
    const Json task = twice(
        "task.create", {{"task_data", JsonObject{{"title", "Call"}, {"due_date", "2026-12-01"}}}});
    CHECK(task.text("kind") == "task");
    CHECK(task.text("name") == "Call");
    CHECK(task.text("contact_id") == to_string(contact));
    CHECK(task.text("owner_id") == to_string(owner));
    CHECK(count_of_kind("task") == 1);

    const auto events = store.stream(tenant, {"task", uuid_of(task.text("id"))}, 0, 9);
    REQUIRE(events.size() == 1);
    const Origin& origin = events.front().origin;
    CHECK(origin.channel == "automation");
    CHECK(origin.actor_type == "automation");
    CHECK(origin.actor_id == owner);
    CHECK(origin.causation_id == run.event.id);
    CHECK(origin.correlation_id == run.run);
    CHECK(Json(origin.details).text("rule_id") == to_string(run.rule));
    CHECK(Json(origin.details).text("rule_name") == "Welcome");
    CHECK(Json(origin.details).text("trigger_type") == "contact.created");
}

TEST_CASE_FIXTURE(HouseWorld, "the flat form finds its assignee by id, address or name") {
    const Uuid bob = add_member("bob@example.com");
    for (const std::string& assignee :
         {to_string(bob), std::string("BOB@example.com"), std::string("Bob")}) {
        CAPTURE(assignee);
        const Json task = twice(
            "create_task",
            {{"title", 12}, {"description", ""}, {"assignee", assignee}, {"priority", nullptr}});
        CHECK(task.text("assignee_id") == to_string(bob));
        CHECK(task.text("name") == "12");
        CHECK(task.text("priority") == "medium");
    }
    CHECK(refusal("create_task", {{"title", "x"}, {"assignee", "Nobody"}}).find("/assignee: ") !=
          std::string::npos);
    CHECK(count_of_kind("task") == 3);
}

TEST_CASE_FIXTURE(HouseWorld,
                  "a reference that is given wins; a subject that is gone is left out") {
    const Uuid contact = create("contact", JsonObject{{"name", "Ada"}});
    const Uuid other = create("contact", JsonObject{{"name", "Bob"}});
    run.subject = StreamKey{"contact", contact};
    const auto linked = [&](JsonObject data) {
        return twice("task.create", {{"task_data", std::move(data)}}).text("contact_id");
    };
    CHECK(linked({{"title", "x"}, {"contact_id", to_string(other)}}) == to_string(other));
    REQUIRE(finish(commands.remove(by_owner(), *registry.find("contact"), contact)).has_value());
    CHECK(linked({{"title", "x"}}) == "");
    run.subject = StreamKey{"user", owner};
    CHECK(twice("task.create", {{"task_data", JsonObject{{"title", "x"}}}}).text("assignee_id") ==
          "");
    const Uuid organization = create("organization", JsonObject{{"name", "Engines"}});
    run.subject = StreamKey{"organization", organization};
    const Json project = twice("project.create", {{"project_data", JsonObject{{"name", "Go"}}}});
    CHECK(project.text("organization_id") == to_string(organization));
}

TEST_CASE_FIXTURE(HouseWorld,
                  "what the API refuses a rule's action is refused too, and says where") {
    CHECK(refusal("task.create", {{"task_data", JsonObject{{"title", "x"}, {"colour", "red"}}}})
              .find("/task_data/colour: ") != std::string::npos);
    CHECK(refusal("task.create", {{"task_data", "text"}}) != "");
    CHECK(refusal("project.create", {}) != "");
    run.owner = {owner, level_of("viewer"), false};
    CHECK(refusal("task.create", {{"task_data", JsonObject{{"title", "x"}}}}) != "");
    CHECK(count_of_kind("task") == 0);
    CHECK(count_of_kind("project") == 0);
}

TEST_CASE_FIXTURE(HouseWorld, "an update is of the record named, else of the event's own") {
    const Uuid deal = create("deal", JsonObject{{"name", "Engine"}, {"value", 10}});
    const JsonObject changes{{"changes", JsonObject{{"value", 20}}}};
    CHECK(refusal("deal.update", changes) == "/id: It is required: the event is about no deal.");
    run.subject = StreamKey{"deal", deal};
    const Json updated = twice("deal.update", changes);
    CHECK(updated.text("id") == to_string(deal));
    CHECK(to_text(*state("deal", deal).find("value")) == "20");
    CHECK(store.stream(tenant, {"deal", deal}, 0, 9).size() == 2);

    const Uuid contact = create("contact", JsonObject{{"name", "Ada"}});
    (void)twice("contact.update",
                {{"id", to_string(contact)}, {"changes", JsonObject{{"job_position", "Poet"}}}});
    CHECK(state("contact", contact).text("job_position") == "Poet");
    CHECK(refusal("contact.update", {{"id", "x"}, {"changes", JsonObject{}}}) ==
          "/id: It is no id.");
    CHECK(refusal("contact.update", {{"id", to_string(deal)}, {"changes", JsonObject{}}}) ==
          "There is no such contact.");
    CHECK(refusal("deal.update", {{"changes", JsonObject{{"value", "much"}}}})
              .find("/changes/value: ") != std::string::npos);
}

TEST_CASE_FIXTURE(HouseWorld, "an update that came late does not undo what somebody did since") {
    const Uuid contact = create("contact", JsonObject{{"name", "Ada"}});
    run.subject = StreamKey{"contact", contact};
    const Effect once =
        effect("contact.update", {{"changes", JsonObject{{"job_position", "Poet"}}}});
    REQUIRE(std::holds_alternative<Done>(attempt(once)));
    REQUIRE(finish(commands.update(by_owner(), *registry.find("contact"), contact,
                                   JsonObject{{"job_position", "Engineer"}}))
                .has_value());
    CHECK(std::holds_alternative<Done>(attempt(once)));
    CHECK(state("contact", contact).text("job_position") == "Engineer");
}

TEST_CASE_FIXTURE(HouseWorld, "a status is given to whatever has the id, and a stage to a deal") {
    const Uuid deal = create("deal", JsonObject{{"name", "Engine"}});
    const Uuid task = create("task", JsonObject{{"name", "Call"}});
    const Uuid organization = create("organization", JsonObject{{"name", "Engines"}});
    const auto set = [](const Uuid& id, const char* status) {
        return JsonObject{{"entity_id", to_string(id)}, {"new_status", status}};
    };
    CHECK(twice("update_status", set(deal, "won")).text("stage") == "won");
    JsonObject by_type = set(task, "completed");
    by_type.append("entity_type", "Tasks");
    CHECK(twice("update_status", by_type).text("status") == "completed");
    CHECK(refusal("update_status", set(task, "asleep")).find("/new_status/status: ") !=
          std::string::npos);
    CHECK(refusal("update_status", set(organization, "new")) ==
          "/entity_type: Of its kind none has a status.");
    CHECK(refusal("update_status", set(new_id(), "new")) == "/entity_id: No record has this id.");
}

TEST_CASE_FIXTURE(HouseWorld, "a message is posted as a record, and by email as a mail too") {
    const Uuid contact = create("contact", JsonObject{{"name", "Ada"}});
    run.subject = StreamKey{"contact", contact};
    const Json note = twice("message.post", {{"channel", "slack"}, {"body", "Hello"}});
    CHECK(note.text("direction") == "out");
    CHECK(note.text("contact_id") == to_string(contact));
    const Json mail = twice("message.post", {{"channel", "email"},
                                             {"to", JsonArray{"a@example.com", "b@example.com"}},
                                             {"body", "Welcome!\nGood to see you."}});
    CHECK(mail.text("to") == "a@example.com, b@example.com");
    CHECK(mail.text("subject") == "Welcome!");
    CHECK(count_of_kind("message") == 2);
    CHECK(mails_to(folder.path(), "a@example.com>,\r\n <b@example.com").size() == 1);
    CHECK(refusal("message.post",
                  {{"channel", "email"}, {"to", JsonArray(51, "c@example.com")}, {"body", "x"}}) ==
          "/to: A message goes to at most 50 addresses.");
    CHECK(refusal("message.post", {{"channel", "email"}, {"to", "Ada"}, {"body", "x"}}) ==
          "/to: By email it goes to addresses.");
    CHECK(refusal("message.post", {{"channel", "slack"}, {"body", ""}}) != "");
    CHECK(count_of_kind("message") == 2);
}
