#pragma once
#include "bus/lease.hpp"
#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

#include <string>

namespace throughline {

/// Imports of a kind of the client's tenant stay queued until this is released.
class HeldImports {
  public:
    HeldImports(TestServer& server, HttpClient& client, const std::string& kind = "contact")
        : lease_(server.database().url(),
                 "import/" + body_of(client.get("/api/me")).find("tenant")->text("id") + "/" +
                     kind) {
        REQUIRE(lease_.acquire());
    }
    void release() { lease_.release(); }

  private:
    Lease lease_;
};

} // namespace throughline
