-- Contacts number :first to :last as if each had been created over HTTP, a minute apart, and the
-- first 40 of them changed 60 times each, evenly among the rest. The same people come every time.
begin;

create function pg_temp.chance(n int, k int) returns float8 language sql immutable as
    $$ select (hashint4extended(n, k) & 1048575)::float8 / 1048576 $$;
create function pg_temp.pick(words text[], skew float8, n int, k int) returns text language sql
    immutable as
    $$ select words[1 + floor(cardinality(words) * power(pg_temp.chance(n, k), skew))::int] $$;
create function pg_temp.contact_id(n int) returns uuid language sql immutable as
    $$ select ('0190a000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
create function pg_temp.wire(at timestamptz) returns text language sql stable as
    $$ select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

-- Given names and most else: few words, some frequent. Surnames: 40,000, the first of them frequent.
create temp table people as
    select n, given || ' ' || initcap(surname) as name,
           lower(given) || '.' || surname || '.' || n || '@' ||
               pg_temp.pick('{example.com,example.org,mail.example,work.example}', 1, n, 4) as email,
           '+1 ' || 200 + floor(700 * pg_temp.chance(n, 5))::int || ' 555 ' ||
               lpad(floor(10000 * pg_temp.chance(n, 6))::int::text, 4, '0') as phone,
           pg_temp.pick('{Engineer,Sales Manager,Analyst,Director,Consultant,Account Manager,
               Designer,Buyer,Product Manager,Accountant,Office Manager,Founder,Researcher,
               Lawyer,Support Lead,Architect,Translator,Editor,Physician,Head of Sales}',
               1.5, n, 7) as job,
           case when pg_temp.chance(n, 8) < 0.3 then '[]' else '["' ||
               pg_temp.pick('{lead,newsletter,customer,partner,trial,event,webinar,supplier,press,
                   investor,alumni,referral,retail,export,nonprofit,student,beta,board,vip}',
                   1.5, n, 9) || '"]' end as tags,
           pg_temp.pick('{new,new,new,new,active,active,qualified,customer,customer,inactive}',
               1, n, 10) as status
    from (select n,
                 pg_temp.pick('{Anna,James,Maria,John,Sofia,David,Laura,Peter,Emma,Michael,Julia,
                     Thomas,Nina,Robert,Clara,Daniel,Eva,Martin,Alice,Paul,Helena,Lucas,Irene,
                     Simon,Marta,Victor,Olivia,Hugo,Ingrid,Oscar,Paula,Felix,Teresa,Adam,Rita,
                     Leon,Vera,Karl,Sara,Bruno,Ida,Erik,Lena,Marco,Nora,Stefan,Greta,Ivan,Dora,
                     Ralf,Monica,Jonas,Petra,Louis,Elsa,Andre,Bianca,Henry,Rosa,Walter,Agnes,
                     Conrad,Yvonne,Zelda}', 2, n, 1) as given,
                 (array['al','ber','cor','dan','el','fro','gar','hol','is','jan','kel','lind','mor',
                     'nor','ol','pet','quin','ros','sand','tor','ul','van','wes','yar','zim','bran',
                     'crist','dre','esp','fal','grun','har','ing','kov','lam','mont','nev','pri',
                     'stein','thor'])[1 + s % 40] ||
                 (array['a','an','ar','e','el','en','er','i','il','in','ing','is','o','ol','om','on',
                     'or','os','u','ul','un','ur','us','y','am','as','em','es','im','ov','sk','st',
                     'ta','te','ti','to','va','ve','vi','vo'])[1 + s / 40 % 40] ||
                 (array['berg','borg','by','dal','den','er','feld','ford','gard','ham','hart','ko',
                     'land','ley','lund','man','mann','ner','quist','sen','son','stad','ton','vik',
                     'wood'])[1 + s / 1600] as surname
          from (select n, floor(40000 * power(pg_temp.chance(n, 2), 3))::int as s
                from generate_series(:first, :last) as n) as numbers) as named;

-- The changes in the order of the log; the first of each contact creates it.
create temp table steps as
    select (select position from log_head) + row_number() over (order by slot, step) as position,
           n, step, first_at + slot * interval '1 minute' as at
    from template, (
        select n, 0 as step, n::float8 as slot from generate_series(:first, :last) as n
        union all
        select :first + u % 40, 1 + u / 40, :first + 40 + u / 2400.0 * (:last - :first - 41)
        from generate_series(0, 40 * 60 - 1) as u) as all_steps;

create function pg_temp.written(text, people) returns text language sql immutable as $$
    select replace(replace(replace(replace(replace(replace($1,
        'Template Person', $2.name), 'template@example.com', $2.email),
        '+1 555 010 0000', $2.phone), 'Template Position', $2.job), '["template"]', $2.tags),
        '"status":"active"', '"status":"' || $2.status || '"')
$$;

insert into events (position, tenant_id, kind, stream_id, version, event_id, type, schema_version,
                    correlation_id, data, meta, ce_time, recorded_at)
    select position, tenant_id, 'contact', pg_temp.contact_id(n), step + 1,
           ('0190a000-0000-7001-8000-' || lpad(position::text, 12, '0'))::uuid,
           case step when 0 then 'contact.created' else 'contact.updated' end,
           case step when 0 then schema_version else changed_schema end,
           ('0190a000-0000-7002-8000-' || lpad(position::text, 12, '0'))::uuid,
           case step when 0 then pg_temp.written(created, people)
                else replace(replace(changed, 'Template Position',
                                     case step when 1 then job else 'Step ' || step - 1 end),
                             'Changed Position', 'Step ' || step) end::json,
           case step when 0 then created_meta else changed_meta end, at, now()
    from steps join people using (n), template order by position;

insert into streams (tenant_id, kind, id, version, position, archived, title, title_key, state)
    select tenant_id, 'contact', pg_temp.contact_id(n), step + 1, position, false, name, lower(name),
           replace(replace(replace(pg_temp.written(state, people),
               '"created_at":"' || template.created_at, '"created_at":"' ||
                   pg_temp.wire(first_at + n * interval '1 minute')),
               '"updated_at":"' || template.updated_at, '"updated_at":"' || pg_temp.wire(at)),
               '"job_position":"' || job || '"',
               '"job_position":"' || case step when 0 then job else 'Step ' || step end || '"')::json
    from (select distinct on (n) * from steps order by n, step desc) as last
    join people using (n), template order by n;

insert into commands (tenant_id, id, request_hash, expires, status, first_position, last_position,
                      versions, recorded_at)
    select tenant_id, ('0190a000-0000-7002-8000-' || lpad(position::text, 12, '0'))::uuid, '', false,
           case step when 0 then 201 else 200 end, position, position,
           format('[["contact","%s",%s]]', pg_temp.contact_id(n), step + 1)::json, now()
    from steps, template order by position;

update log_head set position = (select max(position) from steps), recorded_at = now();
-- The read models are rebuilt up to where they are said to be.
update checkpoints set position = (select position from log_head);
commit;
