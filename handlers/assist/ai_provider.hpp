#pragma once
#include "domain/id.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace throughline {

struct AiRequest {
    Uuid tenant;
    std::string prompt;
};

struct AiText {
    std::string text;
    std::int64_t tokens = 0; // of prompt and text, as the provider counts
};

/// The port to whoever writes texts. Thread-safe; may block. Throws where it could not be asked.
class AiProvider {
  public:
    virtual ~AiProvider() = default;
    /// What answers call it: "built-in".
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual AiText generate(const AiRequest& request) = 0;
};

} // namespace throughline
