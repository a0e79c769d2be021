#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/import_rows.hpp"

namespace throughline::fuzz {
namespace {

/// The first byte: the kind. Then the file.
void run(std::string_view input) {
    static const Registry registry = standard_registry();
    Input from(input);
    const Kind& kind = registry.kinds().at(from.choice(registry.kinds().size()));
    check_import(kind, ImportFormat::ndjson, from.rest());
}

const Target target("ndjson", run);

} // namespace
} // namespace throughline::fuzz
