#include "api/cli/verify_wait.hpp"

#include "bus/database.hpp"
#include "bus/pg_text.hpp"

#include <pqxx/pqxx>

#include <chrono>
#include <thread>

namespace throughline {

void wait_for_erasures(const std::string& url,
                       const std::vector<std::unique_ptr<Projection>>& projections) {
    PgArray names;
    for (const auto& projection : projections) names.add(projection->name());
    const Connection connection = connect(url, Role::owner);
    const auto is_one_ahead = [&] {
        return pqxx::nontransaction(*connection)
            .exec_params1("select exists (select from events where type like '%.erased' and "
                          "position > (select min(position) from checkpoints "
                          "where name = any($1)))",
                          names.text())[0]
            .as<bool>();
    };
    using namespace std::chrono_literals;
    const auto deadline = std::chrono::steady_clock::now() + 10s; // a look may take long, too
    while (std::chrono::steady_clock::now() < deadline && is_one_ahead())
        std::this_thread::sleep_for(100ms);
}

} // namespace throughline
