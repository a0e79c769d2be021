#pragma once
#include "handlers/assist/ai_provider.hpp"

namespace throughline {

/// Works without a key and offline, and invents nothing: the same prompt always gives the same
/// text, made of the prompt's own sentences. One that asks for an email or message gives a draft of
/// it, one that asks for a list its points, any other its weightiest sentences. What is asked for
/// is the first sentence, the rest is what there is to say. Tokens are words.
class BuiltInAi : public AiProvider {
  public:
    [[nodiscard]] std::string_view name() const override { return "built-in"; }
    [[nodiscard]] AiText generate(const AiRequest& request) override;
};

} // namespace throughline
