#include "handlers/identity/api_keys.hpp"

#include "bus/ids.hpp"
#include "domain/identity/api_key.hpp"
#include "handlers/identity/random_token.hpp"

#include <array>
#include <pqxx/pqxx>

namespace throughline {

namespace {

constexpr std::string_view beginning = "tlk_";
constexpr std::size_t shown = 12; // characters of a key that lists show
constexpr std::chrono::minutes between_notes{1};
constexpr std::size_t most_noted = 10'000;
const std::string last_id = "ffffffff-ffff-ffff-ffff-ffffffffffff";

const Kind& kind() {
    static const Kind kind = api_key_kind();
    return kind;
}

ApiKey key_of(const Uuid& id, const Uuid& tenant, const Json& state) {
    ApiKey key{id,
               tenant,
               uuid_of(state.text("user_id")),
               state.text("name"),
               state.text("role"),
               {},
               parse_rfc3339(state.text("expires_at"))};
    if (const Json* const scopes = state.find("scopes"); scopes != nullptr && scopes->array())
        for (const Json& scope : *scopes->array()) key.scopes.push_back(*scope.string());
    return key;
}

constexpr const char* list_columns =
    "s.id, s.version, s.state, k.last_used_at at time zone 'utc', u.state->>'name' "
    "from streams s left join api_keys k on k.id = s.id left join streams u "
    "on u.tenant_id = s.tenant_id and u.kind = 'user' and u.id = (s.state->>'user_id')::uuid "
    "where s.tenant_id = $1 and s.kind = 'api_key' and not s.archived";

ListedApiKey listed(const pqxx::row& row) {
    const auto version = row[1].as<std::int64_t>();
    ListedApiKey key{uuid_of(row[0].c_str()),
                     version,
                     record_from_state(kind(), row[2].c_str(), version, false),
                     row[4].c_str(),
                     {}};
    if (!row[3].is_null()) {
        std::string time = row[3].c_str();
        time[10] = 'T';
        key.last_used_at = parse_rfc3339(time + "Z");
    }
    return key;
}

} // namespace

bool looks_like_api_key(std::string_view token) { return token.starts_with(beginning); }

Result<ApiKeys::Made> ApiKeys::make(const CommandContext& context, const Uuid& user,
                                    JsonObject fields) {
    const Uuid id = new_id();
    const std::string key = std::string(beginning) + random_token();
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params("insert into api_keys (id, tenant_id, hash) values ($1, $2, $3)",
                                to_string(id), to_string(context.tenant), token_hash(key));
    });
    fields.set("prefix", key.substr(0, shown));
    fields.set("user_id", to_string(user));
    auto written = finish(commands_.create(context, kind(), id, Json(std::move(fields))));
    if (!written) return written.error();
    return Made{key, std::move(*written)};
}

Result<Written> ApiKeys::remove(const CommandContext& context, const Uuid& id) {
    auto removed = finish(commands_.remove(context, kind(), id));
    if (!removed) return removed;
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params("delete from api_keys where id = $1", to_string(id));
    });
    return removed;
}

std::optional<ApiKey> ApiKeys::find(const std::string& key, Time at) {
    std::optional<StreamKey> stream;
    Uuid tenant;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        const auto rows = transaction.exec_params(
            "select id, tenant_id from api_keys where hash = $1", token_hash(key));
        if (rows.empty()) return;
        stream = StreamKey{kind().name, uuid_of(rows[0][0].c_str())};
        tenant = uuid_of(rows[0][1].c_str());
    });
    if (!stream) return std::nullopt;
    const StreamHead head = store_.heads(tenant, {&*stream, 1}).front();
    if (head.version == 0 || head.archived) return std::nullopt;
    ApiKey found = key_of(stream->id, tenant, parse_json(head.state));
    if (found.expires_at && *found.expires_at <= at) return std::nullopt;
    return found;
}

void ApiKeys::note_use(const Uuid& id, Time at) {
    {
        const std::lock_guard lock(mutex_);
        const auto noted = noted_.find(id);
        if (noted != noted_.end() && at - noted->second < between_notes) return;
        if (noted_.size() >= most_noted) noted_.clear();
        noted_.insert_or_assign(id, at);
    }
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params("update api_keys set last_used_at = greatest(last_used_at, $2) "
                                "where id = $1",
                                to_string(id), to_rfc3339(at));
    });
}

std::vector<ListedApiKey> ApiKeys::list(const Uuid& tenant, std::size_t limit,
                                        const std::optional<Uuid>& before) {
    std::vector<ListedApiKey> keys;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        keys.clear();
        const std::string sql =
            std::string("select ") + list_columns + " and s.id < $2 order by s.id desc limit $3";
        for (const pqxx::row& row :
             transaction.exec_params(sql, to_string(tenant), before ? to_string(*before) : last_id,
                                     std::to_string(limit)))
            keys.push_back(listed(row));
    });
    return keys;
}

std::optional<ListedApiKey> ApiKeys::show(const Uuid& tenant, const Uuid& id) {
    std::optional<ListedApiKey> key;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        const std::string sql = std::string("select ") + list_columns + " and s.id = $2";
        const auto rows = transaction.exec_params(sql, to_string(tenant), to_string(id));
        if (!rows.empty()) key = listed(rows[0]);
    });
    return key;
}

void ApiKeys::sweep() {
    system_.write({}, [](pqxx::transaction_base& transaction) {
        transaction.exec(
            "delete from api_keys k where created_at < clock_timestamp() - interval '1 hour' and "
            "not exists (select from streams s where s.tenant_id = k.tenant_id and "
            "s.kind = 'api_key' and s.id = k.id and not s.archived)");
    });
}

} // namespace throughline
