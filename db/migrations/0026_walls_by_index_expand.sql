CREATE INDEX "consents_of_certificate" ON "consents" USING btree ("certificate");
--> statement-breakpoint
-- The same walls, by way of indexes. `exists` in a policy may be planned as one table of all rows that the actor sees, made
-- anew for each statement: with ten thousand consents a release took ten milliseconds instead of one tenth, and it grew with them. A single
-- value cannot be planned so. What a partner sees of a certificate is found by the person, as everything about a person is.
--
-- Persons whose rows are opened while the law's consequences are carried out.
create function opened_persons() returns text[] language sql stable parallel safe
  return (select array_agg(substr(what, 8)) from unnest(string_to_array(current_setting('mynagate.opened', true), ' ')) as what where starts_with(what, 'person:'));
--> statement-breakpoint
alter policy reads on residents using (
  person = acting('citizen') or municipality = acting('municipal') or departs_from = acting('municipal')
  or (acting('municipal') is not null and (state in ('MOVING', 'OVERSEAS', 'DELETED') or departs_from is not null))
  or (acting('agency') is not null and opened('applicant:' || person))
  or (acting('citizen') is not null and (select true from representations r where r.person = residents.person and r.representative = acting('citizen') and r.ended_at is null limit 1))
  or (acting('partner') is not null and (select true from consents c where c.person = residents.person and c.partner = acting('partner') and c.state = 'IN_FORCE' and c.representative is not null limit 1))
  or (acting_office() is not null and opened('about:' || person))
  or opened('person:' || person));
--> statement-breakpoint
alter policy holds on residents to door_graphql
  using (acting('partner') is not null and (select true from consents c where c.person = residents.person and c.partner = acting('partner') and c.state = 'IN_FORCE' and c.representative is not null limit 1)) with check (false);
--> statement-breakpoint
alter policy reads on representations using (
  acting('citizen') in (person, representative) or (acting('municipal') is not null and opened('register:' || person))
  or (acting('partner') is not null and (select true from consents c where c.person = representations.person and c.partner = acting('partner') and c.state = 'IN_FORCE' and c.representative is not null limit 1)));
--> statement-breakpoint
alter policy reads on resident_events using (
  municipality = acting('municipal') or person = acting('citizen') or opened('person:' || person)
  or (acting('municipal') is not null and acting('municipal') = (select r.municipality from residents r where r.person = resident_events.person)));
--> statement-breakpoint
alter policy reads on cards using (
  person = acting('citizen') or municipality = acting('municipal') or acting('agency') is not null or opened('person:' || person)
  or (acting('municipal') is not null and acting('municipal') = (select r.municipality from residents r where r.person = cards.person))
  or (acting_office() is not null and opened('hand:' || id))
  or (acting('ministry') is not null and opened('counts')) or (left(municipality, 2) = left(acting('prefectural'), 2) and opened('counts')));
--> statement-breakpoint
alter policy reads on card_applications using (
  person = acting('citizen') or municipality = acting('municipal') or acting('agency') is not null or opened('person:' || person)
  or (acting('municipal') is not null and acting('municipal') = (select r.municipality from residents r where r.person = card_applications.person))
  or (acting('ministry') is not null and opened('counts')) or (left(municipality, 2) = left(acting('prefectural'), 2) and opened('counts')));
--> statement-breakpoint
alter policy reads on application_forms using (
  person = acting('citizen') or municipality = acting('municipal')
  or (acting('municipal') is not null and acting('municipal') = (select r.municipality from residents r where r.person = application_forms.person)));
--> statement-breakpoint
alter policy of_the_card on card_notes using ((select true from cards c where c.id = card limit 1)) with check ((select true from cards c where c.id = card limit 1));
--> statement-breakpoint
alter policy of_the_card on card_space using ((select true from cards c where c.id = card limit 1)) with check ((select true from cards c where c.id = card limit 1));
--> statement-breakpoint
alter policy of_the_card on pin_resets using ((select true from cards c where c.id = card limit 1)) with check ((select true from cards c where c.id = card limit 1));
--> statement-breakpoint
alter policy reads on card_orders using (
  municipality = acting('municipal') or acting('agency') is not null or (acting('ministry') is not null and opened('counts'))
  or (acting('municipal') is not null and (select true from cards c where c.id = card limit 1)));
