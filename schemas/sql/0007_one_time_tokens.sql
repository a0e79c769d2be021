-- Links in mails: an invitation into a tenant, a new password. Secrets, so no events; what a token
-- is for is named by its id alone. The application's role reads none of it.

create table one_time_tokens (
    hash text primary key, -- SHA-256 of the token, hex
    purpose text not null check (purpose in ('invitation', 'password_reset')),
    tenant_id uuid not null, -- nil for a password reset
    subject_id uuid not null, -- the invitation, or the user
    expires_at timestamptz not null
);
create index one_time_tokens_subject on one_time_tokens (subject_id, purpose);
create index one_time_tokens_expiry on one_time_tokens (expires_at);

revoke all on one_time_tokens from public, throughline_app;
grant select, insert, update, delete on one_time_tokens to throughline_system;
