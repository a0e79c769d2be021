-- How often who called what, an hour a row: added to in batches by every server process.
create table usage_requests (
    tenant_id uuid not null,
    hour timestamptz not null,
    user_id uuid not null,
    key_id uuid not null, -- of an API key; nil where the caller came with a user's token
    method text collate "C" not null,
    route text collate "C" not null, -- its pattern
    requests bigint not null,
    primary key (tenant_id, hour, user_id, key_id, method, route)
);
create index usage_requests_hour on usage_requests (hour);
grant select on usage_requests to throughline_app;
grant select, insert, update, delete on usage_requests to throughline_system;
alter table usage_requests enable row level security;
create policy one_tenant on usage_requests for select to throughline_app using
    (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
create policy all_tenants on usage_requests to throughline_system using (true) with check (true);

-- The last position of a tenant's events that was recorded before a moment, or 0: by halving, since
-- both only ever grow.
create function position_before(tenant uuid, moment timestamptz) returns bigint
    language plpgsql stable as $$
declare
    low bigint := 0;
    high bigint := (select position from log_head);
    middle bigint;
    found_at bigint;
    found_recorded timestamptz;
begin
    while low < high loop
        middle := (low + high) / 2;
        select e.position, e.recorded_at into found_at, found_recorded from events e
            where e.tenant_id = tenant and e.position > middle order by e.position limit 1;
        if found_at is null or found_recorded >= moment then
            high := middle;
        else
            low := found_at;
        end if;
    end loop;
    return low;
end
$$;
