#pragma once
#include "domain/record/field.hpp"

namespace throughline {

// The rules of what a tenant sets (PATCH /tenant).

/// See is_slug.
[[nodiscard]] const OwnRules& slug_rules();
/// ISO 3166-1 alpha-2.
[[nodiscard]] const OwnRules& region_rules();
/// ISO 4217.
[[nodiscard]] const OwnRules& currency_rules();
/// An amount of money from 0 on, as digits with at most four decimals: a number, or a text of one.
[[nodiscard]] const OwnRules& amount_rules();
/// Hosts that outgoing requests may reach: names, `*.example.com`, addresses; without port, for any
/// port. Kept in lower case, each once, at most 200.
[[nodiscard]] const OwnRules& allowlist_rules();
/// [{"key", "name", "probability"}] in order, at most 50: distinct keys of a-z, 0-9 and `_`, whole
/// percents; `won` and `lost` are among them.
[[nodiscard]] const OwnRules& pipeline_rules();
/// New, qualified, proposal, negotiation, won, lost.
[[nodiscard]] Json standard_pipeline();

} // namespace throughline
