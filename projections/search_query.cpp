#include "domain/search_query.hpp"
#include "bus/pg_text.hpp"
#include "domain/record/change.hpp"
#include "domain/text.hpp"
#include "projections/cursor.hpp"
#include "projections/search.hpp"
#include "projections/search_statement.hpp"
#include "projections/table.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <charconv>

namespace throughline {

namespace {

using Column = SearchColumn;
constexpr std::size_t cursor_keys = 4;

/// What a cursor is good for.
std::string identity_of(const SearchRequest& request) {
    JsonArray kinds(request.kinds.begin(), request.kinds.end());
    return to_text(JsonArray{"search", JsonArray(request.words.begin(), request.words.end()),
                             std::move(kinds),
                             request.user ? Json(to_string(*request.user)) : Json(),
                             request.from ? Json(to_rfc3339(*request.from)) : Json(),
                             request.to ? Json(to_rfc3339(*request.to)) : Json()});
}

/// A cursor's keys come from outside: whether they can be compared.
bool fits(const CursorKeys& keys) {
    if (!std::ranges::all_of(keys, [](const auto& key) { return key.has_value(); })) return false;
    int number = 0;
    const std::string& text = *keys[Column::points];
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto time = parse_rfc3339(*keys[Column::updated_at]);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size() && time &&
           to_rfc3339(*time) == *keys[Column::updated_at] && parse_uuid(*keys[Column::id]);
}

/// What of a field is shown where the words were found.
std::optional<std::string> shown(const Field& field, const Json& value,
                                 const std::vector<std::string>& words) {
    if (const JsonArray* const items = value.array()) {
        std::string found;
        for (const Json& item : *items)
            if (item.string() != nullptr)
                if (const auto html = highlighted(*item.string(), words))
                    found += (found.empty() ? "" : ", ") + *html;
        return found.empty() ? std::nullopt : std::optional(std::move(found));
    }
    if (value.string() == nullptr) return std::nullopt;
    auto html = highlighted(*value.string(), words);
    if (html || field.type != FieldType::phone) return html;
    const std::vector<std::string> digits = search_words(normal_phone(*value.string()));
    const bool is_found = std::ranges::any_of(words, [&](const std::string& word) {
        return !digits.empty() && digits.front().starts_with(word);
    });
    return is_found ? std::optional(marked(*value.string())) : std::nullopt;
}

JsonObject highlights_of(const Kind& kind, const JsonObject& fields,
                         const std::vector<std::string>& words) {
    JsonObject all;
    const auto add = [&](const std::string& name, const Field& field, const Json& value) {
        if (auto html = shown(field, value, words)) all.append(name, std::move(*html));
    };
    for (const Field& field : kind.fields) {
        const Json* const value = fields.find(field.name);
        if (value == nullptr) continue;
        if (field.is_searchable) add(field.name, field, *value);
        if (field.type == FieldType::metadata && value->object() != nullptr)
            for (const auto& [key, member] : *value->object())
                add(field.name + "." + key, field, member);
    }
    return all;
}

CursorKeys keys_of(const pqxx::row& row) {
    return {row[Column::points].as<std::string>(), to_rfc3339(time_of(row[Column::updated_at])),
            row[Column::kind].as<std::string>(), row[Column::id].as<std::string>()};
}

} // namespace

Search::Search(Database& app, const Registry& registry)
    : app_(app), kinds_(searched_kinds(registry)) {}

const Kind& Search::kept(const std::string& name) const {
    return *std::ranges::find(kinds_, name, &Kind::name);
}

Result<SearchPage> Search::page(const Uuid& tenant, const Caller& caller,
                                const SearchRequest& request) {
    const std::string identity = identity_of(request);
    CursorKeys after;
    if (!request.cursor.empty()) {
        auto read = read_cursor(request.cursor, identity, cursor_keys);
        if (!read || !fits(*read)) return invalid_cursor();
        after = std::move(*read);
    }
    SearchPage page;
    if (request.words.empty() || !caller.sees(Bond::own)) return page;
    const SearchStatement statement(tenant, caller, request, after);
    app_.read(tenant, [&](pqxx::transaction_base& transaction) {
        page = {};
        const pqxx::result rows = transaction.exec_params(
            statement.sql(), pqxx::prepare::make_dynamic_params(statement.values()));
        for (const pqxx::row& row : rows) {
            if (page.hits.size() == request.limit) {
                page.next = write_cursor(identity, keys_of(rows[row.num() - 1]));
                break;
            }
            const Kind& of = kept(row[Column::kind].as<std::string>());
            const Record record = record_from_state(of, text_of(row[Column::state]), 1, false);
            page.hits.push_back({{of.name, uuid_of(text_of(row[Column::id]))},
                                 title_of(of, record.fields),
                                 highlights_of(of, record.fields, request.words),
                                 row[Column::points].as<double>() / statement.all_points(),
                                 time_of(row[Column::updated_at])});
        }
    });
    return page;
}

std::int64_t Search::count(const Uuid& tenant, const Caller& caller, SearchRequest request,
                           std::int64_t most) {
    if (request.words.empty() || !caller.sees(Bond::own)) return 0;
    request.limit = static_cast<std::size_t>(most) - 1;
    const SearchStatement statement(tenant, caller, request, {});
    std::int64_t count = 0;
    app_.read(tenant, [&](pqxx::transaction_base& transaction) {
        count = transaction
                    .exec_params(statement.count_sql(),
                                 pqxx::prepare::make_dynamic_params(statement.values()))[0][0]
                    .as<std::int64_t>();
    });
    return count;
}

} // namespace throughline
