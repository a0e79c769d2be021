#include "projections/lists.hpp"
#include "projections/past.hpp"
#include "projections/past_list.hpp"
#include "tests/support/projected_log.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

using namespace throughline;

namespace {

using Answers = std::vector<std::string>;

/// Contacts that change at random, and what their list answers to many questions.
struct ChangingList : ProjectedLog {
    Kind contacts = contact_kind();
    Registry registry = standard_registry();
    ListProjection projection{contacts};
    std::mt19937 random{20'261'126};
    std::vector<Uuid> ids;

    ChangingList() { migrate_model(projection); }

    [[nodiscard]] std::int64_t head() const { return static_cast<std::int64_t>(events().size()); }
    std::size_t any(std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
    }

    void change_something() {
        const auto word = [&] { return std::string(1, static_cast<char>('a' + any(5))); };
        const auto maybe = [&] { return any(3) == 0 ? Json() : Json(word()); };
        if (ids.size() < 4 || any(4) == 0) {
            ids.push_back(create(contacts, {{"name", word()}, {"job_position", maybe()}}));
            return;
        }
        const Uuid& id = ids[any(ids.size())];
        if (record(id).deleted) {
            restore(contacts, id);
        } else if (any(4) == 0) {
            remove(contacts, id);
        } else {
            JsonObject values{{"name", word()}, {"job_position", maybe()}};
            if (any(2) == 0) values.set("status", any(2) == 0 ? "qualified" : "new");
            if (any(2) == 0) values.set("tags", JsonArray{word()});
            if (any(2) == 0) values.set("metadata", JsonObject{{"tier", maybe()}});
            if (decide_update(contacts, record(id), values).value().empty()) return;
            update(contacts, id, values);
        }
    }

    /// Folds what there is, and says so as a subscription does.
    void fold() {
        apply(projection);
        move_checkpoint(head());
    }
    void move_checkpoint(std::int64_t position) {
        pqxx::work transaction(owner());
        transaction.exec_params("insert into checkpoints values ('list_contact', $1)"
                                " on conflict (name) do update set position = $1",
                                position);
        transaction.commit();
    }

    /// Every page of a query, its items and its totals.
    std::string walk(QueryParameters query, std::optional<std::int64_t> as_of) {
        Database app(url(), Role::app, 1);
        Lists lists(app);
        std::string answer;
        query.emplace_back("cursor", "");
        query.emplace_back("limit", "3");
        query.emplace_back("count", "true");
        for (;;) {
            auto request = read_list_request(contacts, query).value();
            request.as_of = as_of;
            const ListPage page = lists.page(tenant, Caller::system(), contacts, request).value();
            for (const ListItem& item : page.items)
                answer += to_string(item.id) + std::to_string(item.version) + item.state + "\n";
            answer += std::to_string(page.total.value()) + "\n";
            if (!page.next) return answer;
            query[query.size() - 3].second = *page.next;
        }
    }

    Answers answers(std::optional<std::int64_t> as_of = {}) {
        const std::vector<QueryParameters> questions{
            {},
            {{"sort", "name"}},
            {{"sort", "-job_position"}},
            {{"sort", "job_position,-name"}},
            {{"sort", "-updated_at"}, {"filter[status]", "qualified"}},
            {{"filter[name][in]", "a,b"}, {"sort", "id"}},
            {{"filter[tags][contains]", "c"}, {"sort", "version"}},
            {{"filter[metadata.tier][exists]", "true"}},
            {{"filter[job_position][exists]", "false"}},
            {{"q", "d"}}};
        Answers all;
        for (const QueryParameters& question : questions) all.push_back(walk(question, as_of));
        return all;
    }
};

} // namespace

TEST_CASE_FIXTURE(ChangingList, "a list as of a position is the list that was there then") {
    std::map<std::int64_t, Answers> at;
    fold();
    at[0] = answers();
    for (int i = 0; i < 25; ++i) {
        for (std::size_t changes = 1 + any(3); changes > 0; --changes) change_something();
        fold();
        at[head()] = answers();
    }
    for (const auto& [position, then] : at) {
        CAPTURE(position);
        CHECK(answers(position) == then);
    }
}

