#include "domain/id.hpp"
#include "domain/record/kind.hpp"
#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

using namespace throughline;

namespace {

/// In the order in which each finds what it links to.
const std::vector<std::string> plurals{"organizations", "contacts", "deals",
                                       "leads",         "projects", "tasks",
                                       "activities",    "messages", "feedback"};

/// Records with random values in every field, whatever its type.
class Maker {
  public:
    Maker(HttpClient& client, unsigned seed) : client_(client), random_(seed) {
        user_ = body_of(client.get("/api/me")).find("user")->text("id");
    }

    void make(const Kind& kind) {
        JsonObject body;
        for (const Field& field : kind.fields) {
            const bool is_title = field.name == kind.titles.front();
            if (!is_title && !field.is_required && field.initial.is_null() && one_in(4)) continue;
            Json value = is_title ? Json(kind.name + " " + std::to_string(++made_) + odd_text())
                                  : value_of(field);
            if (!value.is_null()) body.append(field.name, std::move(value));
        }
        const HttpReply reply = client_.post("/api/" + kind.plural, to_text(Json(body)));
        REQUIRE_MESSAGE(reply.status == 201, to_text(Json(body)), reply.body);
        ids_[kind.name].push_back(body_of(reply).text("id"));
        last_position = *reply.header("Throughline-Position");
    }

    std::string last_position;

  private:
    bool one_in(unsigned n) { return random_() % n == 0; }
    template <class T> const T& any(const std::vector<T>& all) {
        return all[random_() % all.size()];
    }
    std::string odd_text() {
        static const std::vector<std::string> all{"",          " é, \"quoted\"", "; =1+1",
                                                  " [x]",      " 日本 * y",      " ::: z",
                                                  " a\\b 'c'", " <b>&amp;"};
        return any(all);
    }
    Json reference(const Field& field) {
        if (field.target == "user") return user_;
        const auto& known = ids_[field.target];
        return known.empty() ? Json() : Json(any(known));
    }
    Json metadata() {
        return JsonObject{{"tier", "gold" + odd_text()},
                          {"score", JsonNumber{"1200.10"}},
                          {"nested", JsonObject{{"deep", JsonArray{1, "two", true}}}},
                          {"paid", one_in(2)}};
    }
    Json value_of(const Field& field) {
        const std::string number = std::to_string(random_() % 1000);
        switch (field.type) {
        case FieldType::text: return "t" + number + odd_text();
        case FieldType::long_text: return "first " + number + odd_text() + "\nsecond line";
        case FieldType::email: return "Someone" + number + "@Example.com";
        case FieldType::phone: return "+33 1 " + number + "00";
        case FieldType::url: return "https://example.com/" + number;
        case FieldType::choice: return any(field.choices);
        case FieldType::choices: return JsonArray{any(field.choices)};
        case FieldType::reference: return reference(field);
        case FieldType::references: return JsonArray{reference(field)};
        case FieldType::tags: return JsonArray{"a;b" + number, "plain", "c" + odd_text()};
        case FieldType::metadata: return metadata();
        case FieldType::flag: return one_in(2);
        case FieldType::money: return JsonNumber{number + ".50"};
        case FieldType::number: return JsonNumber{"-" + number + ".125"};
        case FieldType::date: return "2026-03-08";
        case FieldType::time: return "2026-03-08T06:00:00.250000Z";
        case FieldType::own: return field.name == "currency" ? Json("EUR") : Json();
        }
        return {};
    }

