#pragma once
#include "api/router.hpp"
#include "api/routes/record_answers.hpp"
#include "handlers/identity/tenants.hpp"
#include "handlers/openapi_documents.hpp"

namespace throughline {

/// `/openapi-documents`: the APIs that rules call (`http.openapi`).
struct OpenApiDocumentRoutes {
    const Registry& registry;
    const OpenApiDocuments& documents;
    const Tenants& tenants;
    EventStore& store;
    IdempotencyKeys& keys;

    [[nodiscard]] Routes rows() const;
};

[[nodiscard]] JsonObject openapi_document_components();

} // namespace throughline
