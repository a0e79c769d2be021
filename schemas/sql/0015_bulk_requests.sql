-- The records that a bulk request with an Idempotency-Key was about, for as long as the key counts.
create table bulk_requests (
    tenant_id uuid not null,
    command_id uuid not null, -- derived from the key
    request_hash text not null,
    ids uuid[] not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, command_id)
);
create index bulk_requests_age on bulk_requests (recorded_at);

revoke all on bulk_requests from public, throughline_app;
grant select, insert, update, delete on bulk_requests to throughline_system;
