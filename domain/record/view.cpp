#include "domain/record/view.hpp"

#include "domain/record/value.hpp"

#include <algorithm>

namespace throughline {

namespace {

/// An object's text, member by member, behind what `out` has already.
class ObjectText {
  public:
    ObjectText(std::string& out, const std::vector<std::string>& wanted)
        : text_(out), wanted_(wanted) {}

    [[nodiscard]] bool wants(std::string_view name) const {
        return wanted_.empty() || std::ranges::find(wanted_, name) != wanted_.end();
    }
    /// `value` is JSON text already.
    void add(std::string_view name, std::string_view value) {
        begin_member();
        text_ += '"';
        text_ += name;
        text_ += "\":";
        text_ += value;
    }
    /// Members that follow each other in their text are taken over in one piece.
    void add(const JsonTextMember& member) {
        const std::string_view text = member.text();
        if (!piece_.empty() && piece_.data() + piece_.size() + 1 == text.data()) {
            piece_ = {piece_.data(), piece_.size() + 1 + text.size()};
            return;
        }
        begin_member();
        piece_ = text;
    }
    void add_text(std::string_view name, std::string_view text) {
        add(name, "");
        append_quoted(text_, text);
    }
    void add_id(std::string_view name, const Uuid& id) {
        add(name, "\"");
        append_to(text_, id);
        text_ += '"';
    }
    void finish() {
        take_piece();
        text_ += '}';
    }

  private:
    void begin_member() {
        take_piece();
        text_ += is_empty_ ? '{' : ',';
        is_empty_ = false;
    }
    void take_piece() {
        text_ += piece_;
        piece_ = {};
    }

    std::string& text_;
    const std::vector<std::string>& wanted_;
    std::string_view piece_; // of the state's text, not in `text_` yet
    bool is_empty_ = true;
};

/// [{"id", "name"}]
std::string names_text(const Field& field, std::string_view value, const NameOf& name_of) {
    JsonArray items;
    each_reference(value, [&](const Uuid& id) {
        const std::string_view name = name_of(field.target, id);
        items.push_back(
            JsonObject{{"id", to_string(id)}, {"name", name.empty() ? Json() : Json(name)}});
    });
    return to_text(Json(std::move(items)));
}

/// Beside a reference of this value.
void add_name(ObjectText& out, const Field& field, std::string_view value, const NameOf& name_of) {
    const std::string member = field.name_member();
    if (member.empty() || !out.wants(member)) return;
    if (field.type == FieldType::references)
        return out.add(member, names_text(field, value, name_of));
    std::string_view name;
    each_reference(value, [&](const Uuid& id) { name = name_of(field.target, id); });
    if (name.empty())
        out.add(member, "null");
    else
        out.add_text(member, name);
}

} // namespace

void collect_references(const Kind& kind, StateMembers& state, std::vector<StreamKey>& into) {
    for (const Field& field : kind.fields)
        if (field.refers())
            each_reference(state.value(field.name),
                           [&](const Uuid& id) { into.push_back({field.target, id}); });
}

void collect_references(const Kind& kind, std::string_view state, std::vector<StreamKey>& into) {
    StateMembers members(state);
    collect_references(kind, members, into);
}

void append_record_json(std::string& to, const Kind& kind, const Uuid& id, std::int64_t version,
                        StateMembers& state, const NameOf& name_of,
                        const std::vector<std::string>& fields) {
    ObjectText out(to, fields);
    out.add_id("id", id);
    out.add("version", std::to_string(version));
    for (const Field& field : kind.fields) {
        const JsonTextMember* const member = state.member(field.name);
        if (out.wants(field.name)) {
            if (member != nullptr)
                out.add(*member);
            else
                out.add(field.name, to_text(empty_value(field)));
        }
        if (field.refers()) add_name(out, field, member == nullptr ? "" : member->value, name_of);
    }
    for (const std::string_view time : {"created_at", "updated_at"})
        if (const JsonTextMember* const member = state.member(time); member && out.wants(time))
            out.add(*member);
    out.finish();
}

std::string record_json(const Kind& kind, const Uuid& id, std::int64_t version,
                        std::string_view state, const NameOf& name_of,
                        const std::vector<std::string>& fields) {
    std::string text;
    StateMembers members(state);
    append_record_json(text, kind, id, version, members, name_of, fields);
    return text;
}

} // namespace throughline
