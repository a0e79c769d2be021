#pragma once
#include "domain/id.hpp"
#include "domain/json.hpp"
#include "domain/record/kind.hpp"
#include "domain/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace throughline {

/// What a column of an address book says about a record.
enum class ColumnTarget {
    name,   // as a whole
    prefix, // the parts of a name, in the order in which they are written
    first_name,
    middle_name,
    last_name,
    suffix,
    file_as, // the name where nothing else names it
    email,   // the first is the record's, others go to metadata as email_2, …
    phone,   // likewise
    website, // likewise
    organization,
    tags,
    address_whole, // to metadata under the key, before any parts
    address_part,  // parts of one key are joined
    metadata,      // under the key
    field,         // the declared field, or the name beside a reference, of that key
    own_field,     // the same of our own export: the cell is exactly what the field has
    choice,        // the declared field of that key where it is one of its choices, else metadata
    id,            // of the record, as our export has it
};

/// Where a column's cells go.
struct Destination {
    ColumnTarget target = ColumnTarget::field;
    std::string key; // of fields, metadata and addresses
    bool operator==(const Destination&) const = default;
};

/// Whether a kind has a place for it.
[[nodiscard]] bool has_place(const Kind& kind, const Destination& destination);

/// One row of a file on its way to a command: a body as POST takes it, or what is wrong with it.
struct ImportRow {
    std::int64_t line = 0; // physical, where the row begins
    JsonObject body;
    bool name_is_borrowed = false; // from the email, phone or organization: no update overwrites it
    std::vector<FieldError> errors;
    std::optional<Uuid> id;              // as our export has it
    std::vector<FieldError> losses = {}; // what does not count of it, told where it comes in
};

/// About how many bytes of memory a body takes.
[[nodiscard]] std::size_t weight_of(const JsonObject& body);

/// Takes out nulls and blank text of fields that are never null: the row says nothing of them.
void drop_blanks(const Kind& kind, JsonObject& body);

/// Gathers what one row says, then makes the body of it.
class RowBuilder {
  public:
    explicit RowBuilder(const Kind& kind) : kind_(kind) {}

    /// Empty text is passed over. Where there is one place, the first text has it.
    void add(const Destination& destination, std::string_view text);
    void fail(std::string pointer, std::string code, std::string detail);
    [[nodiscard]] ImportRow take(std::int64_t line) &&;

  private:
    void add_email(const std::string& text);
    void add_field(const std::string& key, const std::string& text, bool is_ours);
    void add_metadata(const std::string& key, const std::string& text);
    void add_custom(const std::string& key, const std::string& text);
    void add_choice(const std::string& key, const std::string& text);
    void add_tags(std::string_view text);
    void add_organization(const std::string& name);
    void set_once(std::string_view member, Json value);
    void put_metadata(const std::string& key, Json value);
    void put_series(std::string_view field, const std::vector<std::string>& values,
                    const std::string& key);
    void name_record();
    void join_addresses();

    const Kind& kind_;
    JsonObject body_;
    JsonObject metadata_;
    std::unordered_set<std::string> metadata_keys_;
    std::map<ColumnTarget, std::string> names_;
    std::vector<std::string> emails_;
    std::vector<std::string> phones_;
    std::vector<std::string> websites_;
    std::string organization_;
    JsonArray tags_;
    std::map<std::string, std::pair<std::string, std::vector<std::string>>>
        addresses_; // whole, parts
    std::vector<FieldError> errors_;
    bool name_is_borrowed_ = false;
    std::optional<Uuid> id_;
};

} // namespace throughline
