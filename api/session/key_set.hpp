#pragma once
#include "api/session/verification_key.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// The keys of a JWK Set (RFC 7517 section 5) that we can use, and why the others are left out.
struct KeySet {
    std::vector<VerificationKey> keys;
    std::vector<std::string> left_out; // "key 2: its alg is not RS256"
};

/// Reads `{"keys": […]}`, at most 100 of them, or a single key. Refuses (invalid) what is neither.
[[nodiscard]] Result<KeySet> read_key_set(std::string_view text);

} // namespace throughline
