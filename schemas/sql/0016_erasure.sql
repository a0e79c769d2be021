-- Erasing a person (architecture.md "Append"): the one change that the log's events know. It blanks
-- personal fields of their data and leaves all else as it is.

create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and tg_level = 'ROW'
       and current_setting('throughline.erases', true) = 'yes' then
        if (new.position, new.tenant_id, new.kind, new.stream_id, new.version, new.event_id,
            new.type, new.schema_version, new.correlation_id, new.meta::text, new.ce_time,
            new.recorded_at)
           = (old.position, old.tenant_id, old.kind, old.stream_id, old.version, old.event_id,
              old.type, old.schema_version, old.correlation_id, old.meta::text, old.ce_time,
              old.recorded_at) then
            return new;
        end if;
    end if;
    raise exception '% of % is refused: events never change', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end
$$;

-- An object with the blanks in place of the members of their names, also in its before and after.
-- The order and the bytes of the others stay.
create function blanked(data json, blanks json) returns json language plpgsql immutable as $$
declare
    out text := '';
    member record;
begin
    for member in
        select key, value, blanks -> key as blank
        from json_each(data) with ordinality as m (key, value, n) order by n
    loop
        out := out || case when out = '' then '' else ',' end || to_json(member.key)::text || ':'
            || case
                when member.blank is not null then member.blank::text
                when member.key in ('before', 'after') and json_typeof(member.value) = 'object'
                    then blanked(member.value, blanks)::text
                else member.value::text
            end;
    end loop;
    return ('{' || out || '}')::json;
end
$$;

-- Blanks the events of records that come before the one that says that the record is erased: no
-- event is blanked without it. Returns how many.
create function erase_events(of_tenant uuid, of_kind text, ids uuid[], blanks json)
    returns bigint language plpgsql security definer
    set search_path = public, pg_temp
    as $$
declare
    touched bigint;
begin
    -- Not as a clause of the function: only a superuser may write one for such a setting.
    perform set_config('throughline.erases', 'yes', true);
    update events e set data = blanked(e.data, blanks)
        where e.stream_id = any (ids) and e.tenant_id = of_tenant and e.kind = of_kind
          and e.data::text <> blanked(e.data, blanks)::text
          and exists (select from events said
                      where said.stream_id = e.stream_id and said.tenant_id = of_tenant
                        and said.kind = of_kind and said.type = of_kind || '.erased'
                        and said.version > e.version);
    get diagnostics touched = row_count;
    perform set_config('throughline.erases', 'no', true);
    return touched;
end
$$;
revoke execute on function erase_events from public;
grant execute on function erase_events to throughline_system;
