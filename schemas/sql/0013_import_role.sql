-- What an import may: no more than whoever brought it, an API key perhaps, and no more than its user
-- may by the time.

alter table imports add column role text not null default 'owner';
