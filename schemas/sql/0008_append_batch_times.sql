-- append_batch of 0003, which also tells when the log recorded what it wrote.
drop function append_batch;
-- Group commit: one call appends a batch of commands, each all or nothing on its own. The caller
-- puts a stream and a command id at most once into a batch; constraints catch one that does not.
--
-- Arrays of equal length describe the commands, their writes (one a stream) and their events, each
-- in order. `*_command` is the number of the command in the call, from 1. An event carries its
-- version; a write without events only checks its version.
--
-- Outcomes: ok; duplicate (the command took effect before: its stored outcome); conflict (the
-- first stream that is not at its expected version, and where it is).
create function append_batch(
    c_tenant uuid[], c_id uuid[], c_hash text[], c_expires boolean[], c_status int[],
    c_versions json[], c_events int[],
    w_command int[], w_tenant uuid[], w_kind text[], w_id uuid[], w_expected bigint[],
    w_events int[], w_archived boolean[], w_title text[], w_title_key text[], w_state json[],
    e_command int[], e_tenant uuid[], e_kind text[], e_stream uuid[], e_version bigint[],
    e_id uuid[], e_type text[], e_schema int[], e_correlation uuid[], e_data json[],
    e_meta json[], e_time timestamptz[])
    returns table (command int, outcome text, first_position bigint, last_position bigint,
                   request_hash text, status int, versions json,
                   conflict_kind text, conflict_id uuid, conflict_version bigint,
                   recorded_at timestamptz)
    language plpgsql security definer
    set search_path = public, pg_temp
    -- A batch always probes by key, whatever the statistics of a young table say.
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
    set jit = off
    as $$
#variable_conflict use_column
declare
    head bigint;
    now_recorded timestamptz;
    numbers int[];
    touched bigint;
