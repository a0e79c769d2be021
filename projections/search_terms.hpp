#pragma once
#include "domain/id.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// The terms by which the table `search` finds a tenant's records, lexemes of one index over all
/// tenants: `tag marker word`. The tag, four characters made of the tenant's id, keeps tenants'
/// words apart, so that what others have costs nothing; whose a row is the row itself says.
/// Markers: a space for a word anywhere in the record, `=` for one in its title, `#` for its kind,
/// `@` for somebody whose it is (22 characters), alone where it is nobody's.
class SearchTerms {
  public:
    explicit SearchTerms(const Uuid& tenant);

    [[nodiscard]] std::string word(std::string_view word) const { return term(' ', word); }
    [[nodiscard]] std::string title_word(std::string_view word) const { return term('=', word); }
    [[nodiscard]] std::string kind(std::string_view kind) const { return term('#', kind); }
    [[nodiscard]] std::string owner(const Uuid& user) const;
    [[nodiscard]] std::string nobody() const { return term('@', ""); }

  private:
    [[nodiscard]] std::string term(char marker, std::string_view what) const {
        return tag_ + marker + std::string(what);
    }
    std::string tag_;
};

} // namespace throughline
