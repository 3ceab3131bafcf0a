-- The second wall: who sees which rows, said here and held by the database whatever the code above forgot to ask. Nothing
-- is closed yet: policies without row-level security do nothing, and the code before this names no session. `walls_contract`
-- closes the tables once that code is gone.
--
-- A session (db/session.ts) sets, for its transaction, its role and four settings: `mynagate.kind` and `mynagate.own` (who
-- acts, and whose rows are its own), `mynagate.actor` (its name in the log), `mynagate.opened` (what else this act or
-- question reaches, each with its reason below). Unset, all is closed.
do $$
declare door text;
begin
  foreach door in array array['door_graphql', 'door_authority', 'door_ocsp', 'door_sweep', 'door_dispatch', 'door_ceremony'] loop
    -- Roles are the server's, databases are many: another one may be making the same.
    begin
      execute format('create role %I nologin', door);
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
end $$;
--> statement-breakpoint
-- Whose rows an actor of that kind owns: the id of a person or partner, the code of a municipality, the name of a body. Null for any other kind.
create function acting(as_kind text) returns text language sql stable parallel safe
  return case when current_setting('mynagate.kind', true) = as_kind then nullif(current_setting('mynagate.own', true), '') end;
--> statement-breakpoint
create function opened(what text) returns boolean language sql stable parallel safe
  return coalesce(what = any (string_to_array(current_setting('mynagate.opened', true), ' ')), false);
--> statement-breakpoint
-- While the law's consequences for a person are carried out (`person:…` is opened).
create function settling() returns boolean language sql stable parallel safe
  return coalesce(current_setting('mynagate.opened', true) like '%person:%', false);
--> statement-breakpoint
-- An office as the law tells one from another (`officeOf`): the role, and the body it is held for.
create function acting_office() returns text language sql stable parallel safe
  return case when current_setting('mynagate.kind', true) in ('municipal', 'prefectural', 'national') then current_setting('mynagate.kind', true) || ' ' || nullif(current_setting('mynagate.own', true), '')
    when current_setting('mynagate.kind', true) in ('agency', 'ministry') then current_setting('mynagate.kind', true) end;
--> statement-breakpoint
create function acting_name() returns text language sql stable parallel safe
  return nullif(current_setting('mynagate.actor', true), '');
--> statement-breakpoint

-- What is the same for everybody, or published: no row of a person, a partner or a municipality. Who may write says grants.sql.
create policy everyone on schema_migrations using (true) with check (true);
--> statement-breakpoint
create policy everyone on municipalities for select using (true);
--> statement-breakpoint
create policy everyone on issuers for select using (true);
--> statement-breakpoint
create policy everyone on crls for select using (true);
--> statement-breakpoint
create policy everyone on ca_incidents for select using (true);
--> statement-breakpoint
create policy everyone on audit_entries for select using (true);
--> statement-breakpoint
create policy everyone on audit_nodes for select using (true);
--> statement-breakpoint
create policy everyone on audit_head for select using (true);
--> statement-breakpoint
create policy everyone on audit_checkpoints for select using (true);
--> statement-breakpoint
-- Counts changes per list; whoever ends a certificate counts one more.
create policy everyone on crl_shards using (true) with check (true);
--> statement-breakpoint
-- Numbers by day.
create policy everyone on provision_counts using (true) with check (true);
--> statement-breakpoint
-- Digests of rows, written by a trigger with every row.
create policy everyone on row_versions for insert with check (true);
--> statement-breakpoint
create policy nobody on row_head for select to door_graphql using (false);
--> statement-breakpoint
-- Wrapped: whoever has one has nothing without the KMS.
create policy everyone on data_keys using (true) with check (true);
--> statement-breakpoint
-- Asked before it is known who knocks: names of tokens, of nobody.
create policy everyone on replayed_tokens using (true) with check (true);
--> statement-breakpoint
create policy incident on ca_incidents for insert to door_graphql with check (acting('agency') is not null);
--> statement-breakpoint

