#pragma once
#include "api/http.hpp"

namespace throughline {

/// The refusal of a request that does not ask for a WebSocket as RFC 6455 section 4.2.1 has it: 426
/// where it asks for none or for another version, 400 where its key is none.
[[nodiscard]] std::optional<Response> fault_of_upgrade(const Request& request);

/// Whether the caller says at once who they are; else the first message of the WebSocket must.
[[nodiscard]] bool brings_token(const Request& request);

/// 101: the connection becomes a WebSocket, each line of the stream one of its messages. Without a
/// stream the caller has brought no token yet, and the handler is asked again once it has.
[[nodiscard]] Response websocket_response(std::unique_ptr<BodyStream> stream = {});

/// Of a WebSocket that ends for the reason that HTTP gives this status; 200: as it should.
[[nodiscard]] std::uint16_t close_code(int status);

} // namespace throughline
