#pragma once
#include "domain/record/kind.hpp"

namespace throughline {

/// An import of a file, as the log tells of it: that it began, and how it ended, with its counts.
/// Its id is the import's and the correlation id of all that it writes.
[[nodiscard]] Kind import_kind();

} // namespace throughline