-- Not for any actor: the sealed chips, the clients and the records of the authorization server belong to the offline edition, which is the owner.
create policy nobody on chips for select to door_graphql using (false);
--> statement-breakpoint
create policy nobody on clients for select to door_graphql using (false);
--> statement-breakpoint
create policy nobody on oauth_records for select to door_graphql using (false);
--> statement-breakpoint

-- ------------------------------------------------------------ the register

-- A person its own row; a municipality its residents, who left and is still on its books, and whoever is between two municipalities, because one of them will
-- record the move in; the agency those whose application it has before it (`applicant:`), because the card is made by what the register says. Who
-- represents a minor sees its record, and so does a partner that was given consent for one (it has no certificate).
-- `about:` an officer's decision that hangs on an age. `person:` where an act's consequences or the
-- answer to it (a death recorded a moment ago) reach a row that is nobody's any more.
create policy reads on residents for select to door_graphql using (
  person = acting('citizen') or municipality = acting('municipal') or departs_from = acting('municipal')
  or (acting('municipal') is not null and (state in ('MOVING', 'OVERSEAS', 'DELETED') or departs_from is not null))
  or (acting('agency') is not null and opened('applicant:' || person))
  or (acting('citizen') is not null and exists (select from representations r where r.person = residents.person and r.representative = acting('citizen') and r.ended_at is null))
  or (acting('partner') is not null and exists (select from consents c where c.person = residents.person and c.partner = acting('partner') and c.state = 'IN_FORCE' and c.representative is not null))
  or (acting_office() is not null and opened('about:' || person))
  or opened('person:' || person));
--> statement-breakpoint
create policy records on residents for update to door_graphql
  using (municipality = acting('municipal') or departs_from = acting('municipal') or (acting('municipal') is not null and (state in ('MOVING', 'OVERSEAS', 'DELETED') or departs_from is not null)))
  with check (acting('municipal') is not null and (municipality = acting('municipal') or municipality is null));
--> statement-breakpoint
create policy holds on residents for update to door_graphql
  using (acting('partner') is not null and exists (select from consents c where c.person = residents.person and c.partner = acting('partner') and c.state = 'IN_FORCE' and c.representative is not null)) with check (false);
--> statement-breakpoint
-- The two; the municipality that has the record before it (`register:`); a partner under a consent that was given for the person.
create policy reads on representations for select to door_graphql using (
  acting('citizen') in (person, representative) or (acting('municipal') is not null and opened('register:' || person))
  or (acting('partner') is not null and exists (select from consents c where c.person = representations.person and c.partner = acting('partner') and c.state = 'IN_FORCE' and c.representative is not null)));
--> statement-breakpoint
create policy records on representations for insert to door_graphql with check (acting('municipal') is not null and opened('register:' || person));
--> statement-breakpoint
create policy ends on representations for update to door_graphql using (acting('municipal') is not null and opened('register:' || person)) with check (acting('municipal') is not null and opened('register:' || person));
--> statement-breakpoint
-- Who recorded it; the person, and where it lives now: a card by special speed is founded on it.
create policy reads on resident_events for select to door_graphql using (
  municipality = acting('municipal') or person = acting('citizen') or opened('person:' || person)
  or (acting('municipal') is not null and exists (select from residents r where r.person = resident_events.person and r.municipality = acting('municipal'))));
--> statement-breakpoint
create policy records on resident_events for insert to door_graphql with check (municipality = acting('municipal'));
--> statement-breakpoint

-- ------------------------------------------------------------ cards

-- The holder; the municipality that holds the card or where its holder lives; the agency. `counts`: the ministry counts all, a prefecture those of its municipalities.
-- `hand:` whether a card that an officer's terminal has before it can be used.
create policy reads on cards for select to door_graphql using (
  person = acting('citizen') or municipality = acting('municipal') or acting('agency') is not null or opened('person:' || person)
  or (acting('municipal') is not null and exists (select from residents r where r.person = cards.person and r.municipality = acting('municipal')))
  or (acting_office() is not null and opened('hand:' || id))
  or (acting('ministry') is not null and opened('counts')) or (left(municipality, 2) = left(acting('prefectural'), 2) and opened('counts')));
