# A database of contacts, made by SQL in the shape of what the server writes; `rebuild` makes its read
# models, which is a row itself.
contacts=0        # numbers 1 to this; fill.sql makes their ids
busy=0            # the first of 40 contacts that were changed 60 times
rebuild_seconds=0 # that the last rebuild took

take_template() {
    local id
    start_server
    id=$(call POST /api/contacts -H 'Content-Type: application/json' -d '{"name": "Template Person",
        "email": "template@example.com", "phone": "+1 555 010 0000", "tags": ["template"],
        "job_position": "Template Position", "status": "active"}' | json_text id)
    call PATCH "/api/contacts/$id" -H 'Content-Type: application/json' \
        -d '{"job_position": "Changed Position"}' >/dev/null
    caught_up >/dev/null
    stop_server
    sql_file template.sql id="$id"
}

# grow_to CONTACTS: while no server runs.
grow_to() {
    local began
    busy=$((contacts + 1))
    sql_file fill.sql first=$busy last="$1"
    contacts=$1
    began=$(now)
    "$binary" rebuild all >"$scratch/rebuild.log" 2>&1 || { cat "$scratch/rebuild.log" >&2; fail "rebuild failed"; }
    rebuild_seconds=$(since "$began")
    sql 'vacuum analyze'
    sql 'checkpoint'
}

# written_tables: those of all read models, whose further tables begin with its name.
written_tables() {
    sql "select tablename from pg_tables where schemaname = 'public' and exists (
        select from checkpoints where to_regclass(name) is not null
            and (tablename = name or starts_with(tablename, name || '_'))) order by tablename"
}

# copies: the rebuild against COPY of all that it wrote, table by table.
copies() {
    local table rows=0 indexed=0 after=0 count
    for table in $(written_tables); do
        sql "copy $table to '$scratch/postgres/$table.rows'"
        copy_into "$table" 'including all'
        indexed=$(awk -v a="$indexed" -v b="$took" 'BEGIN {print a + b}')
        copy_into "$table" 'including all excluding indexes' "$(sql "select string_agg(
            replace(indexdef, ' ON public.', ' ON copied.') || ';', ' ') from pg_indexes
            where schemaname = 'public' and tablename = '$table'")"
        after=$(awk -v a="$after" -v b="$took" 'BEGIN {print a + b}')
        count=$(sql "select count(*) from $table")
        rows=$((rows + count))
        rm "$scratch/postgres/$table.rows"
    done
    figure rebuild "rebuild of all read models of 100,000 contacts" \
        "$(ratio "$indexed" "$rebuild_seconds")" × 0.4 0.7 high \
        "$rows rows in $rebuild_seconds s; COPY into the same tables and indexes: $indexed s (into tables that get their indexes afterwards: $after s)"
}

# copy_into TABLE LIKE [THEN]: copies its rows into a new table; sets took, in seconds.
copy_into() {
    local began
    sql "create schema copied; create table copied.$1 (like public.$1 $2)"
    began=$(now)
    sql "begin; copy copied.$1 from '$scratch/postgres/$1.rows';
        set local maintenance_work_mem = '256MB'; ${3:-}; commit"
    took=$(since "$began")
    [ "$(sql "select count(*) from copied.$1")" = "$(sql "select count(*) from $1")" ] ||
        fail "COPY lost rows of $1"
    sql "drop table copied.$1; drop schema copied"
}
