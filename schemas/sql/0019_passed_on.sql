-- Erasing a person whom a merge made part of another's record, and who was taken out of it again:
-- what the merge gave to the other is in the events of that record from then.

-- Data without the values that are given by name, also in objects below: blanks in their place, or
-- null. The order and the bytes of all else stay.
create function without_values(data json, given json, blanks json) returns json
    language plpgsql immutable as $$
declare
    out text := '';
    member record;
begin
    for member in
        select key, value, given -> key as gone, blanks -> key as blank
        from json_each(data) with ordinality as m (key, value, n) order by n
    loop
        out := out || case when out = '' then '' else ',' end || to_json(member.key)::text || ':'
            || case
                when member.gone is null then member.value::text
                when json_typeof(member.gone) = 'object' and json_typeof(member.value) = 'object'
                    then without_values(member.value, member.gone,
                                        coalesce(member.blank, '{}'))::text
                when member.gone::text = member.value::text
                    then coalesce(member.blank::text, 'null')
                else member.value::text
            end;
    end loop;
    return ('{' || out || '}')::json;
end
$$;

-- Positions of the events of `survivor`, from a merge with `other` until that one was taken out,
-- that have one of the values before or after a change.
create function passed_on(of_tenant uuid, of_kind text, survivor uuid, other uuid, given json,
                          blanks json) returns setof bigint language sql stable as $$
    select e.position from events e
    where e.stream_id = survivor and e.tenant_id = of_tenant and e.kind = of_kind
      and e.data::text <> without_values(e.data, given, blanks)::text
      and exists (select from events joined
                  where joined.stream_id = survivor and joined.tenant_id = of_tenant
                    and joined.type = of_kind || '.merged' and joined.version <= e.version
                    and position(other::text in (joined.data -> 'merged')::text) > 0)
      and exists (select from events parted
                  where parted.stream_id = survivor and parted.tenant_id = of_tenant
                    and parted.type = of_kind || '.unmerged' and parted.version >= e.version
                    and position(other::text in (parted.data -> 'unmerged')::text) > 0)
$$;

-- Blanks them once `other` is said to be erased. Returns in how many events.
create function erase_passed_on(of_tenant uuid, of_kind text, survivor uuid, other uuid,
                                given json, blanks json)
    returns bigint language plpgsql security definer
    set search_path = public, pg_temp
    as $$
declare
    touched bigint;
begin
    if not exists (select from events said
                   where said.stream_id = other and said.tenant_id = of_tenant
                     and said.kind = of_kind and said.type = of_kind || '.erased') then
        return 0;
    end if;
    perform set_config('throughline.erases', 'yes', true);
    update events e set data = without_values(e.data, given, blanks)
        where e.position in (select passed_on(of_tenant, of_kind, survivor, other, given, blanks));
    get diagnostics touched = row_count;
    perform set_config('throughline.erases', 'no', true);
    return touched;
end
$$;
revoke execute on function erase_passed_on from public;
grant execute on function erase_passed_on to throughline_system;
