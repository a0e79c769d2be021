#include "api/routes/bulk_form.hpp"

#include "domain/record/change.hpp"
#include "domain/record/value.hpp"
#include "domain/schema_words.hpp"

#include <array>
#include <unordered_set>

namespace throughline {
namespace {

constexpr std::array<std::pair<std::string_view, BulkChange::Action>, 3> actions{{
    {"update", BulkChange::Action::update},
    {"delete", BulkChange::Action::remove},
    {"restore", BulkChange::Action::restore},
}};

/// One body on its way to a form; goes on after a fault so that all are reported.
class FormReader {
  public:
    FormReader(const Kind* kind, const Json& body) : kind_(kind), body_(body) {}

    Result<BulkForm> read() {
        for (const auto& [name, value] : *body_.object()) refuse_unknown(name);
        read_action();
        read_records();
        read_changes();
        if (const Json* const dry_run = given("dry_run")) {
            if (dry_run->boolean() == nullptr)
                fault("/dry_run", "invalid_type", "It is true or false.");
            else
                form_.change.dry_run = *dry_run->boolean();
        }
        if (!faults_.empty()) return invalid(std::move(faults_));
        return std::move(form_);
    }

  private:
    void fault(std::string pointer, std::string code, std::string detail) {
        add_fault(faults_, std::move(pointer), std::move(code), std::move(detail));
    }

    /// Null is as good as absent.
    [[nodiscard]] const Json* given(std::string_view name) const {
        const Json* const value = body_.find(name);
        return value == nullptr || value->is_null() ? nullptr : value;
    }

    void refuse_unknown(const std::string& name) {
        for (const std::string_view known : {"action", "ids", "filter", "changes", "dry_run"})
            if (name == known) return;
        std::string pointer = "/";
        append_pointer_token(pointer, name);
        fault(std::move(pointer), "unknown_field", "A bulk change has no such member.");
    }

    void read_action() {
        const Json* const action = given("action");
        if (action == nullptr) return fault("/action", "required", "What is to be done?");
        for (const auto& [name, value] : actions) {
            if (*action != Json(name)) continue;
            form_.change.action = value;
            return;
        }
        fault("/action", "invalid_choice", "It is update, delete or restore.");
    }

    void read_records() {
        const Json* const ids = given("ids");
        const Json* const filter = given("filter");
        if (ids != nullptr && filter != nullptr)
            return fault("/filter", "invalid_format", "Name ids or a filter, not both.");
        if (ids != nullptr) return read_ids(*ids);
        if (filter == nullptr) return fault("/ids", "required", "Name ids or a filter.");
        if (filter->object() == nullptr)
            return fault("/filter", "invalid_type", "A filter is an object.");
        if (form_.change.action == BulkChange::Action::restore)
            return fault("/filter", "invalid_choice",
                         "Deleted records are in no list: name their ids.");
        form_.filter = *filter->object();
    }

    void read_ids(const Json& ids) {
        if (ids.array() == nullptr) return fault("/ids", "invalid_type", "It is a list of ids.");
        if (ids.array()->size() > max_bulk_records)
            return fault("/ids", "too_large", "At most 10,000 records at once.");
        std::unordered_set<Uuid> seen;
        for (std::size_t i = 0; i < ids.array()->size(); ++i) {
            const std::string* const text = (*ids.array())[i].string();
            const auto id = text == nullptr ? std::nullopt : parse_uuid(*text);
            if (!id)
                fault("/ids/" + std::to_string(i), "invalid_format", "It is not a UUID.");
            else if (seen.insert(*id).second)
                form_.change.ids.push_back(*id);
        }
    }

    void read_changes() {
        const Json* const changes = given("changes");
        if (form_.change.action != BulkChange::Action::update) {
            if (changes != nullptr && *changes != Json(JsonObject{}))
                fault("/changes", "invalid_choice", "Only an update has changes.");
            return;
        }
        if (changes == nullptr) return fault("/changes", "required", "Change what?");
        if (changes->object() == nullptr)
            return fault("/changes", "invalid_type", "Changes are an object.");
        form_.change.changes = *changes;
        if (kind_ == nullptr) return;
        const auto checked = check_update_of_many(*kind_, *changes);
        if (!checked)
            for (const FieldError& error : checked.error().errors)
                fault("/changes" + error.where, error.code, error.detail);
    }

    const Kind* kind_;
    const Json& body_;
    BulkForm form_;
    std::vector<FieldError> faults_;
};

Json result_schema() {
    const Json error =
        JsonObject{{"type", JsonArray{"object", "null"}},
                   {"properties", JsonObject{{"status", typed("integer")},
                                             {"detail", typed("string")},
                                             {"errors", array_of(typed("object"))}}}};
    return JsonObject{
        {"type", "object"},
        {"required", JsonArray{"id", "status", "version", "error"}},
        {"properties",
         JsonObject{{"id", formatted("uuid")},
                    {"status", JsonObject{{"type", "string"},
                                          {"enum", JsonArray{"succeeded", "unchanged", "failed"}}}},
                    {"version", nullable("integer")},
                    {"error", error}}}};
}

} // namespace

Result<BulkForm> read_bulk_form(const Kind* kind, const Json& body) {
    return FormReader(kind, body).read();
}

JsonObject bulk_components() {
    const Json ids = JsonObject{{"type", JsonArray{"array", "null"}},
                                {"maxItems", max_bulk_records},
                                {"items", formatted("uuid")},
                                {"description", "The records; or give a filter."}};
    const auto object = [](const char* description) {
        return Json(
            JsonObject{{"type", JsonArray{"object", "null"}}, {"description", description}});
    };
    JsonObject body{
        {"action",
         JsonObject{{"type", "string"}, {"enum", JsonArray{"update", "delete", "restore"}}}},
        {"ids", ids},
        {"filter", object("The records that a list would show under this filter, at most 10,000: "
                          "{\"status\": \"new\", \"created_at\": {\"lt\": \"2026-01-01T00:00Z\"}}. "
                          "Not with restore.")},
        {"changes", object("Of an update: the fields as PATCH takes them.")},
        {"dry_run", JsonObject{{"type", JsonArray{"boolean", "null"}}, {"default", false}}}};
    JsonObject answer{{"correlation_id", formatted("uuid")}};
    for (const char* const count : {"matched", "succeeded", "unchanged", "failed"})
        answer.append(count, typed("integer"));
    answer.append("results", array_of(result_schema()));
    JsonArray all;
    for (const JsonMember& member : answer) all.emplace_back(member.name);
    return {{"BulkChange", JsonObject{{"type", "object"},
                                      {"required", JsonArray{"action"}},
                                      {"properties", std::move(body)},
                                      {"additionalProperties", false}}},
            {"BulkOutcome", JsonObject{{"type", "object"},
                                       {"required", std::move(all)},
                                       {"properties", std::move(answer)}}}};
}

} // namespace throughline
