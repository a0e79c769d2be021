#include "handlers/erasure/person.hpp"

#include "domain/record/erasure.hpp"
#include "domain/text.hpp"

#include <algorithm>

namespace throughline {

bool is_named_after(const std::string& text, const std::vector<std::string>& names) {
    return std::ranges::any_of(names, [&](const std::string& name) {
        return case_folded(text) == case_folded(name) ||
               (name.find(' ') != std::string::npos && Quotes::of_names({name}).are_in(text));
    });
}

std::string name_left(const std::string& name, const std::vector<std::string>& names) {
    return is_named_after(name, names) ? std::string(erased_text) : name;
}

std::vector<StreamKey> streams_of(const Person& person) {
    std::vector<StreamKey> streams = person.records;
    for (const NamedRecord& record : person.named) streams.push_back(record.stream);
    return streams;
}

} // namespace throughline
