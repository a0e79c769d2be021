-- Jobs that import files. Progress is a checkpoint: the rows counted here are done for good, and a
-- later run goes on behind them.

create table imports (
    id uuid primary key,
    tenant_id uuid not null,
    user_id uuid not null,
    kind text not null,
    format text not null, -- csv, vcard, ndjson
    layout text not null, -- of CSV; else empty
    options json not null,
    unmapped_columns json not null,
    file text not null,
    idempotency_key text, -- forgotten after 24 hours
    request_hash text not null,
    traceparent text not null, -- of the request that brought the file
    status text not null default 'queued', -- queued, running, completed, failed
    run int not null default 0, -- how often a process took it; saves of an earlier run are refused
    total_rows bigint not null default 0,
    processed bigint not null default 0,
    created bigint not null default 0,
    updated bigint not null default 0,
    unchanged bigint not null default 0,
    skipped bigint not null default 0,
    failed bigint not null default 0,
    first_position bigint,
    last_position bigint,
    created_at timestamptz not null default clock_timestamp()
);
create unique index imports_key on imports (tenant_id, user_id, idempotency_key);
create index imports_unfinished on imports (created_at) where status in ('queued', 'running');

create table import_errors (
    import_id uuid not null references imports on delete cascade,
    tenant_id uuid not null,
    number bigint not null, -- in the order of the file
    line bigint not null,
    pointer text not null,
    code text not null,
    detail text not null,
    primary key (import_id, number)
);

grant select on imports, import_errors to throughline_app;
grant select, insert, update, delete on imports, import_errors to throughline_system;

do $$
declare
    name text;
begin
    foreach name in array array['imports', 'import_errors'] loop
        execute format('alter table %I enable row level security', name);
        execute format('create policy one_tenant on %I for select to throughline_app using
            (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to throughline_system
            using (true) with check (true)', name);
    end loop;
end
$$;