--> statement-breakpoint
create policy makes on cards for insert to door_graphql with check (acting('agency') is not null);
--> statement-breakpoint
create policy changes on cards for update to door_graphql
  using (person = acting('citizen') or municipality = acting('municipal') or acting('agency') is not null or opened('person:' || person))
  with check (person = acting('citizen') or municipality = acting('municipal') or acting('agency') is not null or opened('person:' || person));
--> statement-breakpoint
create policy reads on card_applications for select to door_graphql using (
  person = acting('citizen') or municipality = acting('municipal') or acting('agency') is not null or opened('person:' || person)
  or (acting('municipal') is not null and exists (select from residents r where r.person = card_applications.person and r.municipality = acting('municipal')))
  or (acting('ministry') is not null and opened('counts')) or (left(municipality, 2) = left(acting('prefectural'), 2) and opened('counts')));
--> statement-breakpoint
create policy makes on card_applications for insert to door_graphql with check (person = acting('citizen') or municipality = acting('municipal'));
--> statement-breakpoint
create policy changes on card_applications for update to door_graphql
  using (person = acting('citizen') or municipality = acting('municipal') or acting('agency') is not null or opened('person:' || person))
  with check (person = acting('citizen') or municipality = acting('municipal') or acting('agency') is not null or opened('person:' || person));
--> statement-breakpoint
-- A form printed by an earlier municipality is brought to the counter of the present one, which then says that it is outdated.
create policy reads on application_forms for select to door_graphql using (
  person = acting('citizen') or municipality = acting('municipal')
  or (acting('municipal') is not null and exists (select from residents r where r.person = application_forms.person and r.municipality = acting('municipal'))));
--> statement-breakpoint
create policy makes on application_forms for insert to door_graphql with check (municipality = acting('municipal'));
--> statement-breakpoint
-- What hangs on a card is seen by whoever sees the card.
create policy of_the_card on card_notes to door_graphql using (exists (select from cards c where c.id = card)) with check (exists (select from cards c where c.id = card));
--> statement-breakpoint
create policy of_the_card on card_space to door_graphql using (exists (select from cards c where c.id = card)) with check (exists (select from cards c where c.id = card));
--> statement-breakpoint
create policy of_the_card on pin_resets to door_graphql using (exists (select from cards c where c.id = card)) with check (exists (select from cards c where c.id = card));
--> statement-breakpoint
-- Orders are the counters' own business; one that a former municipality placed is read at the counter that holds the card now.
create policy reads on card_orders for select to door_graphql using (
  municipality = acting('municipal') or acting('agency') is not null or (acting('ministry') is not null and opened('counts'))
  or (acting('municipal') is not null and exists (select from cards c where c.id = card)));
--> statement-breakpoint
create policy makes on card_orders for insert to door_graphql with check (municipality = acting('municipal') or acting('agency') is not null);
--> statement-breakpoint
create policy changes on card_orders for update to door_graphql
  using (municipality = acting('municipal') or acting('agency') is not null) with check (municipality = acting('municipal') or acting('agency') is not null);
--> statement-breakpoint
-- The body of the officer; no number is in it.
create policy of_the_body on my_number_readings to door_graphql
  using (body in (acting('municipal'), acting('prefectural'), acting('national'), acting('agency'), acting('ministry'))) with check (body in (acting('municipal'), acting('prefectural'), acting('national'), acting('agency'), acting('ministry')));
--> statement-breakpoint

-- ------------------------------------------------------------ certificates

