-- Secrets are never events. A row is written before the stream that makes it count; what has no
-- stream after an hour is swept. The application's role reads none of it.

create table credentials (
    user_id uuid primary key,
    password_hash text not null, -- argon2id, with its parameters and salt
    created_at timestamptz not null default clock_timestamp()
);

create table refresh_tokens (
    hash text primary key, -- SHA-256 of the token, hex
    family uuid not null, -- all that descend from one sign-in
    user_id uuid not null,
    tenant_id uuid not null,
    access_id uuid not null, -- `jti` of the access token that was issued beside it
    expires_at timestamptz not null,
    used_at timestamptz,
    revoked_at timestamptz
);
create index refresh_tokens_family on refresh_tokens (family);
create index refresh_tokens_user on refresh_tokens (user_id);
create index refresh_tokens_access on refresh_tokens (access_id);
create index refresh_tokens_expiry on refresh_tokens (expires_at);

revoke all on credentials, refresh_tokens from public, throughline_app;
grant select, insert, update, delete on credentials, refresh_tokens to throughline_system;
