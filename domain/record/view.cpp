#include "domain/record/view.hpp"

#include "domain/json_members.hpp"
#include "domain/record/value.hpp"

#include <algorithm>

namespace throughline {

namespace {

/// A state's members, looked up by name.
class StateMembers {
  public:
    explicit StateMembers(std::string_view state) : members_(members_of(state)) {}

    /// The value as JSON text; nothing where the state has none.
    [[nodiscard]] std::string_view value(std::string_view name) const {
        const auto found = std::ranges::find(members_, name, &JsonTextMember::name);
        return found == members_.end() ? std::string_view() : found->value;
    }
    /// What a reference points to.
    [[nodiscard]] std::optional<Uuid> referenced(const Field& field) const {
        const std::string_view text = value(field.name);
        if (field.type != FieldType::reference || text.size() < 2 || text.front() != '"')
            return std::nullopt;
        return parse_uuid(text.substr(1, text.size() - 2));
    }

  private:
    std::vector<JsonTextMember> members_;
};

/// An object's text, member by member.
class ObjectText {
  public:
    explicit ObjectText(const std::vector<std::string>& wanted) : wanted_(wanted) {}

    [[nodiscard]] bool wants(std::string_view name) const {
        return wanted_.empty() || std::ranges::find(wanted_, name) != wanted_.end();
    }
    /// `value` is JSON text already.
    void add(std::string_view name, std::string_view value) {
        text_ += text_.empty() ? "{\"" : ",\"";
        text_ += name;
        text_ += "\":";
        text_ += value;
    }
    void add_text(std::string_view name, std::string_view text) {
        add(name, "");
        append_quoted(text_, text);
    }
    [[nodiscard]] std::string finished() && { return std::move(text_ += '}'); }

  private:
    const std::vector<std::string>& wanted_;
    std::string text_;
};

void add_name(ObjectText& out, const StateMembers& state, const Field& field,
              const NameOf& name_of) {
    const std::string member = field.name_member();
    if (member.empty() || !out.wants(member)) return;
    const auto id = state.referenced(field);
    const std::string_view name = id ? name_of(field.target, *id) : std::string_view();
    if (name.empty())
        out.add(member, "null");
    else
        out.add_text(member, name);
}

} // namespace

void collect_references(const Kind& kind, std::string_view state, std::vector<StreamKey>& into) {
    const StateMembers members(state);
    for (const Field& field : kind.fields)
        if (const auto id = members.referenced(field)) into.push_back({field.target, *id});
}

std::string record_json(const Kind& kind, const Uuid& id, std::int64_t version,
                        std::string_view state, const NameOf& name_of,
                        const std::vector<std::string>& fields) {
    const StateMembers members(state);
    ObjectText out(fields);
    out.add_text("id", to_string(id));
    out.add("version", std::to_string(version));
    for (const Field& field : kind.fields) {
        if (out.wants(field.name)) {
            if (const std::string_view value = members.value(field.name); !value.empty())
                out.add(field.name, value);
            else
                out.add(field.name, to_text(empty_value(field)));
        }
        add_name(out, members, field, name_of);
    }
    for (const std::string_view time : {"created_at", "updated_at"})
        if (out.wants(time)) out.add(time, members.value(time));
    return std::move(out).finished();
}

} // namespace throughline
