-- An index of words (GIN) gathers what is inserted in a pending list, and whoever fills that up merges it
-- into the index: a read model stood still for that. The server merges now, beside the read models.
-- See PostgreSQL's "GIN Fast Update Technique".

-- Merges the pending lists of the read models' indexes; how many pages that were. One that somebody replaces
-- or writes anew just then is left for the next time.
create function merge_pending_words() returns bigint
    language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '20ms' as $$
declare
    gin oid;
    pages bigint := 0;
begin
    for gin in
        select i.indexrelid from pg_index i
            join pg_class c on c.oid = i.indexrelid
            join pg_am a on a.oid = c.relam
            join pg_class model on model.oid = i.indrelid
        where a.amname = 'gin' and c.relnamespace = 'public'::regnamespace
            and (model.relname like 'list\_%' or model.relname = 'search')
            and pg_has_role(c.relowner, 'usage')
    loop
        begin
            pages := pages + gin_clean_pending_list(gin);
        exception when lock_not_available or undefined_object or internal_error then
            null; -- internal_error: it was dropped meanwhile
        end;
    end loop;
    return pages;
end
$$;
revoke execute on function merge_pending_words from public;
grant execute on function merge_pending_words to throughline_system;
