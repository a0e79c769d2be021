#pragma once
#include <string>

namespace throughline {

/// Runs a statement that is prepared once a connection, under a name that is its own: for what is
/// asked so often that planning it would cost more than it takes. For statements with one right
/// plan, whatever the parameters are.
template <class Transaction, class... Parameters>
auto exec_prepared(Transaction& transaction, const std::string& name, const std::string& sql,
                   const Parameters&... parameters) {
    transaction.conn().prepare(name, sql);
    return transaction.exec_prepared(name, parameters...);
}

} // namespace throughline
