#pragma once
#include "domain/rules/openapi_document.hpp"

namespace throughline::rules {

/// A value of a document and the JSON pointer to it.
struct Place {
    const Json* value = nullptr; // nullptr: there is none
    std::string pointer;

    /// The member or item of this name.
    [[nodiscard]] Place at(std::string_view name) const;
    [[nodiscard]] Place at(std::size_t index) const;
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] bool is_true(std::string_view name) const;
};

/// Collects what is wrong with a document, and follows its references.
class OpenApiFaults {
  public:
    OpenApiFaults(const Json& document, std::string_view pointer)
        : root_{&document, std::string(pointer)} {}

    [[nodiscard]] const Place& root() const { return root_; }
    void add(const std::string& pointer, std::string code, std::string detail);
    /// What a place stands for: itself, or what its `$ref` leads to; no value where that is nothing
    /// of this document, which is a fault.
    [[nodiscard]] Place resolved(Place place);
    [[nodiscard]] const std::vector<FieldError>& all() const { return faults_; }

  private:
    [[nodiscard]] Place target(const std::string& reference) const;

    Place root_;
    std::vector<FieldError> faults_;
};

/// The URL that operations below these places begin with: the first server of the innermost that
/// names any, without a slash at its end. Empty where there is none, which is a fault.
[[nodiscard]] std::string server_of(const std::vector<Place>& innermost_first,
                                    std::string_view fetched_from, OpenApiFaults& faults);

/// Takes an operation's parameters, those of its path besides, and the keys of its security.
void read_parameters(const Place& operation, const Place& path_item, ApiOperation& into,
                     OpenApiFaults& faults);

} // namespace throughline::rules
