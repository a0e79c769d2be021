#include "domain/record/change.hpp"

#include "domain/money.hpp"
#include "domain/record/erasure.hpp"
#include "domain/record/merge.hpp"
#include "domain/record/value.hpp"
#include "domain/text.hpp"

#include <algorithm>

namespace throughline {

namespace {

// What fields of FieldType::metadata are called.
constexpr std::string_view metadata_field = "metadata";

constexpr std::size_t most_title_characters = 255;

Json value_in(const JsonObject& fields, const Field& field) {
    const Json* const value = fields.find(field.name);
    return value == nullptr ? empty_value(field) : *value;
}

std::vector<StreamKey> links_of(const Kind& kind, const JsonObject& fields) {
    std::vector<StreamKey> links;
    add_links(links, kind, fields);
    return links;
}

/// What one event of an update says.
struct Difference {
    std::string event;
    JsonObject before;
    JsonObject after;
};

/// `updated` first, then the changes that are events of their own.
class Differences {
  public:
    Differences() { all_.push_back({"updated", {}, {}}); }

    void add(const Field& field, Json before, Json after) {
        const std::string_view event = field.event_of(after);
        auto found = std::ranges::find(all_, event, &Difference::event);
        if (found == all_.end()) found = all_.insert(all_.end(), {std::string(event), {}, {}});
        found->before.append(field.name, std::move(before));
        found->after.append(field.name, std::move(after));
    }

    /// `fields` are those before the change.
    [[nodiscard]] RecordEvents events(const Kind& kind, const JsonObject& fields,
                                      const std::vector<StreamKey>& links) && {
        const auto after = [&](const Field& field) {
            for (const Difference& each : all_)
                if (const Json* const value = each.after.find(field.name)) return *value;
            return value_in(fields, field);
        };
        RecordEvents events;
        for (const Difference& each : all_) {
            if (each.after.empty()) continue;
            JsonObject data{{"before", each.before}, {"after", each.after}};
            for (const Told& told : kind.told)
                if (told.event == each.event)
                    data.append(told.member, after(*kind.field(told.field)));
            events.push_back({kind.name + "." + each.event, std::move(data), links});
        }
        return events;
    }

