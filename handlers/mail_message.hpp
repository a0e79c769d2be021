#pragma once
#include "domain/id.hpp"
#include "domain/time.hpp"
#include "handlers/mail.hpp"

#include <string>
#include <string_view>

namespace throughline {

/// What a message has beside its content.
struct MailEnvelope {
    std::string from; // an address
    Uuid id;
    Time at{};
};

/// Of a message that leaves now, under its own id or a new one.
[[nodiscard]] MailEnvelope envelope_of(const Mail& mail, const std::string& from);

/// An Internet message (RFC 5322) with CRLF line ends: UTF-8 text in base64 (RFC 2045), a subject
/// that is not ASCII in encoded words (RFC 2047); text and HTML are alternatives (RFC 2046 section
/// 5.1.4). Line ends in a header become blanks, so that no value makes a header of its own. An
/// address that is not ASCII stands as UTF-8 (RFC 6532).
[[nodiscard]] std::string message_text(const Mail& mail, const MailEnvelope& envelope);

/// A message that message_text wrote, with its encoded words and its base64 decoded: for a search.
[[nodiscard]] std::string decoded_text(std::string_view message);

} // namespace throughline
