#include "domain/base64url.hpp"
#include "domain/id.hpp"
#include "domain/text.hpp"
#include "projections/cursor.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace throughline::fuzz {
namespace {

constexpr std::string_view same = "contacts by name";

/// Where a cursor is taken, it is the one that its keys give.
void check(std::string_view text, std::size_t keys) {
    const auto read = read_cursor(text, same, keys);
    if (!read) return;
    demand(read->size() == keys, "a cursor has the keys that are asked for");
    for (const auto& key : *read)
        demand(!key || is_valid_utf8(*key), "a key is text that a database takes");
    const std::string written = write_cursor(same, *read);
    demand(read_cursor(written, same, keys) == read, "a cursor gives its keys back");
    demand(!read_cursor(written, "contacts by email", keys), "a cursor is good for one query");
    demand(!read_cursor(written, same, keys + 1), "a cursor has one number of keys");
}

/// The first byte: how many keys. Then the cursor, and as JSON what would stand within one.
void run(std::string_view input) {
    Input from(input);
    const std::size_t keys = from.choice(8);
    check(from.rest(), keys);
    const std::string scope = to_string(uuid_v5(Uuid{}, same));
    check(base64url("[\"" + scope + "\"," + std::string(from.rest()) + "]"), keys);
    const auto bytes = from_base64url(from.rest());
    demand(!bytes || base64url(*bytes) == from.rest(), "base64url has one form");
    demand(from_base64url(base64url(from.rest())) == std::string(from.rest()),
           "base64url gives its bytes back");
}

const Target target("cursor", run);

} // namespace
} // namespace throughline::fuzz
