#pragma once
#include "domain/id.hpp"

#include <string>

namespace throughline {

/// A message to one person, as plain text.
struct Mail {
    std::string to; // an address
    std::string subject;
    std::string text;
    Uuid id = {}; // the same when it is sent again; nil: a new one
};

/// The port through which mail leaves. Thread-safe; may block. Throws where it could not be handed
/// over.
class Mailer {
  public:
    virtual ~Mailer() = default;
    virtual void send(const Mail& mail) = 0;
};

} // namespace throughline
