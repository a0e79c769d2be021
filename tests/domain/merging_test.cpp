#include "domain/record/merging.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace throughline;

namespace {

const Kind kind = contact_kind();
const Time monday = *parse_rfc3339("2026-03-02T09:00:00Z");

JsonObject object(std::string_view text) { return *parse_json(text).object(); }

Uuid id_of(int n) { return derived_uuid({}, std::to_string(n)); }

/// A contact's stream.
struct Stream {
    Uuid id;
    Record record;
    std::vector<std::pair<std::string, JsonObject>> events;

    Stream(int n, const JsonObject& values) : id(id_of(n)) { add(decide_create(kind, values, {})); }

    void add(const RecordEvents& all) {
        for (const RecordEvent& event : all) {
            evolve(record, event.type, event.data, monday);
            events.emplace_back(event.type, event.data);
        }
    }
    void update(const JsonObject& values) { add(decide_update(kind, record, values).value()); }
    [[nodiscard]] JsonObject fields() const { return record.fields; }
};

void merge(Stream& into, const std::vector<Stream*>& from, const JsonObject& chosen = {}) {
    MergedRecords others;
    for (const Stream* each : from) others.emplace_back(each->id, each->record.fields);
    into.add(decide_merge(kind, into.record, others, chosen, monday).value());
    for (Stream* each : from) each->add(decide_merged_into(kind, each->record, into.id));
}

/// The fields that were kept as they had been changed since.
std::vector<std::string> unmerge(Stream& from, Stream& out, const std::vector<Stream*>& all,
                                 const Survivors& survivors = {}) {
    Unmerging unmerging(kind, out.id);
    const auto each_event = [&](const auto& use) {
        std::int64_t version = 0;
        for (const auto& [type, data] : from.events) use(PastEvent{++version, type, data, monday});
    };
    each_event([&](const PastEvent& event) { unmerging.see(event); });
    REQUIRE(unmerging.is_merged());
    std::map<Uuid, JsonObject> fields;
    for (const Stream* each : all) fields.emplace(each->id, each->record.fields);
    each_event([&](const PastEvent& event) { unmerging.fold(event, fields); });
    const RecordEvents events = unmerging.decide(from.record, {}, survivors);
    std::vector<std::string> kept;
    for (const Json& name : *events.front().data.find("kept")->array())
        kept.push_back(*name.string());
    from.add(events);
    out.add(decide_unmerged(kind, out.record));
    return kept;
}

Record record_of(const Kind& of, std::string_view values) {
    Record record;
    for (const RecordEvent& event : decide_create(of, object(values), {}))
        evolve(record, event.type, event.data, monday);
    return record;
}

/// A field of the first record after the second was merged into it; what is `chosen` is taken from
/// the second.
Json merged(const Kind& of, std::string_view first, std::string_view second, std::string_view field,
            const std::vector<std::string>& chosen = {}) {
    Record survivor = record_of(of, first);
    const MergedRecords others{{id_of(2), record_of(of, second).fields}};
    JsonObject sources;
    for (const std::string& name : chosen) sources.set(name, to_string(id_of(2)));
    const auto events = decide_merge(of, survivor, others, sources, monday).value();
    evolve(survivor, events.front().type, events.front().data, monday);
    return *survivor.fields.find(field);
}

/// Values of a contact, some of them the same as others', some unset.
class Anything {
  public:
    explicit Anything(unsigned seed) : random_(seed) {}
    std::size_t below(std::size_t n) { return random_() % n; }

    JsonObject values() {
        JsonObject values;
        for (const char* const name : {"email", "phone", "job_position"})
            if (below(2) == 0) values.set(name, std::string(name) + std::to_string(below(3)));
        if (below(2) == 0) values.set("organization_id", to_string(id_of(100 + int(below(2)))));
        if (below(2) == 0) values.set("status", std::string(below(2) == 0 ? "active" : "customer"));
        JsonArray tags;
        for (const char* const tag : {"a", "b", "c", "d"})
            if (below(3) == 0) tags.emplace_back(tag);
        values.set("tags", std::move(tags));
        JsonObject metadata;
        for (const char* const key : {"x", "y", "z"})
            if (below(2) == 0) metadata.set(key, std::to_string(below(3)));
        if (below(2) == 0) metadata.set("deep", JsonObject{{std::to_string(below(3)), true}});
        values.set("metadata", std::move(metadata));
        return values;
    }
    JsonObject named() {
        JsonObject all = values();
        all.set("name", "Name " + std::to_string(below(3)));
        return all;
    }
    JsonObject chosen(const std::vector<const Stream*>& among) {
        JsonObject chosen;
        for (const Field& field : kind.fields)
            if (below(4) == 0) chosen.set(field.name, to_string(among[below(among.size())]->id));
        return chosen;
    }

  private:
    std::mt19937 random_;
};

} // namespace

