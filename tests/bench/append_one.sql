select b.outcome
    from (select bench_id() as command, bench_id() as stream, bench_id() as event offset 0) as i,
        append_batch(
            array[@tenant@]::uuid[], array[i.command], array[''], array[false], array[201],
            array[('[["contact","' || i.stream || '",1]]')::json], array[1],
            array[1], array[@tenant@]::uuid[], array['contact'], array[i.stream],
            array[0]::bigint[], array[1], array[false], array[@title@], array[lower(@title@)],
            array[@state@]::json[],
            array[1], array[@tenant@]::uuid[], array['contact'], array[i.stream],
            array[1]::bigint[], array[i.event], array['contact.created'], array[1],
            array[i.command], array[@data@]::json[], array[@meta@]::json[],
            array[clock_timestamp()]) as b;
