#pragma once
#include "handlers/automation/effect.hpp"
#include "handlers/mail.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// A parameter as text, whatever a template made of it; nothing where that is empty or absent.
[[nodiscard]] std::optional<std::string> text_parameter(const Effect& effect,
                                                        std::string_view name);

/// Addresses of a text, between commas, or of a list of such texts; not checked.
[[nodiscard]] std::vector<std::string> addresses_parameter(const Effect& effect,
                                                           std::string_view name);
/// Hands a mail over. The failure, where the other side does not take it.
[[nodiscard]] std::optional<Failed> fault_of_sending(Mailer& mailer, const Mail& mail);

/// The end of an action that cannot be done: tried again only where that can help. Places of faults
/// stand below `pointer`, the parameter that was refused.
[[nodiscard]] Failed failed(const Rejection& rejection, std::string_view pointer = "");
/// What a parameter lacks.
[[nodiscard]] Failed failed(std::string_view parameter, std::string_view detail);

} // namespace throughline