-- The holder; the municipality that handed it over or where the holder lives; the agency. A partner: the one a consent given
-- to it was signed with, a release to it was read from or a login at it was answered with, and the live signing certificate of who consented (the items are read from it). `serial:` is a
-- look-up by issuer and serial, of a certificate that was shown; `linked:` what the law links with one that was shown.
create policy reads on certificates for select to door_graphql using (
  person = acting('citizen') or shard = acting('municipal') or acting('agency') is not null or opened('person:' || person)
  or (acting('municipal') is not null and exists (select from residents r where r.person = certificates.person and r.municipality = acting('municipal')))
  or (acting('partner') is not null and (
    exists (select from consents c where c.certificate = certificates.id and c.partner = acting('partner'))
    or exists (select from access_log a where a.certificate = certificates.id and a.partner = acting('partner'))
    or exists (select from logins l where l.certificate = certificates.id and l.partner = acting('partner')) or exists (select from passkeys k where k.certificate = certificates.id and k.partner = acting('partner'))
    or (kind = 'signature' and state in ('VALID', 'HELD') and exists (select from consents c where c.person = certificates.person and c.partner = acting('partner') and c.state = 'IN_FORCE'))))
  or opened('serial:' || issuer || '/' || serial) or opened('linked:' || card)
  or (acting('ministry') is not null and opened('counts')) or (left(shard, 2) = left(acting('prefectural'), 2) and opened('counts')));
--> statement-breakpoint
-- A partner holds the certificate still while it is given the items, and changes nothing of it.
create policy changes on certificates for update to door_graphql
  using (person = acting('citizen') or shard = acting('municipal') or acting('agency') is not null or opened('person:' || person)
    or (acting('partner') is not null and kind = 'signature' and exists (select from consents c where c.person = certificates.person and c.partner = acting('partner') and c.state = 'IN_FORCE')))
  with check (person = acting('citizen') or shard = acting('municipal') or acting('agency') is not null or opened('person:' || person));
--> statement-breakpoint
create policy counted on certificate_applications for select to door_graphql using (acting('ministry') is not null and opened('counts'));
--> statement-breakpoint
create policy whose on certificate_applications to door_graphql
  using (person = acting('citizen') or municipality = acting('municipal') or acting('agency') is not null or opened('person:' || person))
  with check (person = acting('citizen') or municipality = acting('municipal') or acting('agency') is not null or opened('person:' || person));
--> statement-breakpoint
-- For the account of signatures; of a responder the counter may read the issuer's name only.
create policy counted on responders for select to door_graphql using (coalesce(acting('agency'), acting('ministry')) is not null);
--> statement-breakpoint
create policy counted on signatures_asked for select to door_graphql using (coalesce(acting('agency'), acting('ministry')) is not null);
--> statement-breakpoint
create policy counted on reconciliations for select to door_graphql using (coalesce(acting('agency'), acting('ministry')) is not null);
--> statement-breakpoint
create policy counted on erasures for select to door_graphql using (coalesce(acting('agency'), acting('ministry')) is not null);
--> statement-breakpoint
create policy counted on erased_signatures for select to door_graphql using (coalesce(acting('agency'), acting('ministry')) is not null);
--> statement-breakpoint

-- ------------------------------------------------------------ partners

-- A partner itself; the ministry that accredits; the person, who is to know who receives. The agency, which agrees with it and counts what was provided to it; the platform that it acts through.
create policy reads on partners for select to door_graphql using (
  id = acting('partner') or coalesce(acting('citizen'), acting('agency'), acting('ministry')) is not null
  or exists (select from standings s where s.partner = partners.id and s.through = acting('partner')));
