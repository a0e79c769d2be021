-- What the actions of rules leave in the house: notifications of members, messages of named queues,
-- events for analytics. A row has its id from the effect that made it, so that a second attempt
-- makes no other. The subject is the record that it is about: an erasure finds it by that.

create table notifications (
    id uuid primary key,
    tenant_id uuid not null,
    number bigint generated always as identity, -- in the order in which they came
    user_id uuid not null,
    type text not null, -- automation, …
    title text not null,
    message text not null,
    subject_kind text,
    subject_id uuid,
    created_at timestamptz not null default clock_timestamp(),
    read_at timestamptz
);
create index notifications_of_user on notifications (tenant_id, user_id, number);
create index notifications_unread on notifications (tenant_id, user_id, number)
    where read_at is null;
create index notifications_subject on notifications (tenant_id, subject_id);

-- Those that something was put into: a tenant has a hundred at most, since each is a topic.
create table queues (
    tenant_id uuid not null,
    name text collate "C" not null,
    primary key (tenant_id, name)
);

create table queue_messages (
    id uuid primary key,
    tenant_id uuid not null,
    queue text collate "C" not null,
    number bigint generated always as identity,
    payload json, -- null once it is done with
    subject_kind text,
    subject_id uuid,
    attempts int not null default 0, -- leases so far
    enqueued_at timestamptz not null default clock_timestamp(),
    lease_until timestamptz,
    done_at timestamptz -- acknowledged; kept a while, so that its effect does not make it again
);
create index queue_messages_waiting on queue_messages (tenant_id, queue, number)
    where done_at is null;
create index queue_messages_age on queue_messages (enqueued_at);
create index queue_messages_subject on queue_messages (tenant_id, subject_id);

create table analytics_events (
    id uuid primary key,
    tenant_id uuid not null,
    number bigint generated always as identity,
    event text not null,
    properties json not null,
    rule_id uuid not null,
    subject_kind text,
    subject_id uuid,
    created_at timestamptz not null default clock_timestamp()
);
create index analytics_events_by_time on analytics_events (tenant_id, created_at, number);
create index analytics_events_by_name on analytics_events (tenant_id, event, created_at, number);
create index analytics_events_subject on analytics_events (tenant_id, subject_id);

do $$
declare
    name text;
begin
    foreach name in array array['notifications', 'queues', 'queue_messages',
                                'analytics_events'] loop
        execute format('revoke all on %I from public', name);
        execute format('grant select on %I to throughline_app', name);
        execute format('grant select, insert on %I to throughline_system', name);
        execute format('alter table %I enable row level security', name);
        execute format('create policy one_tenant on %I to throughline_app using
            (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to throughline_system
            using (true) with check (true)', name);
    end loop;
end
$$;
grant update (read_at) on notifications to throughline_app;
grant update (payload, attempts, lease_until, done_at) on queue_messages to throughline_app;
grant update, delete on notifications, queue_messages to throughline_system;
grant update (properties) on analytics_events to throughline_system; -- for erasures
