#pragma once
#include "handlers/import/text_encoding.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace throughline {

/// One property of a card, unfolded, its quoted-printable and charset undone; with escapes, as
/// vCard 3.0 has them.
struct VCardProperty {
    std::string group;                                           // "item1"; empty for none
    std::string name;                                            // upper case
    std::vector<std::pair<std::string, std::string>> parameters; // names upper case; 2.1's bare
                                                                 // "HOME" stands under TYPE
    std::string value;

    /// TYPE holds it, in whatever case.
    [[nodiscard]] bool has_type(std::string_view type) const;
    [[nodiscard]] std::string_view parameter(std::string_view name) const;
};

struct VCard {
    std::int64_t line = 0; // of BEGIN, from 1
    std::string version;   // empty where the card names none
    std::vector<VCardProperty> properties;
    std::string fault; // why the card cannot be read
};

/// vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350) as phones and mail programs write them. Pictures,
/// sounds and keys are passed over; of the rest a card holds at most 1 MiB. Text outside cards is
/// skipped.
class VCardReader {
  public:
    explicit VCardReader(const std::filesystem::path& file) : file_(file, true) {}
    [[nodiscard]] std::optional<VCard> next();

  private:
    bool read_physical();
    bool read_logical(std::string& line);
    void read_card(VCard& card);
    void skip_card();

    TextFile file_;
    TextLine ahead_; // a physical line read and not used yet
    bool has_ahead_ = false;
    std::int64_t line_ = 0;         // of `ahead_`
    std::int64_t logical_line_ = 0; // where the last logical line began
    std::size_t card_bytes_ = 0;
};

/// Splits at separators that no backslash escapes; the parts keep their escapes.
[[nodiscard]] std::vector<std::string> split_vcard_value(std::string_view value, char separator);
/// Undoes the escapes \n \, \; \: \\ of a value.
[[nodiscard]] std::string unescaped_vcard_value(std::string_view value);

} // namespace throughline