--> statement-breakpoint
-- Held still while its webhooks are counted, and not changed.
create policy holds on partners for update to door_graphql using (id = acting('partner') or coalesce(acting('agency'), acting('ministry')) is not null) with check (false);
--> statement-breakpoint
-- Accreditations in their own right are published, and a service's standing rests on its platform's; delegations are between the two.
create policy reads on standings for select to door_graphql using (acting('partner') in (partner, through) or (acting('partner') is not null and through is null) or coalesce(acting('citizen'), acting('agency'), acting('ministry')) is not null);
--> statement-breakpoint
-- Held still while a consent is given, and not changed.
create policy holds on standings for update to door_graphql using (acting('citizen') is not null) with check (false);
--> statement-breakpoint
create policy grants on standings for insert to door_graphql with check (acting('ministry') is not null);
--> statement-breakpoint
create policy changes on standings for update to door_graphql using (coalesce(acting('agency'), acting('ministry')) is not null) with check (coalesce(acting('agency'), acting('ministry')) is not null);
--> statement-breakpoint
-- A platform reports who acts through it.
create policy reports on standings for update to door_graphql using (through = acting('partner')) with check (through = acting('partner'));
--> statement-breakpoint
-- `partners` while the ministry looks at, or carries out, what the end of a partner ends: it reaches those that act through it.
create policy whose on challenges to door_graphql using (partner = acting('partner') or (acting('ministry') is not null and opened('partners'))) with check (partner = acting('partner'));
--> statement-breakpoint
create policy reads on logins for select to door_graphql using (partner = acting('partner') or person = acting('citizen'));
--> statement-breakpoint
create policy makes on logins for insert to door_graphql with check (partner = acting('partner'));
--> statement-breakpoint
create policy reads on webhooks for select to door_graphql using (
  partner = acting('partner') or (acting('ministry') is not null and opened('partners')) or (acting('agency') is not null and opened('incident'))
  or (settling() and exists (select from consents c where c.partner = webhooks.partner and opened('person:' || c.person)))
  or (acting('citizen') is not null and exists (select from account_links l where l.partner = webhooks.partner and l.person = acting('citizen'))));
--> statement-breakpoint
create policy makes on webhooks for insert to door_graphql with check (partner = acting('partner'));
--> statement-breakpoint
create policy changes on webhooks for update to door_graphql
  using (partner = acting('partner') or (acting('ministry') is not null and opened('partners')))
  with check (partner = acting('partner') or (acting('ministry') is not null and opened('partners')));
--> statement-breakpoint
create policy reads on webhook_deliveries for select to door_graphql using (
  exists (select from webhooks w where w.id = webhook and (w.partner = acting('partner') or acting('ministry') is not null))
  or (coalesce(acting('agency'), acting('ministry')) is not null and opened('counts')) or exists (select from consents c where c.id = webhook_deliveries.consent and acting('citizen') in (c.person, c.representative)));
--> statement-breakpoint
-- Whoever's act is to be told: the webhooks that the act reaches.
create policy announces on webhook_deliveries for insert to door_graphql with check (exists (select from webhooks w where w.id = webhook));
--> statement-breakpoint
create policy changes on webhook_deliveries for update to door_graphql
  using (exists (select from webhooks w where w.id = webhook and (w.partner = acting('partner') or acting('ministry') is not null)))
  with check (exists (select from webhooks w where w.id = webhook and (w.partner = acting('partner') or acting('ministry') is not null)));
--> statement-breakpoint

-- Links, passkeys and why something was decided: the partner and the person.
create policy reads on account_links for select to door_graphql using (partner = acting('partner') or person = acting('citizen') or (acting('ministry') is not null and opened('partners')));
--> statement-breakpoint
create policy makes on account_links for insert to door_graphql with check (partner = acting('partner'));
--> statement-breakpoint
create policy ends on account_links for update to door_graphql
  using (partner = acting('partner') or person = acting('citizen') or (acting('ministry') is not null and opened('partners')))
  with check (partner = acting('partner') or person = acting('citizen') or (acting('ministry') is not null and opened('partners')));
--> statement-breakpoint
create policy whose on passkey_enrolments to door_graphql
  using (partner = acting('partner') or (acting('ministry') is not null and opened('partners')))
  with check (partner = acting('partner') or (acting('ministry') is not null and opened('partners')));
--> statement-breakpoint
create policy reads on passkeys for select to door_graphql using (partner = acting('partner') or person = acting('citizen') or (acting('ministry') is not null and opened('partners')));
--> statement-breakpoint
create policy makes on passkeys for insert to door_graphql with check (partner = acting('partner'));
--> statement-breakpoint
create policy changes on passkeys for update to door_graphql
  using (partner = acting('partner') or person = acting('citizen') or (acting('ministry') is not null and opened('partners')))
  with check (partner = acting('partner') or person = acting('citizen') or (acting('ministry') is not null and opened('partners')));
