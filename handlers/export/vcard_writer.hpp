#pragma once
#include "domain/id.hpp"
#include "domain/json.hpp"
#include "domain/record/change.hpp"

#include <string>
#include <string_view>

namespace throughline {

/// A contact as a vCard 3.0 (RFC 2426, which all address books read), lines folded at 75 octets.
/// UID is metadata.external_id, else the contact's id as a URN. What our import reads of a card
/// comes back: further addresses and numbers, notes, birthday, nickname, website, address,
/// department. Other metadata has no place in a card.
[[nodiscard]] std::string vcard_of(const Uuid& id, const Record& contact,
                                   std::string_view organization);

} // namespace throughline
