// bench_fixed USER TENANT: serves as `throughline serve` does, except that every request is that
// owner's, whatever token it brings, and that nothing is limited. The bench compares the two: what
// is left between them is what tokens, memberships and limits cost. No part of the product.
#include "api/log.hpp"
#include "api/serve.hpp"

#include <spdlog/spdlog.h>

namespace throughline {
namespace {

class FixedPrincipal : public Authenticator {
  public:
    FixedPrincipal(const Uuid& user, const Uuid& tenant) {
        principal_.user_id = user;
        principal_.tenant_id = tenant;
        principal_.role = "owner";
        principal_.name = "Olive Owner";
    }
    Result<Principal> authenticate(const Request&) override { return principal_; }

  private:
    Principal principal_;
};

int run(const char* user, const char* tenant) {
    FixedPrincipal principal(uuid_of(user), uuid_of(tenant));
    Config config = load_config();
    config.request_quotas.are_kept = false;
    return serve(config, standard_registry(), &principal);
}

} // namespace
} // namespace throughline

int main(int argc, char** argv) {
    throughline::log_as_json();
    try {
        if (argc == 3) return throughline::run(argv[1], argv[2]);
        spdlog::critical("bench_fixed takes a user's id and a tenant's");
    } catch (const std::exception& fault) {
        spdlog::critical("cannot serve: {}", fault.what());
    }
    return 1;
}