--> statement-breakpoint
create policy reads on decisions for select to door_graphql using (partner = acting('partner') or person = acting('citizen'));
--> statement-breakpoint
-- The door notes that it turned a request away before there is a session.
create policy notes on decisions for insert to door_graphql with check (partner = acting('partner') or coalesce(current_setting('mynagate.kind', true), '') = '');
--> statement-breakpoint
create policy whose on partner_keys to door_graphql using (partner = acting('partner')) with check (partner = acting('partner'));
--> statement-breakpoint
create policy whose on key_addresses to door_graphql using (partner = acting('partner')) with check (partner = acting('partner'));
--> statement-breakpoint

-- How a partner may ask: the door looks it up before there is a session, by the partner's name alone; the agency sets it.
create function nobody_acts() returns boolean language sql stable parallel safe
  return coalesce(current_setting('mynagate.kind', true), '') = '';
--> statement-breakpoint
create policy whose on partner_access to door_graphql
  using (partner = acting('partner') or coalesce(acting('agency'), acting('ministry')) is not null or nobody_acts())
  with check (partner = acting('partner') or coalesce(acting('agency'), acting('ministry')) is not null or nobody_acts());
--> statement-breakpoint
create policy whose on partner_documents to door_graphql
  using (partner = acting('partner') or coalesce(acting('agency'), acting('ministry')) is not null or nobody_acts())
  with check (partner = acting('partner') or coalesce(acting('agency'), acting('ministry')) is not null);
--> statement-breakpoint

-- ------------------------------------------------------------ consents

-- Purposes and requests hold nothing of a person: whoever is logged in and has the link may read them.
create policy reads on purposes for select to door_graphql using (partner = acting('partner') or coalesce(acting('citizen'), acting('ministry')) is not null);
--> statement-breakpoint
create policy makes on purposes for insert to door_graphql with check (partner = acting('partner'));
--> statement-breakpoint
create policy changes on purposes for update to door_graphql using (partner = acting('partner')) with check (partner = acting('partner'));
--> statement-breakpoint
-- Held still while a consent is given, and not changed.
create policy holds on purposes for update to door_graphql using (acting('citizen') is not null) with check (false);
--> statement-breakpoint
create policy reads on consent_requests for select to door_graphql using (partner = acting('partner') or acting('citizen') is not null or (acting('ministry') is not null and opened('partners')));
--> statement-breakpoint
create policy makes on consent_requests for insert to door_graphql with check (partner = acting('partner'));
--> statement-breakpoint
create policy answers on consent_requests for update to door_graphql using (acting('citizen') is not null and state = 'OPEN') with check (acting('citizen') is not null and state = 'ANSWERED');
--> statement-breakpoint
create policy removes on consent_requests for delete to door_graphql using (acting('ministry') is not null and opened('partners'));
--> statement-breakpoint
-- What hangs on a request is seen by whoever sees the request; where a browser may be sent back to is told before it is.
create policy of_the_request on consent_starts to door_graphql using (exists (select from consent_requests r where r.id = request)) with check (exists (select from consent_requests r where r.id = request));
--> statement-breakpoint
create policy of_the_request on consent_refusals to door_graphql using (exists (select from consent_requests r where r.id = request)) with check (exists (select from consent_requests r where r.id = request));
--> statement-breakpoint
create policy reads on return_addresses for select to door_graphql using (partner = acting('partner') or acting('citizen') is not null);
--> statement-breakpoint
create policy makes on return_addresses for insert to door_graphql with check (partner = acting('partner'));
--> statement-breakpoint
create policy changes on return_addresses for update to door_graphql using (partner = acting('partner')) with check (partner = acting('partner'));
--> statement-breakpoint
-- The gateway's signature on a consent, for whoever sees the consent; keys are published.
create policy of_the_consent on consent_seals to door_graphql using (exists (select from consents c where c.id = consent)) with check (exists (select from consents c where c.id = consent));
--> statement-breakpoint
create policy counted on consent_seals for select to door_graphql using (coalesce(acting('agency'), acting('ministry')) is not null and opened('counts'));
--> statement-breakpoint
create policy everyone on receipt_keys for select using (true);
--> statement-breakpoint
-- The person, who consented for it, and the partner. `person:` to tell partners of what became of the person's certificates; `incident` the same for
-- everybody, when the agency ends all that a key signed. `tried:` when a partner names one: whose it is will see that.
create policy reads on consents for select to door_graphql using (
  acting('citizen') in (person, representative) or partner = acting('partner') or opened('person:' || person)
  or (acting('ministry') is not null and opened('partners')) or (acting('agency') is not null and opened('incident'))
  or (acting('partner') is not null and opened('tried:' || id)));