    HttpClient& client_;
    std::mt19937 random_;
    std::string user_;
    int made_ = 0;
    std::map<std::string, std::vector<std::string>> ids_; // by kind
};

/// All that a record says, without what each tenant gives it: names stand for the ids.
std::string essence(const Kind& kind, Json record) {
    JsonObject& fields = *record.object();
    for (const char* const own : {"id", "version", "created_at", "updated_at"}) fields.erase(own);
    for (const Field& field : kind.fields) {
        if (!field.refers()) continue;
        fields.erase(field.name);
        if (Json* const names = fields.find(field.name_member());
            names != nullptr && names->array())
            for (Json& item : *names->array()) item.object()->erase("id");
    }
    return to_text(record);
}

std::vector<std::string> all_of(HttpClient& client, const Kind& kind, const std::string& position) {
    const HttpReply reply = client.get("/api/" + kind.plural + "/export?format=ndjson",
                                       {{"Throughline-Min-Position", position}});
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    std::vector<std::string> all;
    for (std::size_t at = 0; at < reply.body.size();) {
        const auto end = reply.body.find('\n', at);
        all.push_back(essence(kind, parse_json(reply.body.substr(at, end - at))));
        at = end + 1;
    }
    std::ranges::sort(all);
    return all;
}

HttpReply import_file(HttpClient& client, const std::string& plural, const std::string& text,
                      const std::string& type, const std::string& query = "") {
    const HttpReply reply = client.post("/api/" + plural + "/import" + query, text,
                                        {{"Content-Type", type}, {"Prefer", "wait=30"}});
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    return reply;
}

void check_round_trip(const std::string& format, const std::string& type, unsigned seed) {
    TestServer server;
    HttpClient from = server.new_tenant("from@example.com");
    HttpClient to = server.new_tenant("to@example.com");
    const Registry registry = standard_registry();
    Maker maker(from, seed);
    for (const std::string& plural : plurals)
        for (int i = 0; i < 12; ++i) maker.make(*registry.find(plural));
    for (const std::string& plural : plurals) {
        CAPTURE(plural);
        const Kind& kind = *registry.find(plural);
        const HttpReply file = from.get("/api/" + plural + "/export?format=" + format,
                                        {{"Throughline-Min-Position", maker.last_position}});
        REQUIRE(file.status == 200);
        const HttpReply imported = import_file(to, plural, file.body, type, "?on_duplicate=create");
        CAPTURE(imported.body);
        CHECK(body_of(imported).integer("failed") == 0);
        CHECK(body_of(imported).find("errors")->array()->empty());
        CHECK(all_of(to, kind, *imported.header("Throughline-Position")) ==
              all_of(from, kind, maker.last_position));
    }
}

} // namespace

TEST_CASE("every kind comes back equal from its NDJSON in an empty tenant") {
    check_round_trip("ndjson", "application/x-ndjson", 20260302);
}

TEST_CASE("every kind comes back equal from its CSV in an empty tenant") {
    check_round_trip("csv", "text/csv", 4711);
}

TEST_CASE("an export that comes back to its own tenant changes nothing") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const Registry registry = standard_registry();
    Maker maker(client, 7);
    for (const std::string& plural : plurals)
        for (int i = 0; i < 3; ++i) maker.make(*registry.find(plural));
    for (const std::string& plural : plurals)
        for (const auto& [format, type] :
             {std::pair{"ndjson", "application/x-ndjson"}, std::pair{"csv", "text/csv"}}) {
            CAPTURE(plural);
            CAPTURE(format);
            const HttpReply file =
                client.get("/api/" + plural + "/export?format=" + std::string(format),
                           {{"Throughline-Min-Position", maker.last_position}});
            const HttpReply again =
                import_file(client, plural, file.body, type, "?on_duplicate=update");
            CAPTURE(again.body);
            CHECK(body_of(again).integer("unchanged") == 3);
            CHECK(body_of(again).find("errors")->array()->empty());
        }
}

