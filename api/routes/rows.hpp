#pragma once
#include "api/router.hpp"

#include <string>
#include <utility>

namespace throughline {

/// Collects the rows of one resource, whose handlers are members of `Handlers`; each row keeps a
/// copy of it.
template <class Handlers> class RowsOf {
  public:
    using Member = Result<Response> (Handlers::*)(const Request&) const;

    RowsOf(Handlers handlers, std::string base, std::string tag)
        : handlers_(std::move(handlers)), base_(std::move(base)), tag_(std::move(tag)) {}

    /// The row is valid until the next one is added.
    Route& add(std::string method, const std::string& path, std::string summary,
               Permission permission, Answer answer, Member handler) {
        Route& route = routes_.emplace_back();
        route.method = std::move(method);
        route.path = base_ + path;
        route.summary = std::move(summary);
        route.tag = tag_;
        route.permission = permission;
        route.answers = {std::move(answer)};
        route.handler = [on = handlers_, handler](const Request& request) {
            return (on.*handler)(request);
        };
        return route;
    }
    [[nodiscard]] Routes take() && { return std::move(routes_); }

  private:
    Handlers handlers_;
    std::string base_;
    std::string tag_;
    Routes routes_;
};

[[nodiscard]] inline BodyRule json_body(std::string component) {
    return {BodyRule::Form::json, std::move(component), {}};
}

} // namespace throughline
