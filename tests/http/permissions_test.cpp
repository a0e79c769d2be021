#include "domain/identity/roles.hpp"
#include "domain/record/ownership.hpp"
#include "tests/support/route_table.hpp"
#include "tests/support/team.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace throughline {
namespace {

const std::string unknown_id = "01890a5d-ac96-774b-bcce-b302099a8057";

/// What the server says that roles may.
class Matrix {
  public:
    explicit Matrix(HttpClient& client) : roles_(body_of(client.get("/api/roles"))) {}

    /// For which records: "all", "own_and_shared", "own", or "" for none.
    [[nodiscard]] std::string reach(const std::string& role, const std::string& permission) const {
        for (const Json& item : *roles_.find("items")->array())
            if (item.text("name") == role) return item.find("permissions")->text(permission);
        return "";
    }

  private:
    Json roles_;
};

bool reaches(const std::string& reach, Bond bond) {
    if (reach == "own") return bond == Bond::own;
    if (reach == "own_and_shared") return bond == Bond::own || bond == Bond::shared;
    return reach == "all";
}

/// The kind whose record a route is about; none where it is about no record.
const Kind* kind_of(const Registry& registry, const ListedRoute& route) {
    for (const Kind& kind : registry.kinds())
        if (route.path.starts_with("/api/" + kind.plural + "/{id}")) return &kind;
    return route.path.starts_with("/api/timeline/") ? registry.find("contact") : nullptr;
}

std::vector<Bond> bonds_of(const Kind& kind) {
    if (owner_fields(kind).empty()) return {Bond::shared};
    return {Bond::own, Bond::unowned, Bond::others};
}

/// Every route with every role, and with every bond to the record where it is about one.
struct Walk {
    TestServer server{Team::environment()};
    Team team{server};
    Registry registry = standard_registry();
    Matrix matrix{team.as("viewer")};
    std::vector<ListedRoute> routes = route_table(team.as("owner"));
    int denied = 0;

    std::string new_record(const Kind& kind, const std::string& role, Bond bond) {
        JsonObject fields;
        for (const Field& field : kind.fields)
            if (field.is_required)
                fields.append(field.name,
                              field.choices.empty() ? "Something" : field.choices.front());
        const std::string other = role == "owner" ? "admin" : "owner";
        if (bond == Bond::unowned)
            fields.set("owner_id", nullptr);
        else if (bond != Bond::shared)
            fields.set("owner_id", to_string(team.id_of(bond == Bond::own ? role : other)));
        return team.create("owner", kind.plural, std::move(fields));
    }

    void probe(const ListedRoute& route, const std::string& role, const Kind* kind, Bond bond) {
        const std::string record = kind == nullptr ? unknown_id : new_record(*kind, role, bond);
        const std::string target = route.path_with([&](const std::string& parameter) {
            if (parameter == "entity_type" || parameter == "type") return std::string("contact");
            return parameter.ends_with("id") ? record : std::string("something");
        });
        const HttpHeaders posing = {{"X-User-Role", role == "owner" ? "viewer" : "owner"},
                                    {"X-User-Id", to_string(team.id_of("owner"))}};
        const HttpReply reply = route.ask(team.as(role), target, posing);
        CAPTURE(route.name());
        CAPTURE(route.permission);
        CAPTURE(role);
        CAPTURE(static_cast<int>(bond));
        CAPTURE(reply.body);
        const std::string reach = matrix.reach(role, route.permission);
        if (kind == nullptr ? !reach.empty() : reaches(reach, bond)) {
            CHECK(reply.status != 401);
            CHECK(reply.status != 403);
            CHECK(reply.status < 500);
        } else {
            CHECK(reply.status == 403);
            ++denied;
        }
    }

    /// What was denied, by the log and by the metric.
    [[nodiscard]] int logged() {
        const std::string log = server.process().output();
        int lines = 0;
        for (auto found = log.find(R"("msg":"access denied")"); found != std::string::npos;
             found = log.find(R"("msg":"access denied")", found + 1))
            ++lines;
        return lines;
    }
    [[nodiscard]] int counted() const {
        const std::string metrics = server.anonymous().get("/metrics").body;
        int sum = 0;
        const std::string name = "\naccess_denied_total{";
        for (auto found = metrics.find(name); found != std::string::npos;
             found = metrics.find(name, found + 1))
            sum += std::stoi(metrics.substr(metrics.find("} ", found) + 2));
        return sum;
    }
};

} // namespace

