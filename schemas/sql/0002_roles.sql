-- Who may do what. The login that migrates owns everything; the server takes one of two roles.
--   throughline_app     reads one tenant, the one named by the setting app.tenant_id
--   throughline_system  appender, relay, projections, workers: reads all, owns nothing, and writes
--                       events only through append_batch

-- Roles belong to the cluster, so another database may be making them at this very moment.
do $$
declare
    name text;
begin
    foreach name in array array['throughline_app', 'throughline_system'] loop
        for attempt in 1..20 loop
            begin
                if not exists (select from pg_roles where rolname = name) then
                    execute format('create role %I nologin', name);
                end if;
                if not pg_has_role(current_user, name, 'member') then
                    execute format('grant %I to current_user', name);
                end if;
                exit;
            exception when duplicate_object or unique_violation or internal_error then
                if attempt = 20 then raise; end if;
                perform pg_sleep(0.02 * attempt);
            end;
        end loop;
    end loop;
end
$$;

grant usage on schema public to throughline_app, throughline_system;

-- On parents only: a partition read directly would skip the parent's policy.
grant select on events, streams, commands, log_head to throughline_app, throughline_system;
grant select, insert, update, delete on checkpoints, dead_letters to throughline_system;
grant execute on function ensure_event_partitions to throughline_system;

do $$
declare
    name text;
begin
    foreach name in array array['events', 'streams', 'commands'] loop
        execute format('alter table %I enable row level security', name);
        execute format('create policy one_tenant on %I for select to throughline_app using
            (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I for select to throughline_system
            using (true)', name);
    end loop;
end
$$;

-- Under row-level security an operator can use an index only where it is marked leakproof. Marks
-- those that lists use, where the login may; says whether all are marked. Every `migrate` calls
-- it, because a dump does not carry these marks.
create function mark_operators_leakproof() returns boolean language plpgsql as $$
declare
    operator_function regprocedure;
begin
    for operator_function in
        select oid from pg_proc where not proleakproof and oid = any (array[
            'ts_match_vq(tsvector, tsquery)', 'ts_match_qv(tsquery, tsvector)',
            'starts_with(text, text)', 'textlike(text, text)', 'texticlike(text, text)',
            'jsonb_contains(jsonb, jsonb)', 'jsonb_contained(jsonb, jsonb)',
            'jsonb_exists(jsonb, text)', 'jsonb_object_field_text(jsonb, text)',
            'jsonb_eq(jsonb, jsonb)', 'array_eq(anyarray, anyarray)',
            'arraycontains(anyarray, anyarray)', 'arraycontained(anyarray, anyarray)',
            'arrayoverlap(anyarray, anyarray)', 'numeric_eq(numeric, numeric)',
            'numeric_ne(numeric, numeric)', 'numeric_lt(numeric, numeric)',
            'numeric_le(numeric, numeric)', 'numeric_gt(numeric, numeric)',
            'numeric_ge(numeric, numeric)']::regprocedure[])
    loop
        execute format('alter function %s leakproof', operator_function);
    end loop;
    return true;
exception when insufficient_privilege then
    return false;
end
$$;
revoke execute on function mark_operators_leakproof from public;
