#include "tests/support/random_records.hpp"

#include <array>

namespace throughline {

namespace {

constexpr std::array<const char*, 8> some_words{"Ada",  "Björk", "O'Neil", "\"quoted\"",
                                                "line", "50%",   "naïve",  "zebra"};

} // namespace

std::string RandomRecords::words() {
    std::string text;
    for (std::size_t i = 0; i <= below(3); ++i)
        text += (i == 0 ? "" : " ") + std::string(some_words[below(some_words.size())]);
    return text;
}

Json RandomRecords::value(const Field& field,
                          const std::vector<std::pair<std::string, std::string>>& ids) {
    const auto digits = [&] { return std::to_string(below(100000)); };
    switch (field.type) {
    case FieldType::email: return "a" + digits() + "@example.com";
    case FieldType::phone: return "+33 1 " + digits();
    case FieldType::url: return "https://example.com/" + digits();
    case FieldType::choice: return field.choices[below(field.choices.size())];
    case FieldType::choices: return JsonArray{field.choices[below(field.choices.size())]};
    case FieldType::tags: return JsonArray{words(), "t" + std::to_string(below(4))};
    case FieldType::metadata:
        return JsonObject{
            {"k" + std::to_string(below(3)), below(2) == 0 ? Json(words()) : Json(7)}};
    case FieldType::flag: return below(2) == 0;
    case FieldType::money: return JsonNumber{digits() + "." + std::to_string(below(90) + 10)};
    case FieldType::number: return JsonNumber{digits()};
    case FieldType::date: return "2026-0" + std::to_string(below(9) + 1) + "-15";
    case FieldType::time: return "2026-0" + std::to_string(below(9) + 1) + "-15T09:00:00.000000Z";
    case FieldType::own: return "EUR";
    case FieldType::reference:
    case FieldType::references: {
        std::vector<std::string> known;
        for (const auto& [kind, id] : ids)
            if (kind == field.target) known.push_back(id);
        if (known.empty()) return field.type == FieldType::references ? Json(JsonArray{}) : Json();
        Json id = known[below(known.size())];
        return field.type == FieldType::references ? Json(JsonArray{std::move(id)}) : id;
    }
    default: return words();
    }
}

JsonObject RandomRecords::body(const Kind& kind,
                               const std::vector<std::pair<std::string, std::string>>& ids) {
    JsonObject body;
    for (const Field& field : kind.fields)
        if (field.is_required || below(2) == 0) body.append(field.name, value(field, ids));
    return body;
}

JsonObject RandomRecords::change(const Kind& kind,
                                 const std::vector<std::pair<std::string, std::string>>& ids) {
    JsonObject body;
    for (const Field& field : kind.fields)
        if (below(3) == 0)
            body.append(field.name, !field.is_required && below(4) == 0 && !field.is_never_null
                                        ? Json()
                                        : value(field, ids));
    return body;
}

} // namespace throughline
