-- The rows of table imported (baseline.sql): what was appended after position :before.
set enable_nestloop = off; -- the statistics of a young table promise few rows
copy (
    select e.position, c.tenant_id, c.id, c.request_hash, c.expires, c.status, c.versions, e.kind,
           e.stream_id, s.title, s.title_key, s.state, e.event_id, e.type, e.schema_version,
           e.correlation_id, e.data, e.meta, e.ce_time
    from events e
    join commands c on c.tenant_id = e.tenant_id and c.first_position = e.position
    join streams s on (s.tenant_id, s.kind, s.id) = (e.tenant_id, e.kind, e.stream_id)
    where e.position > :before and e.kind = 'contact' and e.version = 1
) to stdout;
