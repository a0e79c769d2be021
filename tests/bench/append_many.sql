\set n :n + 1
select count(*) from batches b, append_batch(
    b.tenants, b.commands, b.hashes, b.expires, b.statuses, b.versions, b.ones,
    b.numbers, b.tenants, b.kinds, b.streams, b.zeros, b.ones, b.live, b.titles, b.title_keys,
    b.states,
    b.numbers, b.tenants, b.kinds, b.streams, b.firsts, b.events, b.types, b.schemas,
    b.correlations, b.datas, b.metas, b.times) as a where b.n = :n;
