#include "handlers/import/text_encoding.hpp"
#include "handlers/import/vcard_reader.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/import_rows.hpp"

#include <algorithm>

namespace throughline::fuzz {
namespace {

/// Parts of a value put together again are the value.
void check_value(const std::string& value) {
    for (const char separator : {';', ','}) {
        std::string joined;
        const auto parts = split_vcard_value(value, separator);
        for (const std::string& part : parts) {
            if (&part != &parts.front()) joined += separator;
            joined += part;
        }
        demand(joined == value, "a value is its parts");
    }
    demand(unescaped_vcard_value(value).size() <= value.size(), "an escape only shortens");
}

void run(std::string_view input) {
    static const Kind kind = contact_kind();
    check_import(kind, ImportFormat::vcard, input);
    for (VCardReader reader(memory_file(input)); const auto card = reader.next();) {
        demand(card->fault.empty() || card->properties.empty(), "a faulty card says nothing else");
        for (const VCardProperty& property : card->properties) {
            demand(is_well_formed_utf8(property.value), "a value is text");
            check_value(property.value);
        }
    }
}

const Target target("vcard", run);

} // namespace
} // namespace throughline::fuzz
