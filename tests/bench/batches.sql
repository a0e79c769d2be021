-- The arguments of append_batch, 256 commands a row, made beforehand; prints how many rows.
create table batches as
    select (number - 1) / 256 as n, array_agg(tenant_id order by number) as tenants,
           array_agg(command_id order by number) as commands,
           array_agg(request_hash order by number) as hashes,
           array_agg(expires order by number) as expires,
           array_agg(status order by number) as statuses,
           array_agg(versions order by number) as versions,
           array_agg(((number - 1) % 256 + 1)::int order by number) as numbers,
           array_agg(1 order by number) as ones, array_agg(0::bigint order by number) as zeros,
           array_agg(1::bigint order by number) as firsts, array_agg(false order by number) as live,
           array_agg(kind order by number) as kinds, array_agg(stream_id order by number) as streams,
           array_agg(title order by number) as titles,
           array_agg(title_key order by number) as title_keys,
           array_agg(state order by number) as states,
           array_agg(event_id order by number) as events, array_agg(type order by number) as types,
           array_agg(schema_version order by number) as schemas,
           array_agg(correlation_id order by number) as correlations,
           array_agg(data order by number) as datas, array_agg(meta order by number) as metas,
           array_agg(ce_time order by number) as times
    from (select *, row_number() over (order by position) as number from imported) as i
    group by 1;
alter table batches add primary key (n);
analyze batches;
select count(*) from batches;
