-- The database roles of the doors: psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f stacks/roles.sql, as the owner, on the direct
-- address, after every migration. Passwords come from the environment (door_graphql=…), never from the command line.
-- Made here and not through Neon's API, whose roles may do everything and pass by row-level security.

\getenv graphql door_graphql
\getenv authority door_authority
\getenv ocsp door_ocsp
\getenv sweep door_sweep
\getenv dispatch door_dispatch
\getenv ceremony door_ceremony
-- In previews alone.
\getenv sandbox door_sandbox

begin;
-- Two deployments at once would trip over each other's roles.
select pg_advisory_xact_lock(hashtextextended('mynagate roles', 0)) \g /dev/null

-- The policies of the tables name them: a migration has made them, without a login.
select format('create role %I', door)
  from unnest(array['door_graphql', 'door_authority', 'door_ocsp', 'door_sweep', 'door_dispatch', 'door_ceremony']) as door
 where not exists (select from pg_roles where rolname = door) \gexec

alter role door_graphql login password :'graphql';
alter role door_authority login password :'authority';
alter role door_ocsp login password :'ocsp';
alter role door_sweep login password :'sweep';
alter role door_dispatch login password :'dispatch';
alter role door_ceremony login password :'ceremony';

-- The pooler hands a session from one door to the next, so limits stand on the role.
select format('alter role %I set %s = %L', door, setting, value)
  from unnest(array['door_graphql', 'door_authority', 'door_ocsp', 'door_sweep', 'door_dispatch', 'door_ceremony']) as door,
       (values ('statement_timeout', '10s'), ('lock_timeout', '5s'), ('idle_in_transaction_session_timeout', '10s')) as limits (setting, value) \gexec

\ir ../db/grants.sql

-- The sandbox of a preview is every test person, their counter, whoever runs it, and its authorization server: no wall holds it.
\if :{?sandbox}
select 'create role door_sandbox login in role door_graphql' where not exists (select from pg_roles where rolname = 'door_sandbox') \gexec
alter role door_sandbox password :'sandbox';
select format('alter role door_sandbox set %s = %L', setting, value)
  from (values ('statement_timeout', '10s'), ('lock_timeout', '5s'), ('idle_in_transaction_session_timeout', '10s')) as limits (setting, value) \gexec
revoke all on all tables in schema public from door_sandbox;
grant select, insert, update, delete on oauth_records to door_sandbox;
grant select, insert, update on chips to door_sandbox;
select format('drop policy if exists door_sandbox on %I; create policy door_sandbox on %I to door_sandbox using (true) with check (true)', tablename, tablename)
  from pg_tables where schemaname = 'public' \gexec
\endif
commit;
