CREATE TABLE "ca_incidents" (
	"issuer" text PRIMARY KEY NOT NULL,
	"occurred_at" bigint NOT NULL,
	"recorded_at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "certificate_applications" DROP CONSTRAINT "certificate_applications_kind";--> statement-breakpoint
ALTER TABLE "resident_events" DROP CONSTRAINT "resident_events_kind";--> statement-breakpoint
ALTER TABLE "residents" DROP CONSTRAINT "residents_state";--> statement-breakpoint
ALTER TABLE "cards" ADD COLUMN "due_at" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "certificate_applications" ADD COLUMN "parent" text;--> statement-breakpoint
ALTER TABLE "certificate_applications" ADD COLUMN "device" text;--> statement-breakpoint
ALTER TABLE "certificates" ADD COLUMN "parent" text;--> statement-breakpoint
ALTER TABLE "certificates" ADD COLUMN "device" text;--> statement-breakpoint
ALTER TABLE "resident_events" ADD COLUMN "continued_use" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "resident_events" ADD COLUMN "correction" text;--> statement-breakpoint
ALTER TABLE "ca_incidents" ADD CONSTRAINT "ca_incidents_issuer_issuers_key_id_fk" FOREIGN KEY ("issuer") REFERENCES "public"."issuers"("key_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificate_applications" ADD CONSTRAINT "certificate_applications_parent_certificates_id_fk" FOREIGN KEY ("parent") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_parent_certificates_id_fk" FOREIGN KEY ("parent") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "cards_due" ON "cards" USING btree ("due_at") WHERE "cards"."state" in ('MADE', 'ACTIVE', 'SUSPENDED');--> statement-breakpoint
CREATE INDEX "certificates_of_parent" ON "certificates" USING btree ("parent") WHERE "certificates"."parent" is not null;--> statement-breakpoint
ALTER TABLE "certificate_applications" ADD CONSTRAINT "certificate_applications_smartphone" CHECK (num_nulls("certificate_applications"."parent", "certificate_applications"."device") = case when "certificate_applications"."kind" in ('smartphone-signature', 'smartphone-authentication') then 0 else 2 end);--> statement-breakpoint
ALTER TABLE "certificate_applications" ADD CONSTRAINT "certificate_applications_kind" CHECK ("certificate_applications"."kind" in ('signature', 'authentication', 'smartphone-signature', 'smartphone-authentication'));--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_smartphone" CHECK (num_nulls("certificates"."parent", "certificates"."device") = case when "certificates"."kind" in ('smartphone-signature', 'smartphone-authentication') then 0 else 2 end);--> statement-breakpoint
ALTER TABLE "resident_events" ADD CONSTRAINT "resident_events_correction" CHECK ("resident_events"."correction" is null or ("resident_events"."kind" = 'minor-correction' and "resident_events"."correction" in ('common-kanji', 'character-identification', 'administrative-area', 'lot-number', 'residence-indication', 'building', 'accepted-by-minister')));--> statement-breakpoint
ALTER TABLE "resident_events" ADD CONSTRAINT "resident_events_kind" CHECK ("resident_events"."kind" in ('move-out', 'move-in', 'move-within', 'move-overseas', 'death', 'items-change', 'minor-correction', 'card-presented', 'name-change', 'sex-change', 'birth-date-correction', 'correction', 'my-number-change', 'resident-code-change', 'status-lost'));--> statement-breakpoint
ALTER TABLE "residents" ADD CONSTRAINT "residents_state" CHECK ("residents"."state" in ('RESIDENT', 'MOVING', 'OVERSEAS', 'DECEASED', 'DELETED'));