TEST_CASE_FIXTURE(ChangingList, "it is complete where the list has not caught up with the log") {
    std::map<std::int64_t, Answers> at;
    for (int i = 0; i < 12; ++i) {
        change_something();
        apply(projection);
        at[head()] = answers();
    }
    pqxx::work transaction(owner());
    transaction.exec0("truncate list_contact");
    transaction.commit();
    const auto half = static_cast<std::size_t>(head() / 2);
    apply(projection, std::span(events()).first(half));
    move_checkpoint(static_cast<std::int64_t>(half));
    for (const auto& [position, then] : at) {
        CAPTURE(position);
        CHECK(answers(position) == then);
    }
}

TEST_CASE_FIXTURE(ChangingList, "the whole list as of a position can be asked anything") {
    const Uuid gone = create(contacts, {{"name", "gone"}});
    create(contacts, {{"name", "stays"}});
    const Uuid changed = create(contacts, {{"name", "changed"}, {"status", "new"}});
    const std::int64_t then = head();
    remove(contacts, gone);
    update(contacts, changed, {{"status", "qualified"}});
    create(contacts, {{"name", "later"}});
    fold();
    Database app(url(), Role::app, 1);
    const auto names = [&](std::int64_t at) {
        std::string found;
        app.write(tenant, [&](pqxx::transaction_base& transaction) {
            open_past_list(transaction, tenant, contacts, at);
            found = transaction
                        .exec_params1("select string_agg(name || ':' || status, ' ' order by name)"
                                      " from " +
                                          past_list(contacts) +
                                          " where tenant_id = $1::uuid and words is not null",
                                      to_string(tenant))[0]
                        .c_str();
        });
        return found;
    };
    CHECK(names(then) == "changed:new gone:new stays:new");
    CHECK(names(head()) == "changed:qualified later:new stays:new");
    CHECK(names(then) == "changed:new gone:new stays:new"); // nothing is left of the one before
    CHECK(names(0).empty());
}

TEST_CASE_FIXTURE(ChangingList, "who sees a record now sees how it was, and nobody else does") {
    const Uuid me = new_id();
    const Uuid other = new_id();
    const Uuid given = create(contacts, {{"name", "given"}, {"owner_id", to_string(me)}});
    const Uuid taken = create(contacts, {{"name", "taken"}, {"owner_id", to_string(other)}});
    const Uuid lost = create(contacts, {{"name", "lost"}, {"owner_id", to_string(me)}});
    const std::int64_t then = head();
    update(contacts, given, {{"owner_id", to_string(other)}});
    update(contacts, taken, {{"owner_id", to_string(me)}});
    remove(contacts, lost);
    fold();
    Database app(url(), Role::app, 1);
    Lists lists(app);
    ListRequest request;
    request.as_of = then;
    request.count = true;
    const auto names = [&](const Caller& caller) {
        const ListPage page = lists.page(tenant, caller, contacts, request).value();
        std::set<std::string> found;
        for (const ListItem& item : page.items)
            found.insert(title_of(contacts, record_of(contacts, item).fields));
        CHECK(page.total.value() == static_cast<std::int64_t>(found.size()));
        return found;
    };
    CHECK(names({me, level_of("member"), true}) == std::set<std::string>{"taken", "lost"});
    CHECK(names({me, level_of("manager"), true}).size() == 3);
    CHECK(names({me, 0, true}).empty());
}

TEST_CASE_FIXTURE(ChangingList, "single records are folded up to the position") {
    const Uuid id = create(contacts, {{"name", "Zoë"}});
    const std::int64_t created = head();
    update(contacts, id, {{"name", "Zoé"}});
    const std::int64_t renamed = head();
    remove(contacts, id);
    const Uuid later = create(contacts, {{"name", "later"}});
    Database app(url(), Role::app, 1);
    Past past(app, registry);
    const std::vector<StreamKey> keys{{"contact", later}, {"contact", id}, {"contact", new_id()}};
    const auto told = [&](std::int64_t at) {
        std::string text;
        for (const StreamHead& head : past.heads(tenant, keys, at))
            text += head.title + std::to_string(head.version) + (head.archived ? "!" : "") + " ";
        return text;
    };
    CHECK(told(0) == "0 0 0 ");
    CHECK(told(created) == "0 Zoë1 0 ");
    CHECK(told(renamed) == "0 Zoé2 0 ");
    CHECK(told(renamed + 1) == "0 Zoé3! 0 ");
    CHECK(told(head()) == "later1 Zoé3! 0 ");
    const StreamHead then = past.heads(tenant, keys, created)[1];
    CHECK(record_from_state(contacts, then.state, 1, false).fields == current_data(events()[0]));
    CHECK(past.heads(new_id(), keys, head())[1].version == 0); // of another tenant
}