begin
    -- Whoever holds the head is alone; each statement below sees all that was committed before.
    select position, greatest(clock_timestamp(), recorded_at) into head, now_recorded
        from log_head for update;
    numbers := array(select generate_series(1, cardinality(c_id)));

    if exists (select from unnest(c_tenant, c_id) as c (tenant_id, id)
               join commands using (tenant_id, id))
       or exists (select from unnest(w_tenant, w_kind, w_id, w_expected)
                      as w (tenant_id, kind, id, expected)
                  left join streams s using (tenant_id, kind, id)
                  where coalesce(s.version, 0) <> w.expected) then
        -- The slow path: answers what cannot pass, and goes on with the rest.
        delete from commands using unnest(c_tenant, c_id) as c (tenant_id, id)
            where commands.tenant_id = c.tenant_id and commands.id = c.id
              and expires and recorded_at < clock_timestamp() - interval '24 hours';

        return query
            select c.n::int, 'duplicate', k.first_position, k.last_position, k.request_hash,
                   k.status, k.versions, null::text, null::uuid, null::bigint,
                   null::timestamptz
            from unnest(c_tenant, c_id) with ordinality as c (tenant_id, id, n)
            join commands k using (tenant_id, id);
        numbers := array(
            select c.n from unnest(c_tenant, c_id) with ordinality as c (tenant_id, id, n)
            where not exists (select from commands k
                              where k.tenant_id = c.tenant_id and k.id = c.id)
            order by c.n);

        return query
            select distinct on (w.command) w.command, 'conflict', null::bigint, null::bigint,
                   null::text, null::int, null::json, w.kind, w.id, coalesce(s.version, 0),
                   null::timestamptz
            from unnest(w_command, w_tenant, w_kind, w_id, w_expected) with ordinality
                as w (command, tenant_id, kind, id, expected, n)
            left join streams s using (tenant_id, kind, id)
            where w.command = any (numbers) and coalesce(s.version, 0) <> w.expected
            order by w.command, w.n;
        numbers := array(
            select n from unnest(numbers) as n
            where not exists (
                select from unnest(w_command, w_tenant, w_kind, w_id, w_expected)
                    as w (command, tenant_id, kind, id, expected)
                left join streams s using (tenant_id, kind, id)
                where w.command = n and coalesce(s.version, 0) <> w.expected)
            order by n);
        if cardinality(numbers) = 0 then
            return;
        end if;

        select array_agg(tenant order by n), array_agg(id order by n), array_agg(hash order by n),
               array_agg(expires order by n), array_agg(status order by n),
               array_agg(versions order by n), array_agg(events order by n)
            into c_tenant, c_id, c_hash, c_expires, c_status, c_versions, c_events
            from unnest(c_tenant, c_id, c_hash, c_expires, c_status, c_versions, c_events)
                with ordinality as c (tenant, id, hash, expires, status, versions, events, n)
            where n = any (numbers);
        select array_agg(tenant order by n), array_agg(kind order by n), array_agg(id order by n),
               array_agg(expected order by n), array_agg(events order by n),
               array_agg(archived order by n), array_agg(title order by n),
               array_agg(title_key order by n), array_agg(state order by n)
            into w_tenant, w_kind, w_id, w_expected, w_events, w_archived, w_title, w_title_key,
                 w_state
            from unnest(w_command, w_tenant, w_kind, w_id, w_expected, w_events, w_archived,
                        w_title, w_title_key, w_state) with ordinality
                as w (command, tenant, kind, id, expected, events, archived, title, title_key,
                      state, n)
            where command = any (numbers);
        select array_agg(tenant order by n), array_agg(kind order by n),
               array_agg(stream order by n), array_agg(version order by n),
               array_agg(id order by n), array_agg(type order by n), array_agg(schema order by n),
               array_agg(correlation order by n), array_agg(data order by n),
               array_agg(meta order by n), array_agg(at order by n)
            into e_tenant, e_kind, e_stream, e_version, e_id, e_type, e_schema, e_correlation,
                 e_data, e_meta, e_time
            from unnest(e_command, e_tenant, e_kind, e_stream, e_version, e_id, e_type, e_schema,
                        e_correlation, e_data, e_meta, e_time) with ordinality
                as e (command, tenant, kind, stream, version, id, type, schema, correlation, data,
                      meta, at, n)
            where command = any (numbers);
    end if;

    insert into events (position, tenant_id, kind, stream_id, version, event_id, type,
                        schema_version, correlation_id, data, meta, ce_time, recorded_at)
        select head + n, tenant, kind, stream, version, id, type, schema, correlation, data, meta,
               at, now_recorded
        from unnest(e_tenant, e_kind, e_stream, e_version, e_id, e_type, e_schema, e_correlation,
                    e_data, e_meta, e_time) with ordinality
            as e (tenant, kind, stream, version, id, type, schema, correlation, data, meta, at, n);

    insert into streams (tenant_id, kind, id, version, position, archived, title, title_key, state)
        select tenant, kind, id, events, last, archived, title, title_key, state
        from (select *, head + sum(events) over (order by n) as last
              from unnest(w_tenant, w_kind, w_id, w_expected, w_events, w_archived, w_title,
                          w_title_key, w_state) with ordinality
                  as w (tenant, kind, id, expected, events, archived, title, title_key, state, n)
             ) as w
        where expected = 0 and events > 0;
    get diagnostics touched = row_count;
    if touched < cardinality(array_remove(w_events, 0)) then
        update streams s set version = w.expected + w.events, position = w.last,
                archived = w.archived, title = w.title, title_key = w.title_key, state = w.state
            from (select *, head + sum(events) over (order by n) as last
                  from unnest(w_tenant, w_kind, w_id, w_expected, w_events, w_archived, w_title,
                              w_title_key, w_state) with ordinality
                      as u (tenant, kind, id, expected, events, archived, title, title_key, state,
                            n)
                 ) as w
            where s.tenant_id = w.tenant and s.kind = w.kind and s.id = w.id
              and w.expected > 0 and w.events > 0 and s.version = w.expected;
        get diagnostics touched = row_count;
        if touched <> (select count(*) from unnest(w_expected, w_events) as w (expected, events)
                       where expected > 0 and events > 0) then
            raise exception 'a stream stands twice in one batch'
                using errcode = 'integrity_constraint_violation';
        end if;
    end if;

    return query
        with stored as (
            insert into commands (tenant_id, id, request_hash, expires, status, first_position,
                                  last_position, versions, recorded_at)
            select tenant, id, hash, expires, status, last - events + 1, last, versions,
                   now_recorded
            from (select *, head + sum(events) over (order by n) as last
                  from unnest(c_tenant, c_id, c_hash, c_expires, c_status, c_versions, c_events)
                      with ordinality
                      as c (tenant, id, hash, expires, status, versions, events, n)) as c)
        select number, 'ok', head + sum(events) over (order by number) - events + 1,
               head + sum(events) over (order by number),
               null::text, null::int, null::json, null::text, null::uuid, null::bigint,
               now_recorded
        from unnest(numbers, c_events) as c (number, events);

    if cardinality(e_id) > 0 then
        head := head + cardinality(e_id);
        update log_head set position = head, recorded_at = now_recorded;
        perform pg_notify('throughline_log', head::text);
    end if;
end
$$;
revoke execute on function append_batch from public;
grant execute on function append_batch to throughline_system;
