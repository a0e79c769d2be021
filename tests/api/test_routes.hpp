#pragma once
#include "api/application.hpp"

#include <atomic>
#include <string>

namespace throughline {

/// Takes "Bearer member" and "Bearer admin".
class FakeAuthenticator : public Authenticator {
  public:
    Result<Principal> authenticate(const Request& request) override {
        const auto header = request.header("authorization");
        if (header != "Bearer member" && header != "Bearer admin")
            return Rejection{Refusal::unauthenticated, "A token is needed."};
        Principal principal;
        principal.role = header.substr(7);
        return principal;
    }
};

/// A read model that stands at a position and never moves.
class FakePositions : public PositionWaiter {
  public:
    std::int64_t wait(const std::string&, std::int64_t, std::chrono::milliseconds) override {
        return position;
    }
    std::int64_t position = 10;
};

inline Route test_route(std::string method, std::string path, Handler handler,
                        Permission permission = Permission::open) {
    Route route;
    route.method = std::move(method);
    route.path = std::move(path);
    route.summary = "A test route";
    route.tag = "test";
    route.permission = permission;
    route.handler = std::move(handler);
    return route;
}

inline Handler answering(std::string text) {
    return [text = std::move(text)](const Request&) -> Result<Response> {
        return json_response(200, text);
    };
}

/// Answers with the body it was given.
inline Result<Response> echo(const Request& request) { return json_response(200, request.body); }

} // namespace throughline