--> statement-breakpoint
create policy gives on consents for insert to door_graphql with check (acting('citizen') in (person, representative));
--> statement-breakpoint
create policy changes on consents for update to door_graphql
  using (acting('citizen') in (person, representative) or partner = acting('partner') or (acting('ministry') is not null and opened('partners')))
  with check (acting('citizen') in (person, representative) or partner = acting('partner') or (acting('ministry') is not null and opened('partners')));
--> statement-breakpoint
-- The person sees who asked for what, the partner what it was given; reports count.
create policy reads on access_log for select to door_graphql using (person = acting('citizen') or partner = acting('partner') or (coalesce(acting('agency'), acting('ministry')) is not null and opened('counts')));
--> statement-breakpoint
create policy writes on access_log for insert to door_graphql with check (partner = acting('partner'));
--> statement-breakpoint
create policy reads on release_turns for select to door_graphql using (exists (select from consents c where c.id = consent));
--> statement-breakpoint
create policy takes on release_turns for insert to door_graphql with check (exists (select from consents c where c.id = consent and c.partner = acting('partner')));
--> statement-breakpoint
-- The partner what it saw; the person, how fresh a partner may know that its items are.
create policy reads on lapse_sightings for select to door_graphql using (partner = acting('partner') or exists (select from certificates c where c.id = certificate and c.person = acting('citizen')));
--> statement-breakpoint
create policy sees on lapse_sightings for insert to door_graphql with check (partner = acting('partner'));
--> statement-breakpoint

-- ------------------------------------------------------------ the log of acts

create policy own on acts to door_graphql using (actor = acting_name()) with check (actor = acting_name());
--> statement-breakpoint
-- Names of things and of who acted. `hashes`: a proof needs the hashes of its neighbours, and reads nothing else of them.
create policy reads on audit_leaves for select to door_graphql using (actor = acting_name() or coalesce(acting('agency'), acting('ministry')) is not null or opened('hashes'));
--> statement-breakpoint
-- What time has ended is found in passing, and is time's own act.
create policy writes on audit_leaves for insert to door_graphql with check (acting_name() is not null and actor in (acting_name(), 'system:sweep'));
--> statement-breakpoint

-- ------------------------------------------------------------ free space

-- Rights name bodies and no person. The bodies they are for, a prefecture those of its
-- municipalities, and those who approve; for the holder, and for a
-- counter, the right behind an area it has seen (`grant:`); `areas` to tell whether a name is taken; all while areas follow a card that ended or moved.
create policy reads on grants for select to door_graphql using (
  municipality in (acting('municipal'), acting('prefectural')) or requested_for = acting_office() or (acting('municipal') is not null and (population ->> 'kind' = 'cards' or population -> 'municipalities' @> to_jsonb(acting('municipal'))))
  or (acting('prefectural') is not null and exists (select from jsonb_array_elements_text(population -> 'municipalities') as one where left(one, 2) = left(acting('prefectural'), 2)))
  or coalesce(acting('agency'), acting('ministry')) is not null or opened('grant:' || id) or opened('areas') or settling());
