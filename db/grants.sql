-- What each door may do, table by table; which rows, say the policies (migrations). Run after every migration, by
-- stacks/roles.sql on a stage and by db/doors.ts on one machine. A table that does not exist yet is passed over.
do $$
declare
  everyone constant text := 'door_graphql, door_authority, door_ocsp, door_sweep, door_dispatch, door_ceremony';
  line record;
begin
  revoke create on schema public from public;
  execute format('revoke all on all tables in schema public from public, %s', everyone);
  execute format('grant usage on schema public to %s', everyone);
  execute format('grant select on schema_migrations to %s', everyone);
  -- Numbers of audit leaves come from a sequence.
  execute format('revoke all on all sequences in schema public from public, %s', everyone);
  grant usage on all sequences in schema public to door_graphql, door_authority, door_sweep, door_ceremony;

  -- The counter: everything a client can ask for. No sealed key of a responder, no new issuer, nothing of the log's order.
  grant select, insert, update on all tables in schema public to door_graphql;

  for line in
    select may, door, name from (values
      -- The authority: what it issues, publishes and orders. Of consents and webhooks only whom to tell that a certificate
      -- changed. `for share` on a resident asks for the right to change one.
      ('door_authority', 'select, insert, update', '{certificate_applications,certificates,crls,crl_shards,card_orders,cards,card_applications}'::text[]),
      ('door_authority', 'select, insert', '{responders,acts,audit_leaves,signatures_asked}'),
      ('door_authority', 'select, update', '{residents}'),
      ('door_authority', 'select', '{issuers,municipalities,ca_incidents,data_keys}'),
      ('door_authority', 'select', '{consents}'),
      -- What time has brought about it carries out before it issues (deadline.ts).
      ('door_authority', 'select', '{resident_events,grants}'),
      ('door_authority', 'select, update', '{installations,card_space,space_shares}'),
      ('door_authority', 'select (id, partner, state, events)', '{webhooks}'),
      ('door_authority', 'insert', '{webhook_deliveries}'),
      -- The responder: who speaks for whom. States of certificates, by issuer and serial: no name, no address, no certificate.
      ('door_ocsp', 'select', '{issuers,responders}'),
      -- How often it answered: numbers by day.
      ('door_ocsp', 'select, insert, update', '{provision_counts}'),
      ('door_ocsp', 'select (issuer, serial, state, ground, reason, occurred_at, recorded_at, abandoned_at)', '{certificates}'),
      -- The sweep: what time brings about, and the order of the log. It reads no sealed key and no client's credentials.
      ('door_sweep', 'select, insert, update', '{crl_shards,audit_checkpoints,audit_head,cards,card_applications,certificate_applications,certificates,card_orders,card_space,consents,grants,installations,space_shares,residents,resident_events}'),
      ('door_sweep', 'select, insert', '{acts,audit_leaves,audit_entries,audit_nodes,signatures_asked,reconciliations,trail_days}'),
      ('door_sweep', 'select, insert, update', '{consent_seals,receipt_keys}'),
      ('door_sweep', 'select', '{issuers,crls,municipalities,chips,ca_incidents,consent_requests,purposes,partners,standings,access_log}'),
      ('door_sweep', 'select (id, partner, state, events)', '{webhooks}'),
      ('door_sweep', 'select (consent)', '{webhook_deliveries}'),
      ('door_sweep', 'insert', '{webhook_deliveries}'),
      -- Dates of responders, to count what was signed; not their keys.
      ('door_sweep', 'select (issuer, serial, not_before, not_after, certificate)', '{responders}'),
      -- What the law keeps no longer goes, with its proof.
      ('door_sweep', 'select, delete', '{crls,certificates,certificate_applications,card_applications,decisions,consents,access_log,release_turns,release_paces,consent_seals,lapse_sightings,provision_counts,my_number_readings}'),
      ('door_sweep', 'select, insert, update', '{erasures,erased_signatures,row_head}'),
      ('door_sweep', 'select', '{row_versions}'),
      -- The outbox, and where its messages go.
      ('door_dispatch', 'select', '{partners,webhooks}'),
      ('door_dispatch', 'select, update', '{webhook_deliveries,key_addresses}'),
      ('door_dispatch', 'select, insert, update', '{partner_keys}'),
      ('door_ceremony', 'select, insert', '{issuers,acts,audit_leaves,signatures_asked}'),
      ('door_graphql', '-all', '{chips,clients,responders,oauth_records,signatures_asked,row_versions,row_head}'),
      -- How fresh the responders are, and the account of signatures: for officers of the agency. No sealed key.
      ('door_graphql', 'select (issuer, not_before, not_after)', '{responders}'),
      ('door_graphql', 'select', '{signatures_asked}'),
      ('door_graphql', '-update', '{consent_seals,data_keys}'),
      ('door_graphql', '-insert, update', '{receipt_keys,issuers,crls,schema_migrations,audit_checkpoints,audit_entries,audit_head,audit_nodes,reconciliations,trail_days,erasures,erased_signatures}'),
      -- The log of acts and the log of access are written once.
      ('door_graphql', '-update', '{acts,audit_leaves,access_log}'),
      -- With the end of a partner, what nobody answered goes.
      ('door_graphql', 'delete', '{consent_requests,challenges}')
    ) as rights (door, may, tables), unnest(tables) as name
    where to_regclass('public.' || name) is not null
  loop
    execute format('%s %s on %I %s %I', case when line.may like '-%' then 'revoke' else 'grant' end, ltrim(line.may, '-'), line.name, case when line.may like '-%' then 'from' else 'to' end, line.door);
  end loop;
end $$;
