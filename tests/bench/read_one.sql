\set n random(1, :contacts)
select kind, id, version, state, title, archived from streams
    where tenant_id = @tenant@ and kind = 'contact'
      and id = ('0190a000-0000-7000-8000-' || lpad((:n)::text, 12, '0'))::uuid;
