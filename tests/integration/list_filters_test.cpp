#include "projections/lists.hpp"
#include "tests/support/projected_log.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace throughline;

namespace {

constexpr const char* acme = "01890a5d-ac96-774b-bcce-b302099a8057";
constexpr const char* globex = "11890a5d-ac96-774b-bcce-b302099a8058";

/// Three contacts: a has everything, b has other values, c has only a name.
struct ThreeContacts : ProjectedLog {
    Kind contacts = contact_kind();
    ListProjection projection{contacts};
    Uuid a, b, c;
    Time a_created;

    ThreeContacts() {
        contacts.fields.push_back(long_text("notes"));
        contacts.fields.push_back(throughline::url("website"));
        migrate_model(projection);
        a = create(contacts, {{"name", "Ärger GmbH"},
                              {"email", "Ann@Acme.com"},
                              {"phone", "+33 1 23"},
                              {"job_position", "CEO"},
                              {"organization_id", acme},
                              {"tags", JsonArray{"VIP", "Lead"}},
                              {"status", "active"},
                              {"notes", "First 100% line\nsecond_line"},
                              {"website", "https://Acme.com/a"},
                              {"metadata", JsonObject{{"tier", "Gold"},
                                                      {"score", JsonNumber{"10.0"}},
                                                      {"paid", true},
                                                      {"zones", JsonArray{"EU", "US", 7}}}}});
        a_created = last_time();
        b = create(contacts,
                   {{"name", "Bert"},
                    {"email", "bert@globex.com"},
                    {"phone", "0044 9"},
                    {"job_position", "clerk"},
                    {"organization_id", globex},
                    {"tags", JsonArray{"lead"}},
                    {"status", "qualified"},
                    {"notes", "other"},
                    {"website", "https://globex.com"},
                    {"metadata", JsonObject{{"tier", "silver"}, {"score", 9}, {"paid", false}}}});
        c = create(contacts, {{"name", "Carl"}});
        update(contacts, c, {{"name", "Carla"}});
        apply(projection);
    }

    /// "ab": the contacts that the filter takes.
    std::string found(const std::string& name, const std::string& value) {
        const auto request =
            read_list_request(contacts, {{"filter[" + name, value}, {"sort", "id"}});
        REQUIRE_MESSAGE(request.has_value(), name);
        Database app(url(), Role::app, 1);
        std::string letters;
        const ListPage page = Lists(app).page(tenant, Caller::system(), contacts, *request).value();
        for (const ListItem& item : page.items)
            letters += item.id == a ? 'a' : item.id == b ? 'b' : 'c';
        return letters;
    }
};

struct Case {
    std::string filter; // without the leading filter[
    std::string value;
    std::string expected;
};

void check(const std::vector<Case>& cases) {
    ThreeContacts log;
    for (const auto& [filter, value, expected] : cases) {
        CAPTURE(filter);
        CAPTURE(value);
        CHECK(log.found(filter, value) == expected);
    }
}

} // namespace

TEST_CASE("text compares without case; ne takes what is not set") {
    check({{"name]", "ÄRGER gmbh", "a"},
           {"name][eq]", "bert", "b"},
           {"name][ne]", "BERT", "ac"},
           {"name][gt]", "bert", "ac"},
           {"name][gte]", "bert", "abc"},
           {"name][lt]", "carla", "b"},
           {"name][lte]", "carla", "bc"},
           {"name][in]", "BERT,carla,nobody", "bc"},
           {"name][contains]", "RGER", "a"},
           {"name][contains]", "%", ""},
           {"name][starts_with]", "ÄR", "a"},
           {"name][starts_with]", "ger", ""},
           {"name][exists]", "true", "abc"},
           {"job_position]", "ceo", "a"},
           {"job_position][ne]", "ceo", "bc"},
           {"job_position][exists]", "false", "c"},
           {"job_position][gt]", "a", "ab"},
           {"notes][contains]", "100%", "a"},
           {"notes][contains]", "SECOND_line", "a"},
           {"notes][starts_with]", "first", "a"},
           {"notes][in]", "other", "b"},
           {"notes][exists]", "true", "ab"},
           {"notes][lt]", "g", "a"},
           {"website]", "HTTPS://acme.COM/a", "a"},
           {"website][starts_with]", "https://g", "b"},
           {"website][gte]", "https://b", "b"},
           {"website][ne]", "https://globex.com", "ac"}});
}

TEST_CASE("addresses and numbers compare in their normal form") {
    check({{"email]", " ANN@acme.com", "a"},
           {"email][ne]", "ann@acme.com", "bc"},
           {"email][in]", "Ann@acme.com,BERT@globex.com", "ab"},
           {"email][contains]", "ACME", "a"},
           {"email][starts_with]", "BERT@", "b"},
           {"email][gt]", "b", "b"},
           {"email][lte]", "b", "a"},
           {"email][exists]", "false", "c"},
           {"phone]", "0033-1-23", "a"},
           {"phone][ne]", "+33123", "bc"},
           {"phone][in]", "+44 9,+33 123", "ab"},
           {"phone][contains]", "3 12", "a"},
           {"phone][starts_with]", "+44", "b"},
           {"phone][gt]", "+34", "b"},
           {"phone][lt]", "+34", "a"},
           {"phone][exists]", "true", "ab"}});
}

