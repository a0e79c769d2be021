-- Rules as the engine has folded them up to its checkpoint, the runs they led to, and the clocks
-- they set. A run is what may be done once for a rule and an event; `actions` is its effect ledger:
-- what an action of it says is done is never done again.

create table automation_rules (
    id uuid primary key,
    tenant_id uuid not null,
    version bigint not null,
    state json not null, -- as the head state of its stream was at that version
    deleted boolean not null
);
create index automation_rules_of_tenant on automation_rules (tenant_id);

create table automation_runs (
    id uuid primary key,
    tenant_id uuid not null,
    rule_id uuid not null,
    rule_version bigint not null, -- in force at the event's position
    event_id uuid not null,
    position bigint not null,
    subject_kind text, -- the record that the event is about
    subject_id uuid,
    is_shadow boolean not null,
    status text not null, -- waiting, running, succeeded, failed, cancelled, dead
    reason text,          -- why it ended before its actions did
    due_at timestamptz not null, -- when it may be taken up; of one that is taken: by another
    claim uuid,                  -- of who has taken it
    held_by uuid,                -- the import whose end it waits for
    next_action int not null default 0,
    attempts int not null default 0, -- of that action
    actions json not null default '[]',
    created_at timestamptz not null default clock_timestamp(),
    started_at timestamptz,
    ended_at timestamptz,
    told text, -- the status that its stream of events has come to
    tellings int not null default 0,
    unique (rule_id, event_id)
);
create index automation_runs_due on automation_runs (tenant_id, due_at)
    where status in ('waiting', 'running');
create index automation_runs_held on automation_runs (held_by) where held_by is not null;
create index automation_runs_of_tenant on automation_runs (tenant_id, id);
create index automation_runs_of_rule on automation_runs (tenant_id, rule_id, id);
create index automation_runs_of_subject on automation_runs (tenant_id, subject_id);
create index automation_runs_stuck on automation_runs (tenant_id, id)
    where status in ('failed', 'dead');
create index automation_runs_untold on automation_runs (id)
    where told is distinct from status and status in ('succeeded', 'failed', 'cancelled', 'dead');

-- Tenants whose actions fail so often that no run of theirs is taken up until then.
create table automation_breakers (
    tenant_id uuid primary key,
    opened_at timestamptz not null,
    trips int not null,
    closed_until timestamptz not null -- then one run may try
);

-- When the clock of a rule rings next.
create table automation_clocks (
    rule_id uuid primary key,
    tenant_id uuid not null,
    cron text not null,
    timezone text not null,
    next_at timestamptz not null
);
create index automation_clocks_next on automation_clocks (next_at);

create table automation_backtests (
    id uuid primary key,
    tenant_id uuid not null,
    rule_id uuid not null,
    rule_version bigint not null,
    compare_version bigint,
    from_time timestamptz not null,
    to_time timestamptz not null,
    status text not null default 'queued', -- queued, running, completed, failed
    due_at timestamptz not null default clock_timestamp(), -- when another may take it up
    progress double precision not null default 0,
    events bigint not null default 0,
    matched bigint not null default 0,
    result json not null default '{}', -- {"fires", "compared"}
    created_at timestamptz not null default clock_timestamp()
);
create index automation_backtests_open on automation_backtests (due_at)
    where status in ('queued', 'running');

do $$
declare
    name text;
begin
    foreach name in array array['automation_rules', 'automation_runs', 'automation_breakers',
                                'automation_clocks', 'automation_backtests'] loop
        execute format('revoke all on %I from public', name);
        execute format('grant select on %I to throughline_app', name);
        execute format('grant select, insert, update, delete on %I to throughline_system', name);
        execute format('alter table %I enable row level security', name);
        execute format('create policy one_tenant on %I for select to throughline_app using
            (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to throughline_system
            using (true) with check (true)', name);
    end loop;
end
$$;
