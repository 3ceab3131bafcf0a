ALTER TABLE "resident_events" DROP CONSTRAINT "resident_events_kind";--> statement-breakpoint
ALTER TABLE "resident_events" ADD CONSTRAINT "resident_events_kind" CHECK ("resident_events"."kind" in ('move-out', 'move-in', 'move-within', 'move-overseas', 'death', 'items-change', 'minor-correction', 'card-presented', 'name-change', 'sex-change', 'birth-date-correction', 'correction', 'my-number-change', 'resident-code-change', 'status-lost', 'move-cancelled', 'annex-deleted', 'stay-change', 'birth', 'first-entry'));--> statement-breakpoint
-- 出生 · 国外からの転入: a municipality enters a person into its own register, and nobody else's.
create policy enters on residents for insert to door_graphql with check (municipality = acting('municipal') and state = 'RESIDENT' and version = 1);
