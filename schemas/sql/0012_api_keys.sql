-- Keys for programs. A row is written before the stream api_key/<id> that makes it count; what has no
-- stream after an hour is swept. The application's role reads none of it.

create table api_keys (
    id uuid primary key,
    tenant_id uuid not null,
    hash text not null unique, -- SHA-256 of the key, hex
    last_used_at timestamptz, -- to the minute
    created_at timestamptz not null default clock_timestamp()
);

revoke all on api_keys from public, throughline_app;
grant select, insert, update, delete on api_keys to throughline_system;
