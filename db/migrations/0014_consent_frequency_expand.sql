CREATE TABLE "lapse_sightings" (
	"partner" text NOT NULL,
	"certificate" text NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "lapse_sightings_pk" PRIMARY KEY("partner","certificate")
);
--> statement-breakpoint
CREATE TABLE "release_turns" (
	"consent" text NOT NULL,
	"item" text NOT NULL,
	"turn" text NOT NULL,
	"release" text NOT NULL,
	CONSTRAINT "release_turns_pk" PRIMARY KEY("consent","item","turn")
);
--> statement-breakpoint
ALTER TABLE "consent_requests" ADD COLUMN "frequency" text;--> statement-breakpoint
ALTER TABLE "consents" ADD COLUMN "frequency" text;--> statement-breakpoint
ALTER TABLE "lapse_sightings" ADD CONSTRAINT "lapse_sightings_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lapse_sightings" ADD CONSTRAINT "lapse_sightings_certificate_certificates_id_fk" FOREIGN KEY ("certificate") REFERENCES "public"."certificates"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "release_turns" ADD CONSTRAINT "release_turns_consent_consents_id_fk" FOREIGN KEY ("consent") REFERENCES "public"."consents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "release_turns" ADD CONSTRAINT "release_turns_release_access_log_id_fk" FOREIGN KEY ("release") REFERENCES "public"."access_log"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consent_requests" ADD CONSTRAINT "consent_requests_frequency" CHECK ("consent_requests"."frequency" in ('ONCE', 'ON_CHANGE', 'YEARLY', 'MONTHLY', 'DAILY', 'PER_USE'));--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_frequency" CHECK ("consents"."frequency" in ('ONCE', 'ON_CHANGE', 'YEARLY', 'MONTHLY', 'DAILY', 'PER_USE'));