#pragma once
#include "handlers/import/row_command.hpp"

#include <optional>
#include <unordered_map>
#include <vector>

namespace throughline {

/// Of a kind that refers to itself: which record stands for which id of the file, so that an answer
/// finds the message that it answers.
class FileIds {
  public:
    explicit FileIds(const Kind& kind);

    [[nodiscard]] bool are_needed() const { return !fields_.empty(); }
    /// `record` is nil where a dry run would make one. The first row of an id counts.
    void note(const std::optional<Uuid>& id_in_file, const Uuid& record);
    /// Puts records in the place of the file's ids; which ones. A link to what is not made is left
    /// out.
    [[nodiscard]] std::vector<Uuid> replace_in(JsonObject& body) const;

  private:
    std::vector<const Field*> fields_; // that refer to the kind itself
    std::unordered_map<Uuid, Uuid> records_;
};

} // namespace throughline
