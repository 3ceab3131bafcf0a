CREATE TABLE "account_links" (
	"id" text PRIMARY KEY NOT NULL,
	"partner" text NOT NULL,
	"person" text NOT NULL,
	"account" "bytea",
	"login" text NOT NULL,
	"linked_at" bigint NOT NULL,
	"state" text NOT NULL,
	"ended_at" bigint,
	CONSTRAINT "account_links_state" CHECK ("account_links"."state" in ('LINKED', 'ENDED_BY_PERSON', 'ENDED_BY_PARTNER', 'ENDED_WITH_PARTNER')),
	CONSTRAINT "account_links_ended" CHECK (("account_links"."state" = 'LINKED') = ("account_links"."account" is not null) and ("account_links"."state" = 'LINKED') = ("account_links"."ended_at" is null))
);
--> statement-breakpoint
CREATE TABLE "passkey_enrolments" (
	"id" text PRIMARY KEY NOT NULL,
	"login" text NOT NULL,
	"partner" text NOT NULL,
	"client" text NOT NULL,
	"origin" text NOT NULL,
	"challenge" "bytea" NOT NULL,
	"offered_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"state" text NOT NULL,
	CONSTRAINT "passkey_enrolments_state" CHECK ("passkey_enrolments"."state" in ('OPEN', 'SPENT'))
);
--> statement-breakpoint
CREATE TABLE "passkeys" (
	"id" text PRIMARY KEY NOT NULL,
	"partner" text NOT NULL,
	"person" text NOT NULL,
	"certificate" text NOT NULL,
	"login" text NOT NULL,
	"origin" text NOT NULL,
	"credential" "bytea" NOT NULL,
	"public_key" "bytea" NOT NULL,
	"counter" bigint NOT NULL,
	"backed_up" boolean NOT NULL,
	"enrolled_at" bigint NOT NULL,
	"used_at" bigint,
	"state" text NOT NULL,
	"removed_at" bigint,
	CONSTRAINT "passkeys_credential" UNIQUE("partner","credential"),
	CONSTRAINT "passkeys_state" CHECK ("passkeys"."state" in ('ENROLLED', 'REMOVED')),
	CONSTRAINT "passkeys_removed" CHECK (("passkeys"."state" = 'REMOVED') = ("passkeys"."removed_at" is not null) and ("passkeys"."state" = 'REMOVED') = (length("passkeys"."public_key") = 0))
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"id" text PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"at" bigint NOT NULL,
	"partner" text NOT NULL,
	"client" text NOT NULL,
	"person" text,
	"asked" text NOT NULL,
	"outcome" text NOT NULL,
	"grounds" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "webhook_deliveries" DROP CONSTRAINT "webhook_deliveries_event";--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ALTER COLUMN "consent" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "challenges" ADD COLUMN "requested_identity" text DEFAULT 'IAL3' NOT NULL;--> statement-breakpoint
ALTER TABLE "challenges" ADD COLUMN "requested_authentication" text DEFAULT 'AAL3' NOT NULL;--> statement-breakpoint
ALTER TABLE "challenges" ADD COLUMN "account" "bytea";--> statement-breakpoint
ALTER TABLE "logins" ADD COLUMN "requested_identity" text DEFAULT 'IAL3' NOT NULL;--> statement-breakpoint
ALTER TABLE "logins" ADD COLUMN "requested_authentication" text DEFAULT 'AAL3' NOT NULL;--> statement-breakpoint
ALTER TABLE "logins" ADD COLUMN "certificate" text;--> statement-breakpoint
ALTER TABLE "logins" ADD COLUMN "passkey" text;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD COLUMN "link" text;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "sealed" "bytea";--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "previous_sealed" "bytea";--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "previous_until" bigint;--> statement-breakpoint
ALTER TABLE "account_links" ADD CONSTRAINT "account_links_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_links" ADD CONSTRAINT "account_links_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "passkey_enrolments" ADD CONSTRAINT "passkey_enrolments_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "account_links_account" ON "account_links" USING btree ("partner","account");--> statement-breakpoint
CREATE INDEX "account_links_of_person" ON "account_links" USING btree ("person","linked_at");--> statement-breakpoint
CREATE INDEX "passkeys_of_person" ON "passkeys" USING btree ("person","enrolled_at");--> statement-breakpoint
CREATE INDEX "decisions_request" ON "decisions" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "decisions_at" ON "decisions" USING btree ("at");--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_link_account_links_id_fk" FOREIGN KEY ("link") REFERENCES "public"."account_links"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_about" CHECK (num_nonnulls("webhook_deliveries"."consent", "webhook_deliveries"."link") = 1);--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_event" CHECK ("webhook_deliveries"."event" in ('consent-withdrawn', 'consent-ended', 'certificate-revoked', 'attributes-changed', 'account-unlinked'));--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_previous" CHECK (num_nulls("webhooks"."previous_sealed", "webhooks"."previous_until") in (0, 2));