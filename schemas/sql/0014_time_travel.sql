-- What leads from an event to those it caused, and what reading the past of a list needs.

-- Few events have a cause that is another event.
create index events_cause on events ((meta ->> 'cause')) where meta ->> 'cause' is not null;

-- How far a list has been folded says which of its rows are of the past that is asked for.
grant select on checkpoints to throughline_app;

-- A list as it stood at a position is folded into temporary tables. Everybody may make them by
-- default; where that was taken away, the application needs it back.
do $$
begin
    execute format('grant temporary on database %I to throughline_app', current_database());
end
$$;
