#pragma once
#include "api/answer_sender.hpp"
#include "api/application.hpp"
#include "api/http_server.hpp"

namespace throughline {

/// What a WebSocket needs of the server it lives in.
struct WebSocketHome {
    Application& application;
    const HttpServerOptions& options;
    WorkerPool& workers;
    ClientConnection& connection;
    AnswerSender& sender;
};

/// One WebSocket (RFC 6455), from the answer 101 to its end; the connection is closed then.
/// `answer` is the handler's (see upgrade.hpp). Where it has no stream, the first message is
/// `{"type": "auth", "token"}` and comes within the time that a request's head may take. Of what
/// else the client says only pings and the closing are heeded; a message over 16 KiB ends it with
/// 1009. A client that takes longer than the write timeout for 64 KiB is told 4408, if it reads on.
[[nodiscard]] Awaitable<void> serve_websocket(WebSocketHome home, Plan& plan, Request& request,
                                              Response answer);

} // namespace throughline
