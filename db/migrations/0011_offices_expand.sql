CREATE TABLE "delegations" (
	"id" text PRIMARY KEY NOT NULL,
	"from_officer" text NOT NULL,
	"to_officer" text NOT NULL,
	"office" text NOT NULL,
	"kind" text NOT NULL,
	"acts" text[] NOT NULL,
	"scopes" text[] NOT NULL,
	"valid_from" bigint NOT NULL,
	"valid_until" bigint NOT NULL,
	"made_at" bigint NOT NULL,
	"ended_at" bigint,
	CONSTRAINT "delegations_kind" CHECK ("delegations"."kind" in ('absence', 'standing')),
	CONSTRAINT "delegations_other" CHECK ("delegations"."from_officer" <> "delegations"."to_officer"),
	CONSTRAINT "delegations_period" CHECK ("delegations"."valid_from" < "delegations"."valid_until"),
	CONSTRAINT "delegations_acts" CHECK (cardinality("delegations"."acts") > 0)
);
--> statement-breakpoint
CREATE TABLE "officer_cards" (
	"id" text PRIMARY KEY NOT NULL,
	"officer" text NOT NULL,
	"office" text NOT NULL,
	"person" text NOT NULL,
	"state" text NOT NULL,
	"proposed_by" text NOT NULL,
	"proposed_at" bigint NOT NULL,
	"confirmed_by" text,
	"ended_at" bigint,
	CONSTRAINT "officer_cards_state" CHECK ("officer_cards"."state" in ('PROPOSED', 'ENROLLED', 'ENDED')),
	CONSTRAINT "officer_cards_by_two" CHECK ("officer_cards"."state" <> 'ENROLLED' or "officer_cards"."confirmed_by" is not null),
	CONSTRAINT "officer_cards_four_eyes" CHECK ("officer_cards"."proposed_by" <> "officer_cards"."officer" and "officer_cards"."confirmed_by" <> "officer_cards"."officer" and "officer_cards"."confirmed_by" <> "officer_cards"."proposed_by")
);
--> statement-breakpoint
CREATE TABLE "signed_decisions" (
	"digest" text PRIMARY KEY NOT NULL,
	"act" text NOT NULL,
	"subject" text NOT NULL,
	"officer" text NOT NULL,
	"on_behalf_of" text,
	"at" bigint NOT NULL,
	"document" text NOT NULL,
	"signature" "bytea" NOT NULL,
	"certificate" "bytea" NOT NULL,
	CONSTRAINT "signed_decisions_other" CHECK ("signed_decisions"."on_behalf_of" <> "signed_decisions"."officer")
);
--> statement-breakpoint
ALTER TABLE "webhook_deliveries" DROP CONSTRAINT "webhook_deliveries_about";--> statement-breakpoint
ALTER TABLE "webhook_deliveries" DROP CONSTRAINT "webhook_deliveries_event";--> statement-breakpoint
ALTER TABLE "grants" DROP CONSTRAINT "grants_municipality_municipalities_code_fk";
--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "partner" text;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD COLUMN "grant" text;--> statement-breakpoint
ALTER TABLE "officer_cards" ADD CONSTRAINT "officer_cards_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "delegations_from" ON "delegations" USING btree ("from_officer");--> statement-breakpoint
CREATE INDEX "delegations_to" ON "delegations" USING btree ("to_officer");--> statement-breakpoint
CREATE UNIQUE INDEX "officer_cards_one" ON "officer_cards" USING btree ("officer") WHERE "officer_cards"."state" = 'ENROLLED';--> statement-breakpoint
CREATE INDEX "officer_cards_of_office" ON "officer_cards" USING btree ("office");--> statement-breakpoint
CREATE INDEX "signed_decisions_of" ON "signed_decisions" USING btree ("subject","at");--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_grant_grants_id_fk" FOREIGN KEY ("grant") REFERENCES "public"."grants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_about" CHECK (num_nonnulls("webhook_deliveries"."consent", "webhook_deliveries"."link", "webhook_deliveries"."grant") = 1);--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_event" CHECK ("webhook_deliveries"."event" in ('consent-withdrawn', 'consent-ended', 'certificate-revoked', 'attributes-changed', 'account-unlinked', 'grant-expiring'));