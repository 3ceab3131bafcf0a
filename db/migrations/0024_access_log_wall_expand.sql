-- A partner that tried another's consent learns from its own row in the log neither that there is one nor whose it is.
drop policy reads on access_log;
--> statement-breakpoint
create policy reads on access_log for select to door_graphql using (
  person = acting('citizen') or (coalesce(acting('agency'), acting('ministry')) is not null and opened('counts'))
  or (partner = acting('partner') and exists (select from consents c where c.id = access_log.consent and c.partner = acting('partner'))));