--> statement-breakpoint
create policy makes on grants for insert to door_graphql with check (municipality in (acting('municipal'), acting('prefectural')) or requested_for = acting_office() or coalesce(acting('agency'), acting('ministry')) is not null);
--> statement-breakpoint
-- Held still by any counter that installs under it; changed by who answers for it; space of an ended one is given back by whoever takes the last area off.
create policy changes on grants for update to door_graphql
  using (municipality in (acting('municipal'), acting('prefectural')) or requested_for = acting_office() or (acting('municipal') is not null and (population ->> 'kind' = 'cards' or population -> 'municipalities' @> to_jsonb(acting('municipal'))))
    or coalesce(acting('agency'), acting('ministry')) is not null or settling())
  with check (municipality in (acting('municipal'), acting('prefectural')) or requested_for = acting_office() or coalesce(acting('agency'), acting('ministry')) is not null or (state = 'ENDED' and not reserved));
--> statement-breakpoint
-- By the card; by the right for officers who may read it.
create policy of_card_or_right on installations to door_graphql
  using (exists (select from cards c where c.id = card) or (acting_office() is not null and exists (select from grants g where g.id = "grant")))
  with check (exists (select from cards c where c.id = card) or (acting_office() is not null and exists (select from grants g where g.id = "grant")));
--> statement-breakpoint
-- Octets set aside on every card, of nobody.
create policy officers on space_shares to door_graphql
  using (acting_office() is not null or settling())
  with check (acting_office() is not null or settling());
--> statement-breakpoint

-- Officers: the own card and delegations, and those of the own office; `hands` to tell whether two names are one person. The
-- signed decision lies with the right it decided.
create policy of_the_office on officer_cards for select to door_graphql using (office = acting_office() or 'officer:' || officer = acting_name() or (acting_office() is not null and opened('hands')));
--> statement-breakpoint
create policy makes on officer_cards for insert to door_graphql with check (office = acting_office());
--> statement-breakpoint
create policy changes on officer_cards for update to door_graphql using (office = acting_office()) with check (office = acting_office());
--> statement-breakpoint
create policy of_the_office on delegations to door_graphql
  using (office = acting_office() or acting_name() in ('officer:' || from_officer, 'officer:' || to_officer)) with check (office = acting_office());
--> statement-breakpoint
create policy reads on signed_decisions for select to door_graphql using ('officer:' || officer = acting_name() or exists (select from grants g where g.id = subject));
--> statement-breakpoint
create policy signs on signed_decisions for insert to door_graphql with check ('officer:' || officer = acting_name());
--> statement-breakpoint

-- Doors that act for nobody: which tables they touch, and how, say their grants.
do $$
declare
  doors constant jsonb := '{
    "door_authority": ["residents", "resident_events", "grants", "installations", "card_space", "space_shares", "card_applications", "cards", "card_orders", "certificates", "certificate_applications", "responders", "acts", "audit_leaves", "signatures_asked", "consents", "consent_seals", "receipt_keys", "webhooks", "webhook_deliveries", "crls", "issuers", "ca_incidents"],
    "door_ocsp": ["responders", "certificates"],
    "door_sweep": ["residents", "resident_events", "cards", "chips", "card_applications", "card_orders", "card_space", "certificates", "certificate_applications", "crls", "responders", "consents", "consent_requests", "purposes", "partners", "access_log", "consent_seals", "receipt_keys", "decisions", "consent_refusals", "standings", "webhooks", "webhook_deliveries", "grants", "installations", "space_shares", "acts", "audit_leaves", "audit_entries", "audit_nodes", "audit_head", "audit_checkpoints", "row_versions", "row_head", "signatures_asked", "reconciliations", "erasures", "erased_signatures"],
    "door_dispatch": ["partners", "webhooks", "webhook_deliveries", "partner_keys", "key_addresses"],
    "door_ceremony": ["issuers", "acts", "audit_leaves", "signatures_asked"]
  }';
  door text;
  name text;
begin
  for door in select jsonb_object_keys(doors) loop
    for name in select jsonb_array_elements_text(doors -> door) loop
      execute format('create policy %I on %I to %I using (true) with check (true)', door, name, door);
    end loop;
  end loop;
end $$;
