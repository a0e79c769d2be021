#pragma once
#include "domain/record/kind.hpp"

namespace throughline {

/// A description of an API that rules call (`http.openapi`): its `name`, the `url` that it came
/// from, `title` and `api_version` as it says, and its `operations` as rules/openapi_document.hpp
/// reads them.
[[nodiscard]] Kind openapi_document_kind();

} // namespace throughline
