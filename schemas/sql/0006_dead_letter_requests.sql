-- What operators asked of held streams: to try one again (retry), or to pass over the event that
-- stopped it (skip). The consumer's leader does it and writes down what came of it. Rows stay: they
-- say who passed over what, when and why.
create table dead_letter_requests (
    id bigint generated always as identity primary key,
    consumer text not null,
    position bigint not null, -- of the event that stopped the stream
    tenant_id uuid not null,
    kind text not null,
    stream_id uuid not null,
    action text not null check (action in ('retry', 'skip')),
    reason text not null,
    cause text not null, -- why the event had failed
    requested_by text not null,
    requested_at timestamptz not null default clock_timestamp(),
    skipped_at timestamptz, -- from then on the consumer has passed over the event
    done_at timestamptz,
    outcome text not null default '',
    check (action = 'retry' or reason <> '')
);
create index dead_letter_requests_open on dead_letter_requests (consumer, id) where done_at is null;
grant select, insert, update on dead_letter_requests to throughline_system;

create index dead_letters_stream on dead_letters (consumer, tenant_id, kind, stream_id, position);
