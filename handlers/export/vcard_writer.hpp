#pragma once
#include "domain/id.hpp"
#include "domain/json.hpp"
#include "domain/record/change.hpp"

#include <string>
#include <string_view>

namespace throughline {

/// A contact or lead as a vCard 3.0 (RFC 2426, which all address books read), lines folded at 75
/// octets. UID is metadata.external_id, else the record's id as a URN. What our import keeps of a
/// card comes back: further email addresses, numbers, faxes and a pager, notes, birthday, nickname,
/// websites, addresses, a department of an organization. Lost are the parts of a name (N is a
/// guess) and of an address, what was no email address or number (email_other, phone_other), and
/// other metadata.
[[nodiscard]] std::string vcard_of(const Uuid& id, const Record& contact,
                                   std::string_view organization);

} // namespace throughline