TEST_CASE("a merge keeps the survivor's values, fills what is empty, unites lists and metadata") {
    Stream a(1, object(R"({"name":"Ada","email":"ada@x.org","tags":["a","b"],
                           "metadata":{"tier":"gold","deep":{"one":1}}})"));
    Stream b(2, object(R"({"name":"A. Lovelace","email":"al@x.org","phone":"+1 5","tags":["b","c"],
                           "metadata":{"tier":"tin","size":2,"deep":{"two":2}}})"));
    merge(a, {&b});
    CHECK(a.record.fields.find("name")->string()[0] == "Ada");
    CHECK(*a.record.fields.find("email") == Json("ada@x.org"));
    CHECK(*a.record.fields.find("phone") == Json("+1 5"));
    CHECK(to_text(*a.record.fields.find("tags")) == R"(["a","b","c"])");
    CHECK(Json(*a.record.fields.find("metadata")) ==
          parse_json(R"({"tier":"gold","size":2,"deep":{"one":1,"two":2}})"));
    CHECK(to_text(*a.events.back().second.find("after")->find("metadata")) ==
          R"({"size":2,"deep":{"two":2}})");
    CHECK(a.events.back().first == "contact.merged");
    CHECK(b.events.back().first == "contact.merged_into");
    CHECK(b.record.deleted);
    CHECK(b.record.merged_into == a.id);
    CHECK(decide_restore(kind, b.record).has_error());
}

TEST_CASE("a chosen field is taken as it is, also empty") {
    Stream a(1, object(R"({"name":"Ada","phone":"+1 5","tags":["a"]})"));
    Stream b(2, object(R"({"name":"Lovelace","tags":["b"]})"));
    const Json from_b = to_string(b.id);
    merge(a, {&b}, {{"name", from_b}, {"phone", from_b}, {"tags", from_b}});
    CHECK(*a.record.fields.find("name") == Json("Lovelace"));
    CHECK(a.record.fields.find("phone")->is_null());
    CHECK(to_text(*a.record.fields.find("tags")) == R"(["b"])");
}

TEST_CASE("a currency comes with the value it is of, unless it is chosen itself") {
    const Kind deal = deal_kind();
    const std::string_view none = R"({"name":"A"})"; // in USD, as every new deal
    const std::string_view dollars = R"({"name":"A","value":7})";
    const std::string_view euros = R"({"name":"B","value":100,"currency":"EUR"})";
    CHECK(merged(deal, none, euros, "value") == Json(100));
    CHECK(merged(deal, none, euros, "currency") == Json("EUR"));
    CHECK(merged(deal, dollars, euros, "value") == Json(7));
    CHECK(merged(deal, dollars, euros, "currency") == Json("USD"));
    CHECK(merged(deal, dollars, euros, "currency", {"value"}) == Json("EUR"));
    CHECK(merged(deal, dollars, euros, "currency", {"currency"}) == Json("EUR"));
    CHECK(merged(deal, euros, none, "value", {"value"}).is_null());
    CHECK(merged(deal, euros, none, "currency", {"value"}) == Json("USD"));
}

TEST_CASE("what only closed records have comes with what closes them, unless it is chosen itself") {
    const Kind deal = deal_kind();
    const std::string_view open = R"({"name":"A","stage":"new"})";
    const std::string_view lost = R"({"name":"B","stage":"lost","lost_reason":"price"})";
    const std::string_view silent = R"({"name":"C","stage":"lost"})";
    CHECK(merged(deal, open, lost, "lost_reason").is_null());
    CHECK(merged(deal, open, lost, "lost_reason", {"stage"}) == Json("price"));
    CHECK(merged(deal, open, lost, "lost_reason", {"lost_reason"}) == Json("price"));
    CHECK(merged(deal, lost, open, "lost_reason") == Json("price"));
    CHECK(merged(deal, lost, open, "lost_reason", {"stage"}).is_null());
    CHECK(merged(deal, silent, lost, "lost_reason") == Json("price"));
    CHECK(merged(deal, lost, silent, "lost_reason", {"stage"}) == Json("price"));

    const Kind task = task_kind();
    const std::string_view pending = R"({"name":"A","status":"pending"})";
    const std::string_view done =
        R"({"name":"B","status":"completed","completed_at":"2026-02-01T09:00:00.000000Z"})";
    CHECK(merged(task, pending, done, "completed_at").is_null());
    CHECK(merged(task, pending, done, "completed_at", {"status"}) ==
          Json("2026-02-01T09:00:00.000000Z"));
    CHECK(merged(task, done, pending, "completed_at", {"status"}).is_null());
}

TEST_CASE("what is united and too large is refused") {
    JsonArray many;
    JsonArray others;
    for (int i = 0; i < 60; ++i) {
        many.emplace_back("a" + std::to_string(i));
        others.emplace_back("b" + std::to_string(i));
    }
    const Stream a(1, {{"name", "Ada"}, {"tags", many}});
    const Stream b(2, {{"name", "Bob"}, {"tags", others}});
    const auto refused = decide_merge(kind, a.record, {{b.id, b.record.fields}}, {}, monday);
    REQUIRE(refused.has_error());
    CHECK(refused.error().errors.at(0).where == "/fields/tags");
    CHECK(
        decide_merge(kind, a.record, {{b.id, b.record.fields}}, {{"tags", to_string(a.id)}}, monday)
            .has_value());
}

