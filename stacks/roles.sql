-- The database roles of the doors: psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f stacks/roles.sql, as the owner, on the direct
-- address, after every migration. Passwords come from the environment (door_graphql=…), never from the command line.
-- Made here and not through Neon's API, whose roles may do everything and pass by row-level security.

\getenv graphql door_graphql
\getenv authority door_authority
\getenv ocsp door_ocsp
\getenv sweep door_sweep
\getenv dispatch door_dispatch
\getenv ceremony door_ceremony

begin;
-- Two deployments at once would trip over each other's roles.
select pg_advisory_xact_lock(hashtextextended('mynagate roles', 0)) \g /dev/null

select format('create role %I login', door)
  from unnest(array['door_graphql', 'door_authority', 'door_ocsp', 'door_sweep', 'door_dispatch', 'door_ceremony']) as door
 where not exists (select from pg_roles where rolname = door) \gexec

alter role door_graphql password :'graphql';
alter role door_authority password :'authority';
alter role door_ocsp password :'ocsp';
alter role door_sweep password :'sweep';
alter role door_dispatch password :'dispatch';
alter role door_ceremony password :'ceremony';

-- The pooler hands a session from one door to the next, so limits stand on the role.
select format('alter role %I set %s = %L', door, setting, value)
  from unnest(array['door_graphql', 'door_authority', 'door_ocsp', 'door_sweep', 'door_dispatch', 'door_ceremony']) as door,
       (values ('statement_timeout', '10s'), ('lock_timeout', '5s'), ('idle_in_transaction_session_timeout', '10s')) as limits (setting, value) \gexec

revoke create on schema public from public;
revoke all on all tables in schema public from public, door_graphql, door_authority, door_ocsp, door_sweep, door_dispatch, door_ceremony;
grant usage on schema public to door_graphql, door_authority, door_ocsp, door_sweep, door_dispatch, door_ceremony;
grant select on schema_migrations to door_graphql, door_authority, door_ocsp, door_sweep, door_dispatch, door_ceremony;

-- Numbers of audit leaves come from a sequence.
revoke all on all sequences in schema public from public, door_graphql, door_authority, door_ocsp, door_sweep, door_dispatch, door_ceremony;
grant usage on all sequences in schema public to door_graphql, door_authority, door_sweep, door_ceremony;

-- The counter: everything a client can ask for. No sealed key of a responder, no new issuer.
grant select, insert, update on all tables in schema public to door_graphql;
revoke all on responders, oauth_records from door_graphql;
revoke insert, update on issuers, crls, schema_migrations from door_graphql;

-- The authority: what it issues, publishes and orders. Nothing of partners and consents.
grant select, insert, update on certificate_applications, certificates, crls, crl_shards, card_orders, cards, acts, audit_leaves to door_authority;
-- `for share` on a resident asks for the right to change one.
grant select, update on residents to door_authority;
grant select, insert on responders to door_authority;
grant select on issuers, municipalities, chips to door_authority;

-- The responder: states of certificates, by issuer and serial. No name, no address, no certificate.
grant select (issuer, serial, state, ground, reason, occurred_at, recorded_at, abandoned_at) on certificates to door_ocsp;
grant select on issuers, responders to door_ocsp;

-- The sweep: reads what is due and records what time did.
grant select on all tables in schema public to door_sweep;
revoke all on responders, oauth_records, clients from door_sweep;
grant update on cards, card_applications, certificate_applications, certificates, consents, grants, installations, card_space to door_sweep;
grant insert on acts, audit_leaves, crl_shards to door_sweep;
grant update on crl_shards to door_sweep;

grant select on partners to door_dispatch;

grant select, insert on issuers to door_ceremony;
grant select, insert on acts, audit_leaves to door_ceremony;

-- The log of acts and the log of access are written once. No door changes or removes an entry, or any row at all.
revoke update, delete, truncate on acts, audit_leaves, access_log from door_graphql, door_authority, door_sweep, door_ceremony;
commit;
