#include "domain/record/merging.hpp"
#include "projections/timeline.hpp"
#include "tests/support/projected_log.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

struct TimelineLog : ProjectedLog {
    TimelineProjection projection;
    Registry registry = standard_registry();
    Kind contacts = contact_kind();
    Kind organizations = organization_kind();
    Caller caller = Caller::system();

    TimelineLog() { migrate_model(projection); }

    Result<OffsetPage> page(const TimelineFilter& filter, const OffsetRequest& request = {}) {
        apply(projection);
        Database app(url(), Role::app, 1);
        return Timeline(app).page(tenant, registry, caller, filter, request);
    }
    std::vector<Json> items(const TimelineFilter& filter) {
        std::vector<Json> read;
        const OffsetPage found = page(filter).value();
        for (const std::string& item : found.items) read.push_back(parse_json(item));
        return read;
    }
    std::vector<std::string> summaries(const StreamKey& entity,
                                       std::optional<std::int64_t> as_of = {}) {
        std::vector<std::string> read;
        for (const Json& item : items({entity, {}, {}, {}, as_of}))
            read.push_back(item.text("summary"));
        return read;
    }
    void merge(const Kind& kind, const Uuid& into, const Uuid& from) {
        const JsonObject theirs = record(from).fields;
        append(kind, into, decide_merge(kind, record(into), {{from, theirs}}, {}, {}).value());
        append(kind, from, decide_merged_into(kind, record(from), into));
        apply(projection);
    }
    void unmerge(const Kind& kind, const Uuid& from, const Uuid& out) {
        append(kind, from,
               {{kind.name + ".unmerged",
                 {{"before", JsonObject{}},
                  {"after", JsonObject{}},
                  {"unmerged", JsonArray{to_string(out)}},
                  {"kept", JsonArray{}},
                  {"merge", to_string(origin.correlation_id)}},
                 {{kind.name, out}}}});
        append(kind, out, decide_unmerged(kind, record(out)));
        apply(projection);
    }
};

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("a record's timeline tells its changes, newest first") {
    TimelineLog log;
    const Uuid ann = log.create({"user", "users", {text("name"), email("email")}},
                                {{"name", "Ann"}, {"email", "ann@acme.com"}});
    log.origin.actor_id = ann;
    const Uuid id = log.create(log.contacts, {{"name", "Zoë"}});
    log.update(log.contacts, id, {{"status", "qualified"}});
    CHECK(log.summaries({"contact", id}) ==
          Lines{"Status changed: New → Qualified", "Created contact"});

    const Json item = log.items({{"contact", id}, {}, {}, {}}).front();
    CHECK(to_text(item) ==
          to_text(JsonObject{
              {"type", "audit"},
              {"timestamp", to_rfc3339(log.last_time())},
              {"summary", "Status changed: New → Qualified"},
              {"details", JsonObject{{"action", "STATUS_CHANGE"},
                                     {"before", JsonObject{{"status", "new"}}},
                                     {"after", JsonObject{{"status", "qualified"}}}}},
              {"user",
               JsonObject{{"id", to_string(ann)}, {"name", "Ann"}, {"email", "ann@acme.com"}}}}));
}

TEST_CASE("a contact that moves stands in the timelines of both organizations") {
    TimelineLog log;
    const Uuid acme = log.create(log.organizations, {{"name", "Acme"}});
    const Uuid globex = log.create(log.organizations, {{"name", "Globex"}});
    const Uuid id =
        log.create(log.contacts, {{"name", "Zoë"}, {"organization_id", to_string(acme)}});
    log.update(log.contacts, id, {{"organization_id", to_string(globex)}});
    log.update(log.contacts, id, {{"organization_id", nullptr}});
    log.update(log.contacts, id, {{"name", "Zoé"}});

    CHECK(log.summaries({"contact", id}) ==
          Lines{"Name changed: Zoë → Zoé", "Organization changed: Globex → none",
                "Organization changed: Acme → Globex", "Created contact"});
    CHECK(log.summaries({"organization", acme}) ==
          Lines{"Organization changed: Acme → Globex", "Created contact", "Created organization"});
    CHECK(log.summaries({"organization", globex}) == Lines{"Organization changed: Globex → none",
                                                           "Organization changed: Acme → Globex",
                                                           "Created organization"});

    const auto of_acme = log.items({{"organization", acme}, {}, {}, {}});
    CHECK(*of_acme.front().find("details")->find("via") ==
          Json(JsonObject{{"entity_type", "contact"}, {"id", to_string(id)}, {"name", "Zoé"}}));
    CHECK(of_acme.back().find("details")->find("via") == nullptr);
}

