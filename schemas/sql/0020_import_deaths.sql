-- An import at which one process after another dies is given up: it may be why they do. Counted are those
-- that took it, did not leave it and did no row of it, in a row; whoever is at it counts until then.

alter table imports add column deaths int not null default 0;
