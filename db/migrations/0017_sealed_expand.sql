-- Values of persons move into columns that only the process can seal and open (db/safe.ts); nothing here could seal what is
-- there. Where such rows are, this stops: start on an empty archive (db/README.md). Code from before cannot write to the new tables.
DO $$
DECLARE
  filled text;
  there boolean;
BEGIN
  FOREACH filled IN ARRAY ARRAY['residents', 'cards', 'certificate_applications', 'certificates', 'card_orders', 'application_forms', 'card_notes', 'chips', 'challenges', 'account_links'] LOOP
    EXECUTE format('select exists (select from %I)', filled) INTO there;
    IF there THEN
      RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', TABLE = filled, CONSTRAINT = 'holds values of persons in clear: migrate an empty archive, see db/README.md';
    END IF;
  END LOOP;
END $$;
--> statement-breakpoint
-- Of idempotency keys only a hash is kept: what they were given for stays done.
UPDATE "acts" SET "key" = encode(sha256(convert_to('[' || to_json("actor")::text || ',' || to_json("key")::text || ']', 'UTF8')), 'hex');
--> statement-breakpoint
ALTER TABLE "residents" ALTER COLUMN "name" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "residents" ALTER COLUMN "name_substitutes" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "residents" ALTER COLUMN "address" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "residents" ALTER COLUMN "address_substitutes" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "residents" ALTER COLUMN "birth_date" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "residents" ALTER COLUMN "sex" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "residents" ALTER COLUMN "nationality" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "certificate_applications" ALTER COLUMN "name" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "certificate_applications" ALTER COLUMN "name_substitutes" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "certificate_applications" ALTER COLUMN "address" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "certificate_applications" ALTER COLUMN "address_substitutes" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "certificate_applications" ALTER COLUMN "birth_date" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "certificate_applications" ALTER COLUMN "sex" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "application_forms" ALTER COLUMN "address" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "application_forms" ALTER COLUMN "address_substitutes" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "card_notes" ALTER COLUMN "text" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "card_orders" ALTER COLUMN "card_number" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "cards" ALTER COLUMN "card_number" DROP NOT NULL;
--> statement-breakpoint
CREATE TABLE "data_keys" (
	"purpose" text NOT NULL,
	"generation" integer NOT NULL,
	"wrapped" "bytea" NOT NULL,
	"since" bigint NOT NULL,
	CONSTRAINT "data_keys_pk" PRIMARY KEY("purpose","generation"),
	CONSTRAINT "data_keys_purpose" CHECK ("data_keys"."purpose" in ('personal-data', 'blind-index')),
	CONSTRAINT "data_keys_generation" CHECK ("data_keys"."generation" between 1 and 65535)
);
--> statement-breakpoint
ALTER TABLE "cards" DROP CONSTRAINT "cards_number";
--> statement-breakpoint
ALTER TABLE "card_applications" DROP CONSTRAINT "card_applications_proxy";
--> statement-breakpoint
ALTER TABLE "cards" DROP CONSTRAINT "cards_number_form";
--> statement-breakpoint
ALTER TABLE "certificates" DROP CONSTRAINT "certificates_signed";
--> statement-breakpoint
ALTER TABLE "certificates" DROP CONSTRAINT "certificates_reserved";
--> statement-breakpoint
ALTER TABLE "certificates" DROP CONSTRAINT "certificates_items";
--> statement-breakpoint
ALTER TABLE "residents" DROP CONSTRAINT "residents_nationality";
--> statement-breakpoint
ALTER TABLE "residents" DROP CONSTRAINT "residents_stay";
--> statement-breakpoint
ALTER TABLE "residents" DROP CONSTRAINT "residents_sex";
--> statement-breakpoint
ALTER TABLE "residents" DROP CONSTRAINT "residents_continues";
--> statement-breakpoint
ALTER TABLE "application_forms" ADD COLUMN "personal" "bytea" NOT NULL;
--> statement-breakpoint
ALTER TABLE "card_applications" ADD COLUMN "proxy" "bytea";
--> statement-breakpoint
ALTER TABLE "card_notes" ADD COLUMN "words" "bytea" NOT NULL;
--> statement-breakpoint
ALTER TABLE "card_orders" ADD COLUMN "number" "bytea" NOT NULL;
--> statement-breakpoint
ALTER TABLE "cards" ADD COLUMN "number" "bytea" NOT NULL;
--> statement-breakpoint
ALTER TABLE "cards" ADD COLUMN "number_index" "bytea" NOT NULL;
--> statement-breakpoint
ALTER TABLE "chips" DROP CONSTRAINT "chips_pkey";
--> statement-breakpoint
ALTER TABLE "chips" ALTER COLUMN "card_number" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "chips" ADD COLUMN "number_index" "bytea" PRIMARY KEY NOT NULL;
--> statement-breakpoint
ALTER TABLE "certificate_applications" ADD COLUMN "personal" "bytea" NOT NULL;
--> statement-breakpoint
ALTER TABLE "certificates" ADD COLUMN "sha256" text;
--> statement-breakpoint
ALTER TABLE "certificates" ADD COLUMN "public_key" "bytea";
--> statement-breakpoint
ALTER TABLE "certificates" ADD COLUMN "expected" "bytea";
--> statement-breakpoint
ALTER TABLE "certificates" ADD COLUMN "personal" "bytea";
--> statement-breakpoint
ALTER TABLE "residents" ADD COLUMN "personal" "bytea" NOT NULL;
--> statement-breakpoint
ALTER TABLE "cards" ADD CONSTRAINT "cards_number" UNIQUE("number_index");
--> statement-breakpoint
ALTER TABLE "card_applications" ADD CONSTRAINT "card_applications_proxy" CHECK ("card_applications"."proxy" is null or "card_applications"."hand_over_at" is not null);
--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_signed" CHECK (("certificates"."state" in ('RESERVED', 'ABANDONED')) = ("certificates"."der" is null) and ("certificates"."der" is null) = ("certificates"."completed_at" is null) and num_nulls("certificates"."der", "certificates"."sha256", "certificates"."public_key") in (0, 3));
--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_reserved" CHECK ("certificates"."state" not in ('RESERVED', 'ABANDONED') or ("certificates"."tbs" is not null and "certificates"."expected" is not null));
--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_items" CHECK (("certificates"."personal" is not null) = ("certificates"."kind" in ('signature', 'smartphone-signature')));
--> statement-breakpoint
ALTER TABLE "residents" ADD CONSTRAINT "residents_continues" CHECK (not "residents"."departure_continues" or "residents"."departure_to" = 'OVERSEAS');
