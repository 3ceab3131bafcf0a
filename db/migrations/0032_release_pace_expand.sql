CREATE TABLE "release_paces" (
	"consent" text PRIMARY KEY NOT NULL,
	"until" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "release_paces" ADD CONSTRAINT "release_paces_consent_consents_id_fk" FOREIGN KEY ("consent") REFERENCES "public"."consents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
create policy reads on release_paces for select to door_graphql using ((select true from consents c where c.id = consent limit 1));
--> statement-breakpoint
create policy goes_on on release_paces for insert to door_graphql with check ((select true from consents c where c.id = consent and c.partner = acting('partner') limit 1));
--> statement-breakpoint
create policy goes_further on release_paces for update to door_graphql using ((select true from consents c where c.id = consent and c.partner = acting('partner') limit 1)) with check ((select true from consents c where c.id = consent and c.partner = acting('partner') limit 1));
--> statement-breakpoint
create policy door_sweep on release_paces to door_sweep using (true);
--> statement-breakpoint
alter table release_paces enable row level security;
--> statement-breakpoint
alter table release_paces force row level security;
