insert into bench_events (event_id, data, meta) values (gen_random_uuid(), @data@, @meta@);