  private:
    std::vector<Difference> all_;
};

JsonObject object_in(const Json* value) {
    return value == nullptr || value->object() == nullptr ? JsonObject{} : *value->object();
}

/// Metadata take the change as a patch, any other value is whole.
void fold_change(JsonObject& fields, const JsonObject& after) {
    for (const auto& [name, value] : after) {
        const JsonObject* const patch = name == metadata_field ? value.object() : nullptr;
        fields.set(name,
                   patch == nullptr ? value : merge_patch(object_in(fields.find(name)), *patch));
    }
}

void replace(JsonObject& fields, const JsonObject& after) {
    for (const auto& [name, value] : after) fields.set(name, value);
}

/// Numbers count as such: a client that reads 10.50 and writes it back as 10.5 changes nothing.
bool is_same(const Json& a, const Json& b) {
    if (a.number() != nullptr && b.number() != nullptr)
        return is_same_number(a.number()->digits, b.number()->digits);
    if (a.array() != nullptr && b.array() != nullptr)
        return std::ranges::equal(*a.array(), *b.array(), is_same);
    const JsonObject* const first = a.object();
    const JsonObject* const second = b.object();
    if (first == nullptr || second == nullptr) return a == b;
    return first->size() == second->size() && std::ranges::all_of(*first, [&](const auto& member) {
               const Json* const other = second->find(member.name);
               return other != nullptr && is_same(member.value, *other);
           });
}

/// The id that a reference holds; none where metadata holds what is none, from before its key was
/// declared.
std::optional<Uuid> id_in(const Field& field, const Json* value) {
    if (field.type != FieldType::reference || value == nullptr || value->string() == nullptr)
        return std::nullopt;
    return parse_uuid(*value->string());
}

Time time_in(const Json& state, std::string_view name) {
    const auto time = parse_rfc3339(state.text(name));
    if (!time) throw std::runtime_error("the state of a record has no " + std::string(name));
    return *time;
}

} // namespace

JsonObject whole_fields(const Kind& kind, const JsonObject& fields) {
    JsonObject out;
    out.reserve(kind.fields.size());
    for (const Field& field : kind.fields) out.append(field.name, value_in(fields, field));
    return out;
}

void add_links(std::vector<StreamKey>& links, const Kind& kind, const JsonObject& fields) {
    for (const Field& field : kind.fields) {
        const Json* const value = fields.find(field.name);
        if (!field.refers() || field.target == "user" || value == nullptr) continue;
        for (const Uuid& id : ids_in(*value))
            if (StreamKey link{field.target, id}; std::ranges::find(links, link) == links.end())
                links.push_back(std::move(link));
    }
}

std::vector<StreamKey> referred_records(const Kind& kind, const JsonObject& fields) {
    std::vector<StreamKey> records = links_of(kind, fields);
    const JsonObject metadata = object_in(fields.find(metadata_field));
    for (const Field& custom : kind.custom) {
        const auto id = id_in(custom, metadata.find(custom.name));
        if (!id || custom.target == "user") continue;
        if (StreamKey record{custom.target, *id};
            std::ranges::find(records, record) == records.end())
            records.push_back(std::move(record));
    }
    return records;
}

JsonObject with_survivors(const Kind& kind, JsonObject values, const Survivors& survivors) {
    const auto lead_on = [&](const Field& field, Json* value) {
        const auto id = id_in(field, value);
        if (!id) return;
        const auto found = survivors.find({field.target, *id});
        if (found != survivors.end()) *value = to_string(found->second);
    };
    for (const Field& field : kind.fields) lead_on(field, values.find(field.name));
    if (Json* const metadata = values.find(metadata_field);
        metadata != nullptr && metadata->object() != nullptr)
        for (const Field& custom : kind.custom)
            lead_on(custom, metadata->object()->find(custom.name));
    return values;
}

JsonObject with_initial_values(const Kind& kind, JsonObject fields) {
    for (const Field& field : kind.fields)
        if (!field.initial.is_null() && value_in(fields, field).is_null())
            fields.set(field.name, field.initial);
    return fields;
}

RecordEvents decide_create(const Kind& kind, const JsonObject& values, const Uuid& creator) {
    JsonObject fields;
    fields.reserve(kind.fields.size());
    for (const Field& field : kind.fields) {
        if (values.contains(field.name))
            fields.append(field.name, value_in(values, field));
        else if (!field.initial.is_null())
            fields.append(field.name, field.initial);
        else if (field.is_creators && !creator.is_nil())
            fields.append(field.name, to_string(creator));
        else
            fields.append(field.name, empty_value(field));
    }
    auto links = links_of(kind, fields);
    return {{kind.name + ".created", std::move(fields), std::move(links)}};
}

Result<RecordEvents> decide_update(const Kind& kind, const Record& record,
                                   const JsonObject& values) {
    Differences differences;
    auto links = links_of(kind, record.fields);
    add_links(links, kind, values);
    for (const Field& field : kind.fields) {
        const Json* const value = values.find(field.name);
        if (value == nullptr) continue;
        if (field.type != FieldType::metadata) {
            Json before = value_in(record.fields, field);
            if (!is_same(before, *value)) differences.add(field, std::move(before), *value);
            continue;
        }
        const JsonObject before = object_in(record.fields.find(field.name));
        const JsonObject after =
            value->is_null() ? JsonObject{} : merge_patch(before, object_in(value));
        if (is_same(before, after)) continue;
        if (to_text(after).size() > max_metadata_bytes)
            return invalid({{"/" + field.name, "too_large", "At most 16 KiB."}});
        differences.add(field, merge_difference(after, before), merge_difference(before, after));
    }
    return std::move(differences).events(kind, record.fields, links);
}

RecordEvents decide_delete(const Kind& kind, const Record& record) {
    return {{kind.name + ".deleted",
             {{"before", whole_fields(kind, record.fields)}},
             links_of(kind, record.fields)}};
}

Result<RecordEvents> decide_restore(const Kind& kind, const Record& record) {
    if (!record.deleted)
        return Rejection{Refusal::conflict, "The " + kind.name + " is not deleted."};
    if (record.merged_into)
        return Rejection{Refusal::conflict,
                         "The " + kind.name + " is merged into another: unmerge it from that."};
    return RecordEvents{{kind.name + ".restored", whole_fields(kind, record.fields),
                         links_of(kind, record.fields)}};
}

void evolve(Record& record, std::string_view type, const JsonObject& data, Time at) {
    const auto what = type.substr(type.rfind('.') + 1);
    if (record.version == 0) record.created_at = at;
    ++record.version;
    record.updated_at = at;
    if (what == "created" || what == "restored")
        record.fields = data;
    else if (const Json* const after = data.find("after"); after != nullptr && after->object())
        (is_erasure(type) ? replace : fold_change)(record.fields, *after->object());
    if (what == "restored") record.merged_into.reset();
    if (const Json* const into = data.find("into"); into != nullptr && what == "merged_into")
        record.merged_into = parse_uuid(*into->string());
    if (what == "deleted" || what == "restored" || what == "merged_into")
        record.deleted = what != "restored";
}

std::string state_text(const Kind& kind, const Record& record) {
    std::string text;
    const auto add = [&text](std::string_view name, const Json& value) {
        text += text.empty() ? '{' : ',';
        append_quoted(text, name);
        text += ':';
        append_text(text, value);
    };
    for (const Field& field : kind.fields) {
        const Json* const value = record.fields.find(field.name);
        value == nullptr ? add(field.name, empty_value(field)) : add(field.name, *value);
    }
    add("created_at", to_rfc3339(record.created_at));
    add("updated_at", to_rfc3339(record.updated_at));
    if (record.merged_into) add("merged_into", to_string(*record.merged_into));
    return text + '}';
}

Record record_from_state(const Kind& kind, std::string_view state, std::int64_t version,
                         bool deleted) {
    const Json parsed = parse_json(state);
    if (parsed.object() == nullptr)
        throw std::runtime_error("the state of a record is not an object");
    return {version,
            deleted,
            whole_fields(kind, *parsed.object()),
            time_in(parsed, "created_at"),
            time_in(parsed, "updated_at"),
            parse_uuid(parsed.text("merged_into"))};
}

std::string title_of(const Kind& kind, const JsonObject& fields) {
    for (const std::string& field : kind.titles) {
        const Json* const value = fields.find(field);
        if (value != nullptr && value->string() != nullptr && !value->string()->empty())
            return trimmed(cut_to_characters(*value->string(), most_title_characters));
    }
    return {};
}

} // namespace throughline