TEST_CASE("links of a converted lead that the tenant does not have are told, and the lead comes") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const std::string line =
        R"({"name":"Grace","status":"converted","contact_id":"01890a5d-ac96-774b-bcce-b302099a8057",)"
        R"("contact":"Nobody","owner_id":"01890a5d-ac96-774b-bcce-b302099a8058"})";
    const HttpReply reply = import_file(client, "leads", line + "\n", "application/x-ndjson");
    CHECK(body_of(reply).integer("created") == 1);
    REQUIRE(body_of(reply).find("errors")->array()->size() == 1);
    const Json error = body_of(reply).find("errors")->array()->front();
    CHECK(error.text("code") == "unknown_reference");
    CHECK(error.text("pointer") == "/contact_id");
    CHECK(error.integer("line") == 1);
    const Json leads = body_of(client.get(
        "/api/leads", {{"Throughline-Min-Position", *reply.header("Throughline-Position")}}));
    const Json lead = leads.find("items")->array()->front();
    CHECK(lead.text("status") == "converted");
    const HttpReply assigned =
        import_file(client, "projects",
                    R"({"name":"P","assignee_ids":["01890a5d-ac96-774b-bcce-b302099a8058"]})"
                    "\n",
                    "application/x-ndjson");
    CHECK(body_of(assigned).integer("created") == 1);
    CHECK(lead.text("owner") == "Olive Owner");
    CHECK(lead.find("contact_id")->is_null());
}

TEST_CASE("deals, tasks and leads of other programs find their places") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const auto first = [&](const std::string& plural, const HttpReply& reply) {
        CHECK_MESSAGE(body_of(reply).integer("created") == 1, reply.body);
        const Json page = body_of(
            client.get("/api/" + plural,
                       {{"Throughline-Min-Position", *reply.header("Throughline-Position")}}));
        return page.find("items")->array()->front();
    };
    const HttpReply hubspot =
        import_file(client, "deals",
                    "Record ID,Deal Name,Deal Stage,Amount,Close Date,Deal owner\n"
                    "17,Engine,Closed won,\"$1,200.50\",2026-03-08 10:00,Nobody\n",
                    "text/csv");
    CHECK(body_of(hubspot).text("layout") == "hubspot");
    const Json deal = first("deals", hubspot);
    CHECK(deal.text("stage") == "won");
    CHECK(to_text(*deal.find("value")) == "1200.50");
    CHECK(deal.text("expected_close_date") == "2026-03-08");
    CHECK(deal.find("metadata")->text("external_id") == "17");
    const HttpReply salesforce =
        import_file(client, "leads",
                    "Lead ID,First Name,Last Name,Company,Lead Source,Lead Status,Lead Owner\n"
                    "00Q1,Grace,Hopper,Navy,Web,Working - Contacted,Nobody\n",
                    "text/csv");
    CHECK(body_of(salesforce).text("layout") == "salesforce");
    const Json lead = first("leads", salesforce);
    CHECK(lead.text("name") == "Grace Hopper");
    CHECK(lead.text("company") == "Navy");
    CHECK(lead.text("source") == "Web");
    CHECK(lead.text("status") == "contacted");
    const Json task = first(
        "tasks",
        import_file(client, "tasks",
                    "title,priority,due date,assignee\nCall,High,2026-05-01,owner@example.com\n",
                    "text/csv"));
    CHECK(task.text("name") == "Call");
    CHECK(task.text("priority") == "high");
    CHECK(task.text("assignee") == "Olive Owner");
}

TEST_CASE("contacts leave as vCards and come back") {
    TestServer server;
    HttpClient client = server.new_tenant();
    HttpClient other = server.new_tenant("other@example.com");
    const Json ada = create_contact(
        client, R"({"name":"Ada, Countess of Lovelace","email":"ada@example.com","phone":"+44 1",
                    "job_position":"Analyst; Engines","organization":"Analytical Engines",
                    "tags":["vip","math"],"metadata":{"notes":"first\nsecond","email_2":"b@example.com"}})");
    const std::string head = std::to_string(*body_of(client.get("/api/events")).integer("head"));
    const HttpReply file =
        client.get("/api/contacts/export?format=vcard", {{"Throughline-Min-Position", head}});
    CHECK(file.header("Content-Type") == "text/vcard; charset=utf-8");
    CHECK(client.get("/api/deals/export?format=vcard").status == 422);
    const HttpReply imported = import_file(other, "contacts", file.body, "text/vcard");
    const Json page = body_of(other.get(
        "/api/contacts", {{"Throughline-Min-Position", *imported.header("Throughline-Position")}}));
    const Json copy = page.find("items")->array()->front();
    for (const char* const field :
         {"name", "email", "phone", "job_position", "organization", "tags"})
        CHECK(*copy.find(field) == *ada.find(field));
    CHECK(copy.find("metadata")->text("notes") == "first\nsecond");
    CHECK(copy.find("metadata")->text("email_2") == "b@example.com");
    CHECK(copy.find("metadata")->text("external_id") == "urn:uuid:" + ada.text("id"));
}

