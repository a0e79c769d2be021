-- An index of words (GIN) gathers what is inserted in a pending list, and whoever fills that up merges it
-- into the index: a read model stood still for that. The server merges now, beside the read models.
-- See PostgreSQL's "GIN Fast Update Technique".

-- Merges the pending lists of all read models' indexes; how many pages that were. An index that is being
-- replaced is waited for only so long: who replaces it takes several locks.
create function merge_pending_words() returns bigint
    language sql security definer set search_path = public, pg_temp set lock_timeout = '100ms' as $$
    select coalesce(sum(gin_clean_pending_list(c.oid)), 0)::bigint
    from pg_class c join pg_am a on a.oid = c.relam
    where a.amname = 'gin' and c.relkind = 'i' and c.relnamespace = 'public'::regnamespace
        and pg_has_role(c.relowner, 'usage')
$$;
revoke execute on function merge_pending_words from public;
grant execute on function merge_pending_words to throughline_system;

-- In KiB: what may be pending where no server merges.
do $$
declare
    each regclass;
begin
    for each in
        select c.oid from pg_class c join pg_am a on a.oid = c.relam
        where a.amname = 'gin' and c.relkind = 'i' and c.relnamespace = 'public'::regnamespace
    loop
        execute format('alter index %s set (gin_pending_list_limit = 1024)', each);
    end loop;
end
$$;
