#pragma once
#include "bus/event.hpp"
#include "handlers/erasure/quotes.hpp"

#include <string>
#include <vector>

namespace throughline {

/// A deal or organization that a conversion named after the person.
struct NamedRecord {
    StreamKey stream;
    std::string name;     // what it is called now, or stands in the log for all that it was called
    bool is_told = false; // there is an event that says that its names are erased
};

/// A record that the person was part of by a merge, until they were taken out of it.
struct PassedOn {
    StreamKey survivor;
    Uuid merged;
    JsonObject values; // of personal fields of theirs, as far as they are not the survivor's own
};

/// Who is erased.
struct Person {
    std::vector<StreamKey> records; // theirs, blanked as a whole
    std::vector<std::string> names; // now and ever
    std::vector<NamedRecord> named;
    std::vector<PassedOn> passed_on;
    std::vector<StreamKey> around; // deals, tasks and so on that refer to them; and what is named
    Quotes addresses;              // and numbers: what quotes one is about them
    Quotes quoted_names;           // looked for in what is about the records around them alone
};

/// Whether that is one of the names, or holds one of two words and more.
[[nodiscard]] bool is_named_after(const std::string& text, const std::vector<std::string>& names);

/// What a record of this name is called once the person is erased: the same, unless it is named
/// after them.
[[nodiscard]] std::string name_left(const std::string& name, const std::vector<std::string>& names);

/// The streams of both: all that have events to blank.
[[nodiscard]] std::vector<StreamKey> streams_of(const Person& person);

} // namespace throughline
