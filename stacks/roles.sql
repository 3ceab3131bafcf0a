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

<<<<<<< HEAD
-- The sandbox of a preview is every test person, their counter, whoever runs it, and its authorization server: no wall holds it.
=======
-- Numbers of audit leaves come from a sequence.
revoke all on all sequences in schema public from public, door_graphql, door_authority, door_ocsp, door_sweep, door_dispatch, door_ceremony;
grant usage on all sequences in schema public to door_graphql, door_authority, door_sweep, door_ceremony;

-- The counter: everything a client can ask for. No sealed key of a responder, no new issuer, nothing of the log's order.
grant select, insert, update on all tables in schema public to door_graphql;

-- What each door may do, table by table; and what the counter may not. A table that does not exist yet is passed over.
create temporary table rights (door text, may text, tables text[]) on commit drop;
insert into rights values
  -- The authority: what it issues, publishes and orders. Of partners and consents only who is to be told. `for share` on a resident asks
  -- for the right to change one.
  ('door_authority', 'select, insert, update', '{certificate_applications,certificates,crls,crl_shards,card_orders,cards,card_applications}'),
  ('door_authority', 'select, insert', '{responders,acts,audit_leaves,signatures_asked}'),
  ('door_authority', 'select, update', '{residents}'),
  -- What time has brought about it carries out before it issues (deadline.ts).
  ('door_authority', 'select', '{resident_events,grants,consents,webhooks}'),
  ('door_authority', 'select, update', '{installations,card_space,space_shares}'),
  ('door_authority', 'select, insert', '{webhook_deliveries}'),
  ('door_authority', 'select', '{issuers,municipalities,ca_incidents,data_keys}'),
  -- The responder: who speaks for whom. Of certificates only the columns below.
  ('door_ocsp', 'select', '{issuers,responders}'),
  -- How often it answered: numbers by day.
  ('door_ocsp', 'select, insert, update', '{provision_counts}'),
  -- The sweep: what time brings about, and the order of the log. It reads no sealed key and no client's credentials.
  ('door_sweep', 'select, insert, update', '{crl_shards,audit_checkpoints,audit_head,cards,card_applications,certificate_applications,certificates,card_orders,consents,grants,installations,card_space,space_shares,residents,resident_events,row_head}'),
  ('door_sweep', 'select', '{webhooks}'),
  ('door_sweep', 'select, insert', '{webhook_deliveries}'),
  ('door_sweep', 'select, insert', '{acts,audit_leaves,audit_entries,audit_nodes,signatures_asked,reconciliations}'),
  ('door_sweep', 'select', '{row_versions}'),
  ('door_sweep', 'select, insert, update', '{consent_seals,receipt_keys}'),
  ('door_sweep', 'select', '{issuers,crls,municipalities,chips,ca_incidents,consent_requests,purposes,partners,standings,access_log}'),
  -- Dates of responders, to count what was signed; not their keys.
  ('door_sweep', 'select (issuer, serial, not_before, not_after, certificate)', '{responders}'),
  -- What the law keeps no longer goes, with its proof.
  ('door_sweep', 'select, delete', '{crls,certificates,certificate_applications,card_applications,decisions}'),
  ('door_sweep', 'select, insert, update', '{erasures,erased_signatures}'),
  ('door_dispatch', 'select', '{partners,webhooks}'),
  ('door_dispatch', 'select, update', '{webhook_deliveries,key_addresses}'),
  ('door_dispatch', 'select, insert, update', '{partner_keys}'),
  ('door_ceremony', 'select, insert', '{issuers,acts,audit_leaves,signatures_asked}'),
  ('door_graphql', '-all', '{responders,oauth_records,signatures_asked}'),
  -- How fresh the responders are, and the account of signatures: for officers of the agency. No sealed key.
  ('door_graphql', 'select (issuer, not_before, not_after)', '{responders}'),
  ('door_graphql', 'select', '{signatures_asked}'),
  -- With the end of a partner, what nobody answered goes.
  ('door_graphql', 'delete', '{consent_requests,challenges}'),
  ('door_graphql', '-update', '{consent_seals,data_keys}'),
  ('door_graphql', '-insert, update', '{receipt_keys,issuers,crls,schema_migrations,audit_checkpoints,audit_entries,audit_head,audit_nodes,reconciliations,erasures,erased_signatures,row_versions,row_head}'),
  -- The log of acts and the log of access are written once.
  ('door_graphql', '-update', '{acts,audit_leaves,access_log}');
select format('%s %s on %I %s %I', case when may like '-%' then 'revoke' else 'grant' end, ltrim(may, '-'), name, case when may like '-%' then 'from' else 'to' end, door)
  from rights, unnest(tables) as name where exists (select from pg_tables where schemaname = 'public' and tablename = name) \gexec

-- States of certificates, by issuer and serial. No name, no address, no certificate.
grant select (issuer, serial, state, ground, reason, occurred_at, recorded_at, abandoned_at) on certificates to door_ocsp;

-- The sandbox acts as the counter does, keeps chips, and is the authorization server of its preview.
>>>>>>> main
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
