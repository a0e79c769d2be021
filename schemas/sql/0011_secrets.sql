-- Secrets of tenants that must be readable again, sealed by the server (handlers/secrets/). The
-- application's role reads none of it.

create table secrets (
    tenant_id uuid not null, -- nil: the server's own
    name text not null,
    sealed text not null, -- form, key id, nonce and ciphertext: "1.<8 hex digits>.<base64url>"
    primary key (tenant_id, name)
);

revoke all on secrets from public, throughline_app;
grant select, insert, update, delete on secrets to throughline_system;
