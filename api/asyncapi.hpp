#pragma once
#include "domain/json.hpp"
#include "domain/record/kind.hpp"

#include <string_view>

namespace throughline {

/// AsyncAPI 3.0 of the event stream: one channel, the Kafka topic, with a message for each event
/// type there is. Payloads are the event schemas, headers CloudEvents' binary mode.
[[nodiscard]] Json asyncapi_document(const Registry& registry, std::string_view topic);

} // namespace throughline
