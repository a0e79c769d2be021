-- Token buckets of the rate limits, which all server processes draw on, a slice at a time. Unlogged:
-- limits begin anew after a crash of the database, and a lease waits for no disk.

create unlogged table rate_buckets (
    name text collate "C" not null, -- of the limit: rest, ai, login, …
    id uuid not null,               -- whose: a tenant, a user, a digest of an address
    tokens double precision not null,
    filled_at timestamptz not null, -- when `tokens` was counted
    full_at timestamptz not null,   -- from then on the row is as good as none
    primary key (name, id)
) with (fillfactor = 50);
grant select, insert, update, delete on rate_buckets to throughline_system;

-- Refills a bucket and takes up to `wanted` whole tokens out of it.
create function lease_tokens(bucket text, whose uuid, quota double precision,
        per_second double precision, wanted double precision,
        out granted double precision, out remaining double precision)
    language plpgsql as $$
declare
    held rate_buckets;
begin
    insert into rate_buckets values (bucket, whose, quota, now(), now()) on conflict do nothing;
    select * into held from rate_buckets where name = bucket and id = whose for update;
    remaining := least(quota, held.tokens
        + greatest(0, extract(epoch from now() - held.filled_at)::double precision) * per_second);
    granted := greatest(0, least(wanted, floor(remaining)));
    remaining := remaining - granted;
    update rate_buckets
        set tokens = remaining, filled_at = greatest(held.filled_at, now()),
            full_at = now() + make_interval(secs => (quota - remaining) / per_second)
        where name = bucket and id = whose;
end
$$;
