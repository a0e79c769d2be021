-- What pgbench's calls of append_batch need.

-- A v7 id (RFC 9562): the time in milliseconds, then chance, so that later ids sort behind.
create function bench_id() returns uuid language sql volatile as $$
    select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
        from 1 for 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- The commands of an import, each with its one event and one new record.
create table imported (
    position bigint, tenant_id uuid, command_id uuid, request_hash text, expires boolean,
    status int, versions json, kind text, stream_id uuid, title text, title_key text, state json,
    event_id uuid, type text, schema_version int, correlation_id uuid, data json, meta json,
    ce_time timestamptz);
