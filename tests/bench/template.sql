-- One contact that was created and changed over HTTP, id :id: fill.sql makes all others like it.
create table template as
    select c.tenant_id, c.stream_id as id, c.schema_version, c.data::text as created,
           c.meta as created_meta, u.data::text as changed, u.meta as changed_meta,
           u.schema_version as changed_schema,
           replace(s.state::text, '"Changed Position"', '"Template Position"') as state,
           to_char(c.ce_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
           to_char(u.ce_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
           clock_timestamp() - interval '700 days' as first_at
    from events c
    join events u on u.stream_id = c.stream_id and u.version = 2
    join streams s on (s.tenant_id, s.kind, s.id) = (c.tenant_id, c.kind, c.stream_id)
    where c.stream_id = :'id' and c.version = 1;