TEST_CASE("our vCards are known again by their UID, which is no external id") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const Json ada = create_contact(client, R"({"name":"Ada","email":"ada@example.com"})");
    const std::string path = "/api/contacts/" + ada.text("id");
    const std::string head = std::to_string(*body_of(client.get("/api/events")).integer("head"));
    const HttpReply file =
        client.get("/api/contacts/export?format=vcard", {{"Throughline-Min-Position", head}});
    REQUIRE(client.request("PATCH", path, R"({"email":"countess@example.com"})").status == 200);
    const HttpReply updated =
        import_file(client, "contacts", file.body, "text/vcard", "?on_duplicate=update");
    CHECK_MESSAGE(body_of(updated).integer("updated") == 1, updated.body);
    const Json now = body_of(
        client.get(path, {{"Throughline-Min-Position", *updated.header("Throughline-Position")}}));
    CHECK(now.text("email") == "ada@example.com");
    CHECK(now.find("metadata")->text("external_id").empty());
    const HttpReply copied =
        import_file(client, "contacts", file.body, "text/vcard", "?on_duplicate=create");
    CHECK_MESSAGE(body_of(copied).integer("created") == 1, copied.body);
    const Json page = body_of(client.get(
        "/api/contacts", {{"Throughline-Min-Position", *copied.header("Throughline-Position")}}));
    REQUIRE(page.find("items")->array()->size() == 2);
    for (const Json& item : *page.find("items")->array())
        CHECK(item.find("metadata")->text("external_id").empty());
}

TEST_CASE("a card comes in as a lead with all it says, leaves, and comes back") {
    TestServer server;
    HttpClient client = server.new_tenant();
    HttpClient other = server.new_tenant("other@example.com");
    const auto brought = [](HttpClient& to, const std::string& card) {
        const HttpReply reply = import_file(to, "leads", card, "text/vcard");
        CHECK_MESSAGE(body_of(reply).integer("created") == 1, reply.body);
        const HttpHeaders after{
            {"Throughline-Min-Position", *reply.header("Throughline-Position")}};
        const Json page = body_of(to.get("/api/leads", after));
        const HttpReply file = to.get("/api/leads/export?format=vcard", after);
        REQUIRE_MESSAGE(file.status == 200, file.body);
        return std::pair{page.find("items")->array()->front(), file.body};
    };
    const auto [lead, file] =
        brought(client, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:7\r\nFN:Ada Lovelace\r\n"
                        "EMAIL:ada@example.com\r\nTEL:+44 1\r\nORG:Engines\r\nTITLE:Analyst\r\n"
                        "CATEGORIES:vip,math\r\nEND:VCARD\r\n");
    CHECK(lead.text("name") == "Ada Lovelace");
    CHECK(lead.text("company") == "Engines");
    CHECK(lead.find("metadata")->text("job_position") == "Analyst");
    CHECK(to_text(*lead.find("metadata")->find("tags")) == R"(["vip","math"])");
    const Json copy = brought(other, file).first;
    for (const char* const field : {"name", "email", "phone", "company", "metadata"})
        CHECK(*copy.find(field) == *lead.find(field));
}
