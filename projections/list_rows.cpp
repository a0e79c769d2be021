#include "projections/list_rows.hpp"

#include "bus/pg_binary_array.hpp"
#include "bus/pg_text.hpp"
#include "domain/text.hpp"
#include "projections/list_columns.hpp"
#include "projections/record_words.hpp"
#include "projections/table.hpp"

#include <pqxx/pqxx>

#include <algorithm>

namespace throughline {

struct ListRows::Column {
    std::string name;
    PgBinaryArray values;
    std::string read_as = "{}"; // the SQL that makes the column's value of one of them
    const Field* field = nullptr;
};

namespace {

// In this order; the declared fields follow.
enum Fixed : std::size_t {
    tenant_id,
    id,
    version,
    created_at,
    updated_at,
    state,
    words,
    external_id
};

const std::string* text_of(const JsonObject& fields, const std::string& name) {
    const Json* const value = fields.find(name);
    return value == nullptr ? nullptr : value->string();
}

const JsonArray* array_of(const JsonObject& fields, const std::string& name) {
    const Json* const value = fields.find(name);
    return value == nullptr ? nullptr : value->array();
}

std::string folded_tags(const JsonArray* tags) {
    PgArray folded;
    if (tags != nullptr)
        for (const Json& tag : *tags)
            if (tag.string() != nullptr) folded.add(case_folded(*tag.string()));
    return folded.text();
}

std::string words_of(const Kind& kind, const JsonObject& fields) {
    PgArray found;
    for (const std::string& word : record_words(kind, fields)) found.add(word);
    return found.text();
}

// Of UTF-8; an index takes no more than 2,704 bytes a row.
constexpr std::size_t max_external_id = 512;

/// metadata.external_id as it was written, for imports to match; a longer one is no id of
/// anybody's.
std::optional<std::string> external_id_of(const JsonObject& fields) {
    const Json* const metadata = fields.find("metadata");
    const Json* const value = metadata == nullptr ? nullptr : metadata->find("external_id");
    if (value == nullptr || (value->string() == nullptr && value->number() == nullptr))
        return std::nullopt;
    std::string id =
        value->string() != nullptr ? trimmed(*value->string()) : value->number()->digits;
    return id.size() <= max_external_id ? std::optional(std::move(id)) : std::nullopt;
}

} // namespace

ListRows::ListRows(const Kind& kind) : ListRows(kind, list_table(kind)) {}

ListRows::ListRows(const Kind& kind, std::string table) : kind_(kind), table_(std::move(table)) {
    const PgBinaryArray uuids(PgType::uuid), numbers(PgType::int8), times(PgType::timestamptz),
        texts(PgType::text);
    columns_ = {{"tenant_id", uuids},
                {"id", uuids},
                {"version", numbers},
                {"created_at", times},
                {"updated_at", times},
                {"state", texts},
                {"words", texts, "array_to_tsvector({}::text[])"},
                {"external_id", texts}};
    for (const ListColumn& column : list_columns(kind))
        if (column.field != nullptr)
            columns_.push_back(
                {column.sql_name(), texts, "{}::" + column.sql_type(), column.field});
}

ListRows::~ListRows() = default;

void ListRows::add(const Uuid& tenant, const Uuid& record_id, const Record& record,
                   std::string_view region) {
    empty_ = false;
    columns_[tenant_id].values.add(tenant);
    columns_[id].values.add(record_id);
    columns_[version].values.add(record.version);
    columns_[created_at].values.add(storable(record.created_at));
    columns_[updated_at].values.add(storable(record.updated_at));
    columns_[state].values.add(state_text(kind_, record));
    columns_[words].values.add(words_of(kind_, record.fields));
    if (const auto external = external_id_of(record.fields))
        columns_[external_id].values.add(*external);
    else
        columns_[external_id].values.add_null();
    for (Column& column : columns_)
        if (column.field != nullptr) add_field(column, *column.field, record, region);
}

void ListRows::add_field(Column& column, const Field& field, const Record& record,
                         std::string_view region) {
    if (field.is_list()) return column.values.add(folded_tags(array_of(record.fields, field.name)));
    if (field.type == FieldType::metadata) {
        const Json* const value = record.fields.find(field.name);
        const bool is_object = value != nullptr && value->object() != nullptr;
        return column.values.add(is_object ? to_text(compared_metadata(*value)) : "{}");
    }
    const Json* const value = record.fields.find(field.name);
    if (value != nullptr && (value->boolean() != nullptr || value->number() != nullptr))
        return column.values.add(to_text(*value));
    // A value of rules of its own that is no text compares as the text of its JSON.
    if (value != nullptr && (value->object() != nullptr || value->array() != nullptr))
        return column.values.add(case_folded(to_text(*value)));
    const std::string* const text = text_of(record.fields, field.name);
    if (text == nullptr)
        column.values.add_null();
    else if (compares_as_text(field.type))
        column.values.add(compared_form(field.type, *text, region));
    else
        column.values.add(*text);
}

void ListRows::write(pqxx::transaction_base& transaction) const {
    if (empty_) return;
    std::string names;
    std::string values;
    std::string arrays;
    std::string replaced;
    std::vector<pqxx::binarystring> parameters;
    for (const Column& column : columns_) {
        const std::string comma = parameters.empty() ? "" : ", ";
        parameters.push_back(column.values.binary());
        std::string value = column.read_as;
        value.replace(value.find("{}"), 2, "given." + column.name);
        names += comma + column.name;
        values += comma + value;
        arrays += comma + "$" + std::to_string(parameters.size()) + "::" + column.values.sql_type();
        replaced += comma + "excluded." + column.name;
    }
    // Planning it costs more than writing a row. A kind that has got a field is another statement.
    const std::string statement = "write_" + table_ + "_" + std::to_string(columns_.size());
    transaction.conn().prepare(
        statement, "insert into " + table_ + " (" + names + ") select " + values + " from unnest(" +
                       arrays + ") as given (" + names +
                       ") on conflict (tenant_id, id) do update set (" + names + ") = row(" +
                       replaced + ") where " + table_ + ".version <= excluded.version");
    transaction.exec_prepared0(statement, pqxx::prepare::make_dynamic_params(parameters));
}

bool has_national_number(const Kind& kind, const Record& record) {
    return std::ranges::any_of(kind.fields, [&](const Field& field) {
        if (field.type != FieldType::phone) return false;
        const std::string* const written = text_of(record.fields, field.name);
        return written != nullptr && !normal_phone(*written).starts_with('+');
    });
}

} // namespace throughline