TEST_CASE("choices and references") {
    check({{"status]", "Active", "a"},
           {"status][ne]", "active", "bc"},
           {"status][in]", "NEW,qualified", "bc"},
           {"status][contains]", "i", "ab"},
           {"status][starts_with]", "q", "b"},
           {"status][gt]", "b", "bc"},
           {"status][lt]", "b", "a"},
           {"status][exists]", "true", "abc"},
           {"organization_id]", acme, "a"},
           {"organization_id][ne]", acme, "bc"},
           {"organization_id][in]", std::string(acme) + "," + globex, "ab"},
           {"organization_id][gt]", acme, "b"},
           {"organization_id][gte]", acme, "ab"},
           {"organization_id][lt]", globex, "a"},
           {"organization_id][lte]", globex, "ab"},
           {"organization_id][contains]", "AC96-774b", "ab"},
           {"organization_id][starts_with]", "0189", "a"},
           {"organization_id][exists]", "false", "c"},
           {"owner_id][exists]", "true", ""}});
}

TEST_CASE("of a list one member is enough, and for ne none may be equal") {
    check({{"tags]", "vip", "a"},
           {"tags][eq]", "LEAD", "ab"},
           {"tags][contains]", "lead", "ab"},
           {"tags][contains]", "lea", ""},
           {"tags][in]", "vip,none", "a"},
           {"tags][ne]", "vip", "bc"},
           {"tags][starts_with]", "V", "a"},
           {"tags][gt]", "lead", "a"},
           {"tags][gte]", "lead", "ab"},
           {"tags][lt]", "m", "ab"},
           {"tags][lte]", "a", ""},
           {"tags][exists]", "true", "ab"},
           {"tags][exists]", "false", "c"}});
}

TEST_CASE("metadata compares by what its values are") {
    check({{"metadata.tier]", "GOLD", "a"},
           {"metadata.tier][ne]", "gold", "bc"},
           {"metadata.tier][in]", "gold,Silver", "ab"},
           {"metadata.tier][gt]", "h", "b"},
           {"metadata.tier][lte]", "gold", "a"},
           {"metadata.tier][contains]", "OL", "a"},
           {"metadata.tier][starts_with]", "SIL", "b"},
           {"metadata.tier][exists]", "true", "ab"},
           {"metadata.none][exists]", "true", ""},
           {"metadata.none][exists]", "false", "abc"},
           {"metadata.none]", "x", ""},
           {"metadata.none][ne]", "x", "abc"},
           {"metadata.score]", "10", "a"},
           {"metadata.score][in]", "10,9.0", "ab"},
           {"metadata.score][gt]", "9", "a"},
           {"metadata.score]", "1e1", "a"},
           {"metadata.score][gt]", "0.9e1", "a"},
           {"metadata.score][gte]", "9", "ab"},
           {"metadata.score][lt]", "10", "b"},
           {"metadata.score][gt]", "high", ""},
           {"metadata.score][contains]", "0.", "a"},
           {"metadata.score][starts_with]", "1", "a"},
           {"metadata.paid]", "true", "a"},
           {"metadata.paid][ne]", "true", "bc"},
           {"metadata.zones]", "eu", "a"},
           {"metadata.zones][in]", "asia,us", "a"},
           {"metadata.zones][contains]", "7", "a"},
           {"metadata.zones][contains]", "e", ""},
           {"metadata.zones][ne]", "eu", "bc"},
           {"metadata.zones][gt]", "a", ""},
           {"metadata.zones][starts_with]", "e", ""},
           {"metadata][exists]", "true", "ab"},
           {"metadata][exists]", "false", "c"},
           {"metadata.it's \"]", "x", ""}});
}

TEST_CASE("id, version and times") {
    ThreeContacts log;
    const std::string at = to_rfc3339(log.a_created);
    const std::vector<Case> cases{
        {"id]", to_string(log.a), "a"},
        {"id][ne]", to_string(log.a), "bc"},
        {"id][gt]", to_string(log.a), "bc"},
        {"id][in]", to_string(log.a) + "," + to_string(log.c), "ac"},
        {"id][starts_with]", to_string(log.b), "b"},
        {"version]", "2", "c"},
        {"version][ne]", "2", "ab"},
        {"version][lt]", "2", "ab"},
        {"version][in]", "2,3", "c"},
        {"version][contains]", "1", "ab"},
        {"version][exists]", "true", "abc"},
        {"created_at]", at, "a"},
        {"created_at][ne]", at, "bc"},
        {"created_at][gt]", at, "bc"},
        {"created_at][gte]", at, "abc"},
        {"created_at][lt]", at, ""},
        {"created_at][lte]", at, "a"},
        {"created_at][lte]", "9999-12-31T23:59:59Z", "abc"},
        {"created_at][gt]", "0001-01-01T00:00:00Z", "abc"},
        {"created_at][in]", at + ",2001-01-01T00:00:00Z", "a"},
        {"created_at][starts_with]", "2026-03-08T06:", "abc"},
        {"created_at][contains]", at.substr(11), "a"},
        {"updated_at][gt]", to_rfc3339(log.last_time() - std::chrono::seconds(1)), "c"},
        {"updated_at][exists]", "false", ""}};
    for (const auto& [filter, value, expected] : cases) {
        CAPTURE(filter);
        CHECK(log.found(filter, value) == expected);
    }
}
