#include "domain/id.hpp"
#include "domain/record/change.hpp"
#include "domain/record/merge.hpp"
#include "domain/record/value.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

enum class Write { create, update, update_of_many };

constexpr std::array<std::string_view, 4> kept_by_us{"id", "version", "created_at", "updated_at"};

std::string pointer_to(std::string_view name) {
    std::string pointer = "/";
    append_pointer_token(pointer, name);
    return pointer;
}

bool takes(const Field& field, std::string_view name) {
    return field.name == name || std::ranges::find(field.synonyms, name) != field.synonyms.end() ||
           (!name.empty() && field.name_member() == name);
}

bool is_empty(const Json& value) {
    return value.is_null() || (value.array() != nullptr && value.array()->empty());
}

/// One body on its way to a draft; goes on after a fault so that all are reported.
class BodyCheck {
  public:
    BodyCheck(const Kind& kind, Write write, const JsonObject& body, const JsonObject& before)
        : kind_(kind), write_(write), body_(body), before_(before) {}

    Result<Draft> run() {
        for (const auto& [name, value] : body_) sort_out(name, value);
        for (const Field& field : kind_.fields) take(field);
        if (!faults_.empty()) return invalid(std::move(faults_));
        return std::move(draft_);
    }

  private:
    void sort_out(const std::string& name, const Json& value) {
        if (std::ranges::find(kept_by_us, name) != kept_by_us.end()) {
            if (write_ == Write::create)
                fault(name, "read_only", name + " is set by the server.");
            else
                draft_.repeated.append(name, value);
            return;
        }
        const auto is_taken = [&](const Field& field) { return takes(field, name); };
        if (std::ranges::none_of(kind_.fields, is_taken))
            fault(name, "unknown_field", "There is no such field.");
    }

    void take(const Field& field) {
        bool is_given = take_value(field, field.name);
        for (const std::string& synonym : field.synonyms)
            is_given = take_value(field, synonym) || is_given;
        is_given = take_name(field) || is_given;
        if (field.type == FieldType::metadata && !is_given && write_ == Write::create)
            require_custom(field);
        if (field.is_required && !is_given && write_ == Write::create && field.initial.is_null())
            fault(field.name, "required", field.label + " is required.");
    }

    /// Whether it is the choice that the record has, which may be one no more; of many records
    /// whether some may have it. Under the key of a tenant's field that may be anything: the key
    /// was free before there was the field.
    [[nodiscard]] bool is_kept(const Field& field, const Json& written, const Json* before) const {
        const bool chooses = field.type == FieldType::choice || field.type == FieldType::choices;
        if (!chooses) return false;
        if (write_ != Write::update_of_many) return before != nullptr && *before == written;
        if (kind_.field(field.name) != &field) return !written.is_null();
        return written.string() != nullptr && field.was_choice(*written.string());
    }

    /// Whether the body has the member, be it right or wrong.
    bool take_value(const Field& field, const std::string& member) {
        const Json* const written = body_.find(member);
        if (written == nullptr) return false;
        if (is_kept(field, *written, before_.find(field.name))) return true;
        auto value = normal_value(field, *written, pointer_to(member), faults_);
        if (!value) return true;
        if (field.is_never_null && value->is_null())
            take_null(field, member);
        else if (field.is_required && value->is_null())
            fault(member, "required", field.label + " is required.");
        else if (field.type == FieldType::metadata)
            keep_metadata(field, member, std::move(*value));
        else
            keep(field, member, std::move(*value));
        return true;
    }

    /// Of a field that is never null: as if the member were absent, on create and where an old
    /// record has it so.
    void take_null(const Field& field, const std::string& member) {
        const Json* const before = before_.find(field.name);
        const bool is_null_before = before != nullptr && before->is_null();
        if (write_ != Write::create && !is_null_before)
            fault(member, "required", field.label + " cannot be cleared.");
    }

    /// The tenant's own fields are kept in their normal form; other keys are free.
    void keep_metadata(const Field& field, const std::string& member, Json written) {
        if (!kind_.custom.empty()) take_custom(member, written);
        if (write_ == Write::create)
            keep_new_metadata(field, member, written);
        else
            keep(field, member, std::move(written));
    }

    void require_custom(const Field& field) {
        const auto is_required = [](const Field& custom) { return custom.is_required; };
        Json none = JsonObject{};
        if (std::ranges::any_of(kind_.custom, is_required)) take_custom(field.name, none);
    }

