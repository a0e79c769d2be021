#include "api/identity_service.hpp"

#include "api/outgoing.hpp"
#include "api/routes/api_keys.hpp"
#include "api/routes/invitations.hpp"
#include "api/routes/users.hpp"

#include <algorithm>

namespace throughline {

IdentityService::IdentityService(Parts parts)
    : with(std::move(parts)), credentials(with.system),
      accounts(with.store, credentials, hasher,
               std::chrono::seconds(with.config.refresh_token_seconds)),
      api_keys(with.system, with.store, with.commands),
      members(with.store, with.commands, credentials, hasher), links(with.system),
      invitations({with.store, with.commands, accounts, credentials, hasher, links, with.mailer,
                   Links{with.config.link_base()}}),
      resets({accounts, hasher, links, with.mailer, Links{with.config.link_base()}}),
      tokens(with.secret), provider_keys(keys_of_provider(with.config)),
      external_tokens(with.config.external_tokens, with.config.supabase_secret,
                      provider_keys.get()),
      external_users(with.store, accounts),
      bearers(tokens, {&external_tokens, &external_users, &api_keys}),
      authenticator(bearers, accounts, with.denials), guesses(with.config.request_quotas.are_kept) {
}

Routes IdentityService::rows(const KeyedWrites& writes,
                             const std::set<std::string, std::less<>>& segments) {
    const SessionAnswers sessions{tokens, std::chrono::seconds(with.config.access_token_seconds)};
    Routes routes = IdentityRoutes{accounts, credentials, authenticator, sessions,
                                   resets,   guesses,     with.commands, writes}
                        .rows();
    IdempotencyKeys& keys = writes.keys;
    for (Routes more :
         {UserRoutes{members, resets, with.store, with.lists, authenticator, keys}.rows(),
          InvitationRoutes{with.registry, invitations, with.store, with.lists, keys, authenticator,
                           sessions, guesses}
              .rows(),
          ApiKeyRoutes{api_keys, authenticator, keys, segments}.rows()})
        std::ranges::move(more, std::back_inserter(routes));
    return routes;
}

} // namespace throughline
