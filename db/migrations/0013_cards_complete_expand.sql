CREATE TABLE "pin_resets" (
	"id" text PRIMARY KEY NOT NULL,
	"person" text NOT NULL,
	"card" text NOT NULL,
	"pin" text NOT NULL,
	"nonce" "bytea" NOT NULL,
	"started_at" bigint NOT NULL,
	"state" text NOT NULL,
	"proven_at" bigint,
	"order" text,
	CONSTRAINT "pin_resets_order" UNIQUE("order"),
	CONSTRAINT "pin_resets_pin" CHECK ("pin_resets"."pin" in ('signature', 'authentication')),
	CONSTRAINT "pin_resets_state" CHECK ("pin_resets"."state" in ('OPEN', 'PROVEN', 'USED', 'FAILED')),
	CONSTRAINT "pin_resets_proven" CHECK (("pin_resets"."proven_at" is not null) = ("pin_resets"."state" in ('PROVEN', 'USED'))),
	CONSTRAINT "pin_resets_used" CHECK (("pin_resets"."order" is not null) = ("pin_resets"."state" = 'USED'))
);
--> statement-breakpoint
CREATE TABLE "provision_counts" (
	"day" date NOT NULL,
	"recipient" text NOT NULL,
	"provision" text NOT NULL,
	"method" text NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "provision_counts_row" PRIMARY KEY("day","recipient","provision","method"),
	CONSTRAINT "provision_counts_provision" CHECK ("provision_counts"."provision" in ('revocation-information', 'revocation-file', 'four-information', 'serial card-signing ↔ phone-signing', 'serial card-signing ↔ card-authentication', 'serial card-authentication ↔ phone-authentication', 'face-verifier-code')),
	CONSTRAINT "provision_counts_positive" CHECK ("provision_counts"."count" > 0)
);
--> statement-breakpoint
ALTER TABLE "resident_events" DROP CONSTRAINT "resident_events_kind";--> statement-breakpoint
ALTER TABLE "residents" ADD COLUMN "nationality" text DEFAULT 'japanese' NOT NULL;--> statement-breakpoint
-- Who had an end of stay before the column was there is no national.
UPDATE "residents" SET "nationality" = 'foreign' WHERE "stay_until" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "residents" ADD COLUMN "departure_to" text;--> statement-breakpoint
ALTER TABLE "residents" ADD COLUMN "departs_on" date;--> statement-breakpoint
ALTER TABLE "residents" ADD COLUMN "departs_from" text;--> statement-breakpoint
ALTER TABLE "residents" ADD COLUMN "departure_continues" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "pin_resets" ADD CONSTRAINT "pin_resets_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pin_resets" ADD CONSTRAINT "pin_resets_card_cards_id_fk" FOREIGN KEY ("card") REFERENCES "public"."cards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pin_resets" ADD CONSTRAINT "pin_resets_order_card_orders_id_fk" FOREIGN KEY ("order") REFERENCES "public"."card_orders"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "pin_resets_of_card" ON "pin_resets" USING btree ("card");--> statement-breakpoint
ALTER TABLE "residents" ADD CONSTRAINT "residents_departs_from_municipalities_code_fk" FOREIGN KEY ("departs_from") REFERENCES "public"."municipalities"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "resident_events" ADD CONSTRAINT "resident_events_kind" CHECK ("resident_events"."kind" in ('move-out', 'move-in', 'move-within', 'move-overseas', 'death', 'items-change', 'minor-correction', 'card-presented', 'name-change', 'sex-change', 'birth-date-correction', 'correction', 'my-number-change', 'resident-code-change', 'status-lost', 'move-cancelled', 'annex-deleted', 'stay-change'));--> statement-breakpoint
ALTER TABLE "residents" ADD CONSTRAINT "residents_nationality" CHECK ("residents"."nationality" in ('japanese', 'foreign'));--> statement-breakpoint
ALTER TABLE "residents" ADD CONSTRAINT "residents_stay" CHECK ("residents"."stay_until" is null or "residents"."nationality" = 'foreign');--> statement-breakpoint
ALTER TABLE "residents" ADD CONSTRAINT "residents_departure" CHECK (num_nulls("residents"."departure_to", "residents"."departs_on", "residents"."departs_from") in (0, 3));--> statement-breakpoint
ALTER TABLE "residents" ADD CONSTRAINT "residents_departure_to" CHECK ("residents"."departure_to" is null or "residents"."departure_to" in ('MOVING', 'OVERSEAS'));--> statement-breakpoint
ALTER TABLE "residents" ADD CONSTRAINT "residents_departed" CHECK ("residents"."departure_to" is null or "residents"."state" = 'RESIDENT' or "residents"."state" = "residents"."departure_to");--> statement-breakpoint
ALTER TABLE "residents" ADD CONSTRAINT "residents_continues" CHECK (not "residents"."departure_continues" or ("residents"."departure_to" = 'OVERSEAS' and "residents"."nationality" = 'japanese'));