#include "projections/search_terms.hpp"

#include "domain/base64url.hpp"

#include <algorithm>

namespace throughline {

namespace {

std::string bytes_of(const Uuid& id) { return {id.bytes.begin(), id.bytes.end()}; }

} // namespace

/// The last bytes of an id are random.
SearchTerms::SearchTerms(const Uuid& tenant) : tag_(base64url(bytes_of(tenant).substr(13))) {}

std::string SearchTerms::owner(const Uuid& user) const {
    return term('@', base64url(bytes_of(user)));
}

} // namespace throughline
