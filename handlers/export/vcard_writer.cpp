#include "handlers/export/vcard_writer.hpp"

#include <array>
#include <vector>

namespace throughline {

namespace {

constexpr std::size_t most_octets = 75;

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\r') continue;
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || c == ',' || c == ';') out += '\\';
        out += c;
    }
    return out;
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// One content line, never folded within a character.
void add_line(std::string& card, const std::string& line) {
    std::size_t room = most_octets;
    for (std::size_t at = 0; at < line.size();) {
        std::size_t end = std::min(line.size(), at + room);
        while (end < line.size() && continues_character(line[end])) --end;
        card.append(at == 0 ? "" : " ").append(line, at, end - at).append("\r\n");
        at = end;
        room = most_octets - 1;
    }
}

class CardText {
  public:
    explicit CardText(const Record& contact) : contact_(contact) {}

    void add(const std::string& name, std::string_view value) {
        if (!value.empty()) add_line(text_, name + ":" + escaped(value));
    }
    void add_field(const std::string& name, std::string_view field) {
        add(name, text_in(value(field)));
    }
    [[nodiscard]] std::string metadata(std::string_view key) const {
        return text_in(value_in_metadata(key));
    }
    /// The field, or metadata's key where the kind has no such field.
    [[nodiscard]] const Json* value(std::string_view key) const {
        const Json* const field = contact_.fields.find(key);
        return field == nullptr ? value_in_metadata(key) : field;
    }
    /// The value, then metadata's email_2, email_3, …
    [[nodiscard]] std::vector<std::string> series(const std::string& key) const {
        std::vector<std::string> all{text_in(value(key))};
        for (int number = 2;; ++number) {
            const std::string more = metadata(key + "_" + std::to_string(number));
            if (more.empty()) return all;
            all.push_back(more);
        }
    }
    void add_series(const std::string& name, const std::string& key) {
        for (const std::string& text : series(key)) add(name, text);
    }
    void add_raw(const std::string& line) { add_line(text_, line); }
    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    [[nodiscard]] const Json* value_in_metadata(std::string_view key) const {
        const Json* const metadata = contact_.fields.find("metadata");
        return metadata == nullptr ? nullptr : metadata->find(key);
    }
    static std::string text_in(const Json* value) {
        return value == nullptr || value->string() == nullptr ? std::string() : *value->string();
    }

    const Record& contact_;
    std::string text_;
};

/// RFC 2426 demands the parts of a name: the last word is the family's.
std::string name_parts(const std::string& name) {
    const auto space = name.rfind(' ');
    if (space == std::string::npos) return escaped(name) + ";;;;";
    return escaped(name.substr(space + 1)) + ";" + escaped(name.substr(0, space)) + ";;;";
}

std::string categories(const Json* tags) {
    std::string out;
    if (tags == nullptr || tags->array() == nullptr) return out;
    for (const Json& tag : *tags->array())
        if (tag.string() != nullptr) out += (out.empty() ? "" : ",") + escaped(*tag.string());
    return out;
}

} // namespace

std::string vcard_of(const Uuid& id, const Record& contact, std::string_view organization) {
    CardText card(contact);
    card.add_raw("BEGIN:VCARD");
    card.add_raw("VERSION:3.0");
    const std::string external = card.metadata("external_id");
    card.add("UID", external.empty() ? "urn:uuid:" + to_string(id) : external);
    card.add_field("FN", "name");
    if (const Json* const name = contact.fields.find("name"); name != nullptr && name->string())
        card.add_raw("N:" + name_parts(*name->string()));
    card.add_series("EMAIL", "email");
    card.add_series("TEL", "phone");
    card.add("TEL;TYPE=FAX", card.metadata("fax"));
    card.add("TEL;TYPE=FAX,HOME", card.metadata("home_fax"));
    card.add("TEL;TYPE=PAGER", card.metadata("pager"));
    card.add_field("TITLE", "job_position");
    const std::string department = card.metadata("department");
    if (!organization.empty())
        card.add_raw("ORG:" + escaped(organization) +
                     (department.empty() ? "" : ";" + escaped(department)));
    if (const std::string tags = categories(card.value("tags")); !tags.empty())
        card.add_raw("CATEGORIES:" + tags);
    static constexpr std::array<std::pair<const char*, const char*>, 3> more{
        {{"NOTE", "notes"}, {"BDAY", "birthday"}, {"NICKNAME", "nickname"}}};
    for (const auto& [property, key] : more) card.add(property, card.metadata(key));
    card.add_series("URL", "website");
    for (const std::string& address : card.series("address"))
        if (!address.empty()) card.add_raw("ADR:;;" + escaped(address) + ";;;;");
    card.add_raw("REV:" + to_rfc3339(contact.updated_at));
    card.add_raw("END:VCARD");
    return card.take();
}

} // namespace throughline