TEST_CASE("what merged_into says survives in the head state") {
    Stream a(1, {{"name", "Ada"}});
    Stream b(2, {{"name", "Bob"}});
    merge(a, {&b});
    const Record read = record_from_state(kind, state_text(kind, b.record), b.record.version, true);
    CHECK(read.merged_into == a.id);
}

TEST_CASE("later edits win, and are told") {
    Stream a(1, object(R"({"name":"Ada","metadata":{"mine":1}})"));
    Stream b(2, object(R"({"name":"Bob","email":"b@x.org","phone":"+1 5","tags":["b"],
                           "metadata":{"x":1,"y":2}})"));
    const JsonObject b_before = b.fields();
    merge(a, {&b});
    a.update({{"phone", "+1 6"}, {"job_position", "Analyst"}, {"metadata", object(R"({"x":5})")}});
    CHECK(unmerge(a, b, {&b}) == std::vector<std::string>{"phone", "metadata"});
    CHECK(a.record.fields.find("email")->is_null());
    CHECK(*a.record.fields.find("phone") == Json("+1 6"));
    CHECK(*a.record.fields.find("job_position") == Json("Analyst"));
    CHECK(to_text(*a.record.fields.find("tags")) == "[]");
    CHECK(Json(*a.record.fields.find("metadata")) == parse_json(R"({"mine":1,"x":5})"));
    CHECK(b.fields() == b_before);
    CHECK_FALSE(b.record.deleted);
    CHECK_FALSE(b.record.merged_into.has_value());
}

TEST_CASE("what was merged since is not referred to again by an unmerge") {
    const StreamKey acme{"organization", id_of(100)};
    const auto at = [](const Uuid& id) {
        return JsonObject{{"name", "Ada"}, {"organization_id", to_string(id)}};
    };
    Stream a(1, at(acme.id));
    Stream b(2, at(id_of(101)));
    merge(a, {&b}, {{"organization_id", to_string(b.id)}});
    CHECK(unmerge(a, b, {&b}, {{acme, id_of(102)}}).empty());
    CHECK(*a.record.fields.find("organization_id") == Json(to_string(id_of(102))));
}

TEST_CASE("unmerge of a merge gives both as they were, whatever they hold") {
    for (unsigned seed = 0; seed < 500; ++seed) {
        Anything any(seed);
        Stream a(1, any.named());
        Stream b(2, any.named());
        const JsonObject a_before = a.fields();
        const JsonObject b_before = b.fields();
        merge(a, {&b}, any.chosen({&a, &b}));
        CHECK(unmerge(a, b, {&b}).empty());
        INFO("seed ", seed);
        CHECK(a.fields() == a_before);
        CHECK(b.fields() == b_before);
        CHECK_FALSE(b.record.deleted);
    }
}

TEST_CASE("each of several merged records can be taken out alone, in any order, edits between") {
    for (unsigned seed = 0; seed < 500; ++seed) {
        Anything any(seed);
        INFO("seed ", seed);
        Stream a(1, any.named());
        Stream b(2, any.named());
        Stream c(3, any.named());
        Stream alone(1, {}); // what a would be without b
        alone.record = a.record;
        alone.events = a.events;
        const bool at_once = any.below(2) == 0;
        const JsonObject edit{{"job_position", "Edit " + std::to_string(seed)}};
        if (at_once)
            merge(a, {&b, &c});
        else
            merge(a, {&b});
        a.update(edit);
        if (!at_once) merge(a, {&c});
        Stream c_alone = c;
        if (at_once) merge(alone, {&c_alone});
        alone.update(edit);
        if (!at_once) merge(alone, {&c_alone});
        (void)unmerge(a, b, {&b, &c});
        CHECK(a.fields() == alone.fields());
        (void)unmerge(a, c, {&c});
        (void)unmerge(alone, c_alone, {&c_alone});
        CHECK(a.fields() == alone.fields());
    }
}

TEST_CASE("a record that was taken out can be merged and taken out again") {
    Stream a(1, object(R"({"name":"Ada"})"));
    Stream b(2, object(R"({"name":"Bob","email":"b@x.org"})"));
    const JsonObject before = a.fields();
    for (int i = 0; i < 3; ++i) {
        merge(a, {&b});
        CHECK(*a.record.fields.find("email") == Json("b@x.org"));
        CHECK(unmerge(a, b, {&b}).empty());
        CHECK(a.fields() == before);
    }
    Unmerging again(kind, b.id);
    std::int64_t version = 0;
    for (const auto& [type, data] : a.events) again.see({++version, type, data, monday});
    CHECK_FALSE(again.is_merged());
}
