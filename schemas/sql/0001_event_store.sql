-- The log and what hangs on it directly. Read architecture.md "Append" first.
-- Keys compare byte by byte: the order of letters in a language plays no part in them.

create table log_head (
    one_row boolean primary key default true check (one_row),
    position bigint not null,
    recorded_at timestamptz not null, -- of the last event
    log_id uuid not null default gen_random_uuid() -- tells logs on one topic apart
);
insert into log_head values (true, 0, 'epoch');

-- Positions have no gaps and are in commit order. Uniqueness across partitions is impossible:
-- `streams` guards (stream, version) and `commands` guards what an event comes from.
create table events (
    position bigint not null,
    tenant_id uuid not null,
    kind text collate "C" not null,
    stream_id uuid not null,
    version bigint not null,
    event_id uuid not null,
    type text collate "C" not null,
    schema_version int not null,
    correlation_id uuid not null,
    data json not null, -- json keeps the bytes
    meta json not null,
    ce_time timestamptz not null,
    recorded_at timestamptz not null,
    primary key (position)
) partition by range (position);
create index events_stream on events (stream_id, version);
create index events_event_id on events (event_id);
create index events_tenant on events (tenant_id, position);
create index events_correlation on events (correlation_id);

-- One row a stream: where it stands, so that decisions and single reads have no lag.
-- `title_key` is the title case folded, for look-ups without case. Room for updates in place.
create table streams (
    tenant_id uuid not null,
    kind text collate "C" not null,
    id uuid not null,
    version bigint not null,
    position bigint not null,
    archived boolean not null,
    title text not null,
    title_key text collate "C" not null check (length(title_key) <= 200),
    state json not null,
    primary key (tenant_id, kind, id)
) with (fillfactor = 80);
create index streams_title on streams (tenant_id, kind, title_key)
    where not archived and title_key <> '';

-- One row a command that took effect: the same id never takes effect twice.
create table commands (
    tenant_id uuid not null,
    id uuid not null,
    request_hash text not null,
    expires boolean not null,
    status int not null,
    first_position bigint not null,
    last_position bigint not null,
    versions json not null, -- [["contact", "<id>", 3], …]
    recorded_at timestamptz not null,
    primary key (tenant_id, id)
);
create index commands_expiring on commands (recorded_at) where expires;

create table checkpoints (
    name text primary key,
    position bigint not null
);

create table dead_letters (
    consumer text not null,
    position bigint not null,
    tenant_id uuid not null,
    kind text not null,
    stream_id uuid not null,
    cause text not null,
    failed_at timestamptz not null default clock_timestamp(),
    primary key (consumer, position)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% of % is refused: events never change', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end
$$;
-- Partitions get the row trigger with ATTACH, and a statement trigger of their own.
create trigger events_never_change before update or delete on events
    for each row execute function refuse_change();
create trigger events_never_truncate before truncate on events
    for each statement execute function refuse_change();

-- Makes the partition of the next event and `ahead` more, 10 million positions each. Returns the
-- first position that has no partition. CREATE then ATTACH: PARTITION OF would stop every reader.
create function ensure_event_partitions(ahead int) returns bigint
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    size constant bigint := 10000000;
    next_number bigint;
    wanted_last bigint;
    name text;
begin
    perform pg_advisory_xact_lock(hashtext('ensure_event_partitions'));
    select (position + 1) / size, (position + 1) / size + ahead
        into next_number, wanted_last from log_head;
    for number in next_number..wanted_last loop
        name := 'events_' || lpad(number::text, 6, '0');
        continue when to_regclass(name) is not null;
        execute format('create table %I (like events including all)', name);
        execute format('revoke all on %I from public', name);
        execute format('alter table %I enable row level security', name);
        execute format('create trigger events_never_truncate before truncate on %I
                        for each statement execute function refuse_change()', name);
        execute format('alter table events attach partition %I for values from (%s) to (%s)',
                       name, number * size, (number + 1) * size);
    end loop;
    return (wanted_last + 1) * size;
end
$$;
select ensure_event_partitions(2);
revoke execute on function ensure_event_partitions from public;
