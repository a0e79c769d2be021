#include "handlers/import/file_ids.hpp"

namespace throughline {

namespace {

constexpr std::size_t max_ids = 1'000'000;

} // namespace

FileIds::FileIds(const Kind& kind) {
    for (const Field& field : kind.fields)
        if (field.type == FieldType::reference && field.target == kind.name)
            fields_.push_back(&field);
}

void FileIds::note(const std::optional<Uuid>& id_in_file, const Uuid& record) {
    if (are_needed() && id_in_file && records_.size() < max_ids)
        records_.emplace(*id_in_file, record);
}

std::vector<Uuid> FileIds::replace_in(JsonObject& body) const {
    std::vector<Uuid> records;
    for (const Field* const field : fields_) {
        const Json* const value = body.find(field->name);
        const auto id = value == nullptr || value->string() == nullptr
                            ? std::nullopt
                            : parse_uuid(*value->string());
        const auto found = id ? records_.find(*id) : records_.end();
        if (found == records_.end()) continue;
        body.erase(field->name_member());
        if (found->second.is_nil()) {
            body.erase(field->name);
        } else {
            body.set(field->name, to_string(found->second));
            records.push_back(found->second);
        }
    }
    return records;
}

} // namespace throughline
