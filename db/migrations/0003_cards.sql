CREATE TABLE "application_forms" (
	"id" text PRIMARY KEY NOT NULL,
	"person" text NOT NULL,
	"municipality" text NOT NULL,
	"address" text NOT NULL,
	"address_substitutes" text NOT NULL,
	"printed_at" bigint NOT NULL,
	CONSTRAINT "application_forms_id" CHECK ("application_forms"."id" ~ '^[0-9]{23}$')
);
--> statement-breakpoint
CREATE TABLE "card_notes" (
	"card" text NOT NULL,
	"line" integer NOT NULL,
	"text" text NOT NULL,
	"added_on" date NOT NULL,
	"recorded_at" bigint NOT NULL,
	"officer" text NOT NULL,
	CONSTRAINT "card_notes_line" PRIMARY KEY("card","line"),
	CONSTRAINT "card_notes_lines" CHECK ("card_notes"."line" >= 1)
);
--> statement-breakpoint
CREATE TABLE "my_number_readings" (
	"id" text PRIMARY KEY NOT NULL,
	"card" text,
	"officer" text NOT NULL,
	"body" text NOT NULL,
	"use" text NOT NULL,
	"result" text NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "my_number_readings_use" CHECK ("my_number_readings"."use" in ('social-security', 'tax', 'disaster', 'ordinance', 'on-behalf')),
	CONSTRAINT "my_number_readings_result" CHECK ("my_number_readings"."result" in ('READ', 'PIN_REFUSED', 'UNREADABLE', 'CARD_NOT_USABLE', 'NOT_ENTITLED'))
);
--> statement-breakpoint
ALTER TABLE "card_applications" ADD COLUMN "hand_over_proxy" jsonb;--> statement-breakpoint
ALTER TABLE "card_applications" ADD COLUMN "form" text;--> statement-breakpoint
ALTER TABLE "card_applications" ADD COLUMN "support_place" text;--> statement-breakpoint
ALTER TABLE "card_applications" ADD COLUMN "support_name" text;--> statement-breakpoint
ALTER TABLE "card_applications" ADD COLUMN "special_ground" text;--> statement-breakpoint
ALTER TABLE "card_applications" ADD COLUMN "special_on" date;--> statement-breakpoint
ALTER TABLE "card_applications" ADD COLUMN "photo" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "application_forms" ADD CONSTRAINT "application_forms_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "application_forms" ADD CONSTRAINT "application_forms_municipality_municipalities_code_fk" FOREIGN KEY ("municipality") REFERENCES "public"."municipalities"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "card_notes" ADD CONSTRAINT "card_notes_card_cards_id_fk" FOREIGN KEY ("card") REFERENCES "public"."cards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "application_forms_of_person" ON "application_forms" USING btree ("person");--> statement-breakpoint
CREATE INDEX "my_number_readings_at" ON "my_number_readings" USING btree ("at");--> statement-breakpoint
ALTER TABLE "card_applications" ADD CONSTRAINT "card_applications_form" CHECK (("card_applications"."channel" = 'qr-form') = ("card_applications"."form" is not null));--> statement-breakpoint
ALTER TABLE "card_applications" ADD CONSTRAINT "card_applications_support" CHECK (num_nulls("card_applications"."support_place", "card_applications"."support_name") in (0, 2));--> statement-breakpoint
ALTER TABLE "card_applications" ADD CONSTRAINT "card_applications_support_place" CHECK ("card_applications"."support_place" is null or "card_applications"."support_place" in ('post-office', 'bank', 'convenience-store', 'hospital', 'school', 'licence-centre', 'phone-shop'));--> statement-breakpoint
ALTER TABLE "card_applications" ADD CONSTRAINT "card_applications_special" CHECK (num_nulls("card_applications"."special_ground", "card_applications"."special_on") in (0, 2));--> statement-breakpoint
ALTER TABLE "card_applications" ADD CONSTRAINT "card_applications_proxy" CHECK ("card_applications"."hand_over_proxy" is null or "card_applications"."hand_over_at" is not null);