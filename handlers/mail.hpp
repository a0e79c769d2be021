#pragma once
#include "domain/id.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace throughline {

/// A message: plain text, HTML, or the same in both.
struct Mail {
    std::string to; // an address
    std::string subject;
    std::string text;
    Uuid id = {};          // makes its Message-ID, the same when it is sent again; nil: a new one
    std::string html = {}; // the same as the text, or all there is
    std::vector<std::string> also_to = {}; // more addresses that it is to
    std::vector<std::string> cc = {};
    Uuid tenant = {}; // for whom it is sent; nil: the server's own
};

/// Why a message was not taken. A transient fault may be gone later.
class MailFault : public std::runtime_error {
  public:
    MailFault(const std::string& what, bool is_transient)
        : std::runtime_error(what), is_transient_(is_transient) {}
    [[nodiscard]] bool is_transient() const { return is_transient_; }

  private:
    bool is_transient_;
};

/// The port through which mail leaves. Thread-safe; may block. Throws where it could not be handed
/// over, MailFault where the other side says so.
class Mailer {
  public:
    virtual ~Mailer() = default;
    virtual void send(const Mail& mail) = 0;
};

} // namespace throughline