--> statement-breakpoint
alter policy reads on certificates using (
  person = acting('citizen') or shard = acting('municipal') or acting('agency') is not null or opened('person:' || person)
  or (acting('municipal') is not null and acting('municipal') = (select r.municipality from residents r where r.person = certificates.person))
  or (acting('partner') is not null and (
    (kind = 'signature' and state in ('VALID', 'HELD') and (select true from consents c where c.person = certificates.person and c.partner = acting('partner') and c.state = 'IN_FORCE' limit 1))
    or (select true from consents c where c.certificate = certificates.id and c.partner = acting('partner') limit 1)
    or (select true from access_log a where a.person = certificates.person and a.certificate = certificates.id and a.partner = acting('partner') limit 1)
    or (select true from logins l where l.person = certificates.person and l.certificate = certificates.id and l.partner = acting('partner') limit 1) or (select true from passkeys k where k.person = certificates.person and k.certificate = certificates.id and k.partner = acting('partner') limit 1)))
  or opened('serial:' || issuer || '/' || serial) or opened('linked:' || card)
  or (acting('ministry') is not null and opened('counts')) or (left(shard, 2) = left(acting('prefectural'), 2) and opened('counts')));
--> statement-breakpoint
alter policy changes on certificates to door_graphql
  using (person = acting('citizen') or shard = acting('municipal') or acting('agency') is not null or opened('person:' || person)
    or (acting('partner') is not null and kind = 'signature' and (select true from consents c where c.person = certificates.person and c.partner = acting('partner') and c.state = 'IN_FORCE' limit 1)))
  with check (person = acting('citizen') or shard = acting('municipal') or acting('agency') is not null or opened('person:' || person));
--> statement-breakpoint
alter policy reads on webhooks using (
  partner = acting('partner') or (acting('ministry') is not null and opened('partners')) or (acting('agency') is not null and opened('incident'))
  or (settling() and (select true from consents c where c.partner = webhooks.partner and c.person = any (opened_persons()) limit 1))
  or (acting('citizen') is not null and (select true from account_links l where l.partner = webhooks.partner and l.person = acting('citizen') limit 1)));
--> statement-breakpoint
alter policy reads on webhook_deliveries using (
  (select true from webhooks w where w.id = webhook and (w.partner = acting('partner') or acting('ministry') is not null) limit 1)
  or (coalesce(acting('agency'), acting('ministry')) is not null and opened('counts')) or (select true from consents c where c.id = webhook_deliveries.consent and acting('citizen') in (c.person, c.representative) limit 1));
--> statement-breakpoint
alter policy announces on webhook_deliveries with check ((select true from webhooks w where w.id = webhook limit 1));
--> statement-breakpoint
alter policy changes on webhook_deliveries to door_graphql
  using ((select true from webhooks w where w.id = webhook and (w.partner = acting('partner') or acting('ministry') is not null) limit 1))
  with check ((select true from webhooks w where w.id = webhook and (w.partner = acting('partner') or acting('ministry') is not null) limit 1));
--> statement-breakpoint
alter policy of_the_request on consent_starts using ((select true from consent_requests r where r.id = request limit 1)) with check ((select true from consent_requests r where r.id = request limit 1));
--> statement-breakpoint
alter policy of_the_request on consent_refusals using ((select true from consent_requests r where r.id = request limit 1)) with check ((select true from consent_requests r where r.id = request limit 1));
--> statement-breakpoint
alter policy of_the_consent on consent_seals using ((select true from consents c where c.id = consent limit 1)) with check ((select true from consents c where c.id = consent limit 1));
--> statement-breakpoint
alter policy reads on access_log using (
  person = acting('citizen') or (coalesce(acting('agency'), acting('ministry')) is not null and opened('counts'))
  or (partner = acting('partner') and (select true from consents c where c.id = access_log.consent and c.partner = acting('partner') limit 1)));
--> statement-breakpoint
alter policy reads on release_turns using ((select true from consents c where c.id = consent limit 1));
--> statement-breakpoint
alter policy takes on release_turns with check ((select true from consents c where c.id = consent and c.partner = acting('partner') limit 1));
--> statement-breakpoint
alter policy reads on lapse_sightings using (partner = acting('partner') or (select true from certificates c where c.id = certificate and c.person = acting('citizen') limit 1));
--> statement-breakpoint
alter policy of_card_or_right on installations to door_graphql
  using ((select true from cards c where c.id = card limit 1) or (acting_office() is not null and (select true from grants g where g.id = "grant" limit 1)))
  with check ((select true from cards c where c.id = card limit 1) or (acting_office() is not null and (select true from grants g where g.id = "grant" limit 1)));
--> statement-breakpoint
alter policy reads on signed_decisions using ('officer:' || officer = acting_name() or (select true from grants g where g.id = subject limit 1));
--> statement-breakpoint
alter policy reads on partners using (
  id = acting('partner') or coalesce(acting('citizen'), acting('agency'), acting('ministry')) is not null
  or (select true from standings s where s.partner = partners.id and s.through = acting('partner') limit 1));
