CREATE TABLE "consent_refusals" (
	"request" text PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "consent_starts" (
	"request" text PRIMARY KEY NOT NULL,
	"reference" text NOT NULL,
	"return_to" text NOT NULL,
	"state" text NOT NULL,
	"started_at" bigint NOT NULL,
	CONSTRAINT "consent_starts_reference" UNIQUE("reference")
);
--> statement-breakpoint
CREATE TABLE "return_addresses" (
	"partner" text NOT NULL,
	"address" text NOT NULL,
	CONSTRAINT "return_addresses_pk" PRIMARY KEY("partner","address")
);
--> statement-breakpoint
ALTER TABLE "consent_refusals" ADD CONSTRAINT "consent_refusals_request_consent_requests_id_fk" FOREIGN KEY ("request") REFERENCES "public"."consent_requests"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consent_starts" ADD CONSTRAINT "consent_starts_request_consent_requests_id_fk" FOREIGN KEY ("request") REFERENCES "public"."consent_requests"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "return_addresses" ADD CONSTRAINT "return_addresses_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;