TEST_CASE_FIXTURE(Walk,
                  "every route takes the role that the matrix says, whoever one poses as, and "
                  "each denial is logged and counted") {
    for (const ListedRoute& route : routes) {
        if (route.permission.empty()) continue;
        const Kind* const kind = kind_of(registry, route);
        for (const MemberRole& role : member_roles())
            for (const Bond bond : kind == nullptr ? std::vector{Bond::own} : bonds_of(*kind))
                probe(route, std::string(role.name), kind, bond);
    }
    CHECK(denied > 50);
    CHECK(counted() == denied);
    CHECK(wait_until([&] { return logged() == denied; }));
}

TEST_CASE_FIXTURE(Walk, "without a token no route answers that is not open") {
    HttpClient nobody = server.anonymous();
    for (const ListedRoute& route : routes) {
        if (route.permission.empty()) continue;
        CAPTURE(route.name());
        const std::string target = route.path_with([](const auto& parameter) {
            return parameter.ends_with("id") ? unknown_id : std::string("contact");
        });
        const int status = route.ask(nobody, target).status;
        // A WebSocket's token may come as its first message.
        CHECK((status == 401 || (route.path == "/api/events/ws" && status == 426)));
    }
}

TEST_CASE_FIXTURE(Walk, "a denial's line in the log says who, what and where, and nothing else") {
    const std::string contact = new_record(*registry.find("contact"), "member", Bond::others);
    REQUIRE(team.as("member")
                .request("PATCH", "/api/contacts/" + contact, R"({"name":"Mallory"})")
                .status == 403);
    const std::string log = server.process().output();
    const auto begin = log.rfind('\n', log.find(R"("msg":"access denied")")) + 1;
    const Json line = parse_json(log.substr(begin, log.find('\n', begin) - begin));
    CHECK(line.text("user_id") == to_string(team.id_of("member")));
    CHECK(line.text("tenant_id") == to_string(team.tenant()));
    CHECK(line.text("permission") == "records.change");
    CHECK(line.text("route") == "/contacts/{id}");
    CHECK(line.text("trace_id").size() == 32);
    CHECK(line.object()->size() == 8); // and time, level, msg
}

TEST_CASE_FIXTURE(Walk, "the role in force is the membership's, whatever the token says") {
    const auto created = [&] {
        return team.as("sales").post("/api/contacts", R"({"name":"Ada"})").status;
    };
    CHECK(created() == 201);
    team.change_role("sales", "viewer");
    CHECK(wait_until([&] { return created() == 403; }));
    CHECK(body_of(team.as("sales").get("/api/me")).text("role") == "viewer");
    team.change_role("sales", "manager");
    CHECK(wait_until([&] { return created() == 201; }));
}

TEST_CASE_FIXTURE(Walk, "a member gives their own record away, and has then no more say in it") {
    const std::string contact = new_record(*registry.find("contact"), "member", Bond::own);
    const std::string path = "/api/contacts/" + contact;
    const std::string away = R"({"owner_id":")" + to_string(team.id_of("sales")) + R"("})";
    CHECK(team.as("member").request("PATCH", path, away).status == 200);
    CHECK(team.as("member").request("PATCH", path, R"({"name":"Mine"})").status == 403);
    CHECK(team.as("member").get(path).status == 200);
    CHECK(team.as("sales").request("PATCH", path, R"({"name":"Theirs"})").status == 200);
    CHECK(team.as("sales").request("DELETE", path).status == 204);
    // What is gone reads 404 for all; bringing it back takes what deleting it took.
    CHECK(team.as("member").request("PATCH", path, R"({"name":"Mine"})").status == 404);
    CHECK(team.as("member").request("POST", path + "/restore").status == 403);
    CHECK(team.as("sales").request("POST", path + "/restore").status == 200);
}

} // namespace throughline
