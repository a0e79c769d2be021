#pragma once
#include "domain/rules/container.hpp"

namespace throughline::rules {

/// A JSON text that is read only as far as rules look into it: what nobody asks for is passed over
/// without being built. For text that we wrote ourselves or that `read_json` took; a fault met on
/// the way throws std::runtime_error, one that is not met is not seen.
class Document {
  public:
    Document() : arena_(max_bytes) {}

    /// The text stays alive as long as its values; the document's former values end here.
    [[nodiscard]] Value read(std::string_view text);
    /// Likewise of a value at hand.
    [[nodiscard]] Value hold(const Json& json);

  private:
    static constexpr std::size_t max_bytes = 256 * 1024 * 1024;
    Arena arena_;
};

/// Reads one more entry of a container that stands in a text; false when that was all.
bool read_entry(Container& container);

} // namespace throughline::rules