TEST_CASE("a timeline is filtered by type and time and paged") {
    TimelineLog log;
    const Uuid id = log.create(log.contacts, {{"name", "a"}});
    const Time created = log.last_time();
    for (const char* name : {"b", "c", "d"}) log.update(log.contacts, id, {{"name", name}});
    const StreamKey key{"contact", id};
    CHECK(log.items({key, {"audit", "email"}, {}, {}}).size() == 4);
    CHECK(log.items({key, {"email"}, {}, {}}).empty());
    CHECK(log.items({key, {}, created + std::chrono::seconds(1), {}}).size() == 3);
    CHECK(log.items({key, {}, {}, created + std::chrono::seconds(1)}).size() == 1);

    const OffsetPage first = log.page({key, {}, {}, {}}, {.limit = 3}).value();
    CHECK(first.total == 4);
    REQUIRE(first.next.has_value());
    const OffsetPage rest =
        log.page({key, {}, {}, {}}, {.limit = 3, .offset = 0, .cursor = *first.next}).value();
    CHECK(rest.items.size() == 1);
    CHECK_FALSE(rest.next.has_value());
    CHECK(log.page({key, {}, {}, {}}, {.limit = 3, .offset = 3})->items == rest.items);
    CHECK(log.page({{"contact", new_id()}, {}, {}, {}},
                   {.limit = 3, .offset = 0, .cursor = *first.next})
              .has_error());
}

TEST_CASE("another tenant's timeline is not seen") {
    TimelineLog log;
    const Uuid id = log.create(log.contacts, {{"name", "a"}});
    CHECK(log.summaries({"contact", id}).size() == 1);
    log.tenant = new_id();
    CHECK(log.summaries({"contact", id}).empty());
}

TEST_CASE("the same events applied twice make the same timeline") {
    TimelineLog log;
    const Uuid acme = log.create(log.organizations, {{"name", "Acme"}});
    log.create(log.contacts, {{"name", "Zoë"}, {"organization_id", to_string(acme)}});
    log.apply(log.projection);
    const auto rows = log.rows("select * from timeline order by entity_id, position");
    CHECK(rows.size() == 3);
    log.apply(log.projection, log.events());
    CHECK(log.rows("select * from timeline order by entity_id, position") == rows);
}

TEST_CASE("a survivor's timeline tells of the merged record until that is taken out again") {
    TimelineLog log;
    const Uuid ada = log.create(log.contacts, {{"name", "Ada"}});
    const Uuid twin = log.create(log.contacts, {{"name", "Twin"}});
    log.update(log.contacts, twin, {{"email", "ada@example.com"}});
    log.merge(log.contacts, ada, twin);
    const Lines merged{"Merged into contact Ada", "Merged contact Twin",
                       "Email changed: none → ada@example.com", "Created contact",
                       "Created contact"};
    CHECK(log.summaries({"contact", ada}) == merged);
    CHECK(log.summaries({"contact", twin}).size() == 4);
    const auto rows = [&] { return log.rows("select * from timeline order by 3, 4"); };
    const auto once = rows();
    log.apply(log.projection, log.events());
    CHECK(rows() == once);

    log.unmerge(log.contacts, ada, twin);
    CHECK(log.summaries({"contact", ada}) ==
          Lines{"Unmerged contact Twin", "Merged contact Twin", "Created contact"});
    CHECK(log.summaries({"contact", twin}).front() == "Restored contact");
}

TEST_CASE("what merged records share is told as long as one of them is merged, since its merge") {
    TimelineLog log;
    const Kind& deals = *log.registry.find("deal");
    const Uuid ada = log.create(log.contacts, {{"name", "Ada"}});
    const Uuid twin = log.create(log.contacts, {{"name", "Twin"}});
    const Uuid third = log.create(log.contacts, {{"name", "Third"}});
    const Uuid deal = log.create(deals, {{"name", "Engine"}, {"contact_id", to_string(twin)}});
    log.update(deals, deal, {{"contact_id", to_string(third)}});
    log.merge(log.contacts, ada, twin);  // events 6 and 7
    log.merge(log.contacts, ada, third); // events 8 and 9
    const StreamKey key{"contact", ada};
    CHECK(log.summaries(key, 5) == Lines{"Created contact"});
    CHECK(log.summaries(key, 7) == Lines{"Merged into contact Ada", "Merged contact Twin",
                                         "Contact changed: Twin → Third", "Created deal",
                                         "Created contact", "Created contact"});
    CHECK(log.summaries(key).size() == 9);

    log.unmerge(log.contacts, ada, twin);
    CHECK(log.summaries(key) == Lines{"Unmerged contact Twin", "Merged into contact Ada",
                                      "Merged contact Third", "Merged contact Twin",
                                      "Contact changed: Twin → Third", "Created contact",
                                      "Created contact"});
    const auto rows = [&] { return log.rows("select * from timeline order by 3, 4"); };
    const auto one_by_one = rows();
    pqxx::nontransaction(log.owner()).exec0("truncate timeline");
    log.apply(log.projection, log.events());
    CHECK(rows() == one_by_one);
}

TEST_CASE("the timeline of a task tells of one merged into it as it tells of itself") {
    TimelineLog log;
    const Kind& tasks = *log.registry.find("task");
    const Uuid call = log.create(tasks, {{"name", "Call"}});
    log.merge(tasks, call, log.create(tasks, {{"name", "Call again"}}));
    const auto items = log.items({{"task", call}, {"audit"}, {}, {}});
    CHECK(items.size() == 4);
    for (const Json& item : items) CHECK(item.text("type") == "audit");
    CHECK(log.items({{"task", call}, {"task"}, {}, {}}).empty());
}