    void take_custom(const std::string& member, Json& written) {
        const bool is_cleared = written.is_null();
        const Json* const before = before_.find(member);
        for (const Field& custom : kind_.custom) {
            Json* const value = is_cleared ? nullptr : written.object()->find(custom.name);
            const std::string at = pointer_to(member) + pointer_to(custom.name);
            const Json* const old = before == nullptr ? nullptr : before->find(custom.name);
            if (value != nullptr && !value->is_null() && !is_kept(custom, *value, old))
                if (auto normal = normal_value(custom, *value, at, faults_))
                    *value = std::move(*normal);
            const bool is_missing = value == nullptr
                                        ? is_cleared || write_ == Write::create
                                        : is_empty(*value) && (old == nullptr || *old != *value) &&
                                              !is_kept(custom, *value, old);
            if (custom.is_required && is_missing)
                add_fault(faults_, at, "required", custom.label + " is required.");
        }
    }

    void keep_new_metadata(const Field& field, const std::string& member, const Json& written) {
        JsonObject whole;
        if (const JsonObject* const object = written.object()) whole = merge_patch({}, *object);
        Json value(std::move(whole));
        if (to_text(value).size() > max_metadata_bytes)
            fault(member, "too_large", "At most 16 KiB.");
        else
            keep(field, member, std::move(value));
    }

    void keep(const Field& field, const std::string& member, Json value) {
        const Json* const kept = draft_.values.find(field.name);
        if (kept == nullptr)
            draft_.values.append(field.name, std::move(value));
        else if (*kept != value)
            fault(member, "invalid_format", member + " and " + field.name + " differ.");
    }

    bool take_name(const Field& field) {
        const std::string member = field.name_member();
        const Json* const written = member.empty() ? nullptr : body_.find(member);
        if (written == nullptr) return false;
        if (field.type == FieldType::references) {
            take_names(field, member, *written);
            return true;
        }
        auto name = normal_value(text(member), *written, pointer_to(member), faults_);
        if (!name) return true;
        const auto id = name->string() == nullptr ? std::nullopt : parse_uuid(*name->string());
        if (id)
            keep(field, member, to_string(*id));
        else if (name->is_null() && field.is_required && !draft_.values.contains(field.name))
            fault(member, "required", field.label + " is required.");
        else
            draft_.names.append(field.name, std::move(*name));
        return true;
    }

    /// A list of ids, names, or what a read shows: [{"id", "name"}].
    void take_names(const Field& field, const std::string& member, const Json& written) {
        JsonArray texts;
        const JsonArray none;
        if (!written.is_null() && written.array() == nullptr)
            return fault(member, "invalid_type", member + " is a list.");
        for (const Json& item : written.array() == nullptr ? none : *written.array()) {
            const Json* const id = item.find("id");
            texts.push_back(id == nullptr ? item : *id);
        }
        auto names = normal_value(tags(member), texts, pointer_to(member), faults_);
        if (!names) return;
        const auto is_id = [](const Json& name) { return parse_uuid(*name.string()).has_value(); };
        if (!std::ranges::all_of(*names->array(), is_id))
            draft_.names.append(field.name, std::move(*names));
        else if (auto ids = normal_value(field, *names, pointer_to(member), faults_))
            keep(field, member, std::move(*ids));
    }

    void fault(std::string_view name, std::string code, std::string detail) {
        add_fault(faults_, pointer_to(name), std::move(code), std::move(detail));
    }

    const Kind& kind_;
    Write write_;
    const JsonObject& body_;
    const JsonObject& before_;
    Draft draft_;
    std::vector<FieldError> faults_;
};

Result<Draft> check(const Kind& kind, Write write, const Json& body, const JsonObject& before) {
    if (body.object() == nullptr) return invalid({{"", "invalid_type", "The body is an object."}});
    return BodyCheck(kind, write, *body.object(), before).run();
}

} // namespace

Result<Draft> check_create(const Kind& kind, const Json& body) {
    return check(kind, Write::create, body, {});
}

Result<Draft> check_update(const Kind& kind, const Json& body, const JsonObject& before) {
    return check(kind, Write::update, body, before);
}

Result<void> check_update_of_many(const Kind& kind, const Json& body) {
    const auto draft = check(kind, Write::update_of_many, body, {});
    if (!draft) return draft.error();
    return {};
}

Result<void> refuse_update(const Kind& kind, const Json& body, std::vector<FieldError> found) {
    if (found.empty()) return {};
    if (const auto draft = check_update(kind, body); !draft)
        for (const FieldError& fault : draft.error().errors)
            if (std::ranges::find(found, fault.where, &FieldError::where) == found.end())
                add_fault(found, fault.where, fault.code, fault.detail);
    return invalid(std::move(found));
}

} // namespace throughline
