CREATE TABLE "key_addresses" (
	"client" text PRIMARY KEY NOT NULL,
	"partner" text NOT NULL,
	"uri" text NOT NULL,
	"registered_at" bigint NOT NULL,
	"last_fetched_at" bigint,
	"last_outcome" text
);
--> statement-breakpoint
CREATE TABLE "partner_keys" (
	"client" text NOT NULL,
	"kid" text NOT NULL,
	"partner" text NOT NULL,
	"use" text NOT NULL,
	"alg" text NOT NULL,
	"jwk" jsonb NOT NULL,
	"source" text NOT NULL,
	"registered_at" bigint NOT NULL,
	"retires_at" bigint,
	"last_fetched_at" bigint,
	"last_used_at" bigint,
	CONSTRAINT "partner_keys_pk" PRIMARY KEY("client","kid"),
	CONSTRAINT "partner_keys_use" CHECK ("partner_keys"."use" in ('sig', 'enc')),
	CONSTRAINT "partner_keys_source" CHECK ("partner_keys"."source" in ('INLINE', 'URI') and ("partner_keys"."source" = 'URI') = ("partner_keys"."last_fetched_at" is not null)),
	CONSTRAINT "partner_keys_public" CHECK (not "partner_keys"."jwk" ?| array['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])
);
--> statement-breakpoint
CREATE TABLE "consent_seals" (
	"consent" text NOT NULL,
	"event" text NOT NULL,
	"record" text NOT NULL,
	"key" text,
	"signature" "bytea",
	"sealed_at" bigint,
	CONSTRAINT "consent_seals_pk" PRIMARY KEY("consent","event"),
	CONSTRAINT "consent_seals_event" CHECK ("consent_seals"."event" in ('given', 'ended')),
	CONSTRAINT "consent_seals_signed" CHECK (num_nulls("consent_seals"."key", "consent_seals"."signature", "consent_seals"."sealed_at") in (0, 3))
);
--> statement-breakpoint
CREATE TABLE "receipt_keys" (
	"key" text PRIMARY KEY NOT NULL,
	"spki" "bytea" NOT NULL,
	"since" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "representations" (
	"person" text NOT NULL,
	"representative" text NOT NULL,
	"kind" text NOT NULL,
	"recorded_at" bigint NOT NULL,
	"ended_at" bigint,
	CONSTRAINT "representations_pk" PRIMARY KEY("person","representative","recorded_at"),
	CONSTRAINT "representations_kind" CHECK ("representations"."kind" in ('parental-authority', 'guardian-of-minor')),
	CONSTRAINT "representations_self" CHECK ("representations"."person" <> "representations"."representative")
);
--> statement-breakpoint
ALTER TABLE "access_log" DROP CONSTRAINT "access_log_released";--> statement-breakpoint
ALTER TABLE "access_log" DROP CONSTRAINT "access_log_items";--> statement-breakpoint
ALTER TABLE "consent_requests" DROP CONSTRAINT "consent_requests_items";--> statement-breakpoint
ALTER TABLE "consents" DROP CONSTRAINT "consents_state";--> statement-breakpoint
ALTER TABLE "consents" DROP CONSTRAINT "consents_limited_by";--> statement-breakpoint
ALTER TABLE "consents" DROP CONSTRAINT "consents_items";--> statement-breakpoint
ALTER TABLE "purposes" DROP CONSTRAINT "purposes_items";--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "source" text;--> statement-breakpoint
ALTER TABLE "consent_requests" ADD COLUMN "action" text DEFAULT 'CREATE' NOT NULL;--> statement-breakpoint
ALTER TABLE "consent_requests" ADD COLUMN "replaces" text;--> statement-breakpoint
ALTER TABLE "consent_requests" ADD COLUMN "municipality" text;--> statement-breakpoint
ALTER TABLE "consents" ADD COLUMN "representative" text;--> statement-breakpoint
ALTER TABLE "consents" ADD COLUMN "continues" text;--> statement-breakpoint
ALTER TABLE "consents" ADD COLUMN "replaces" text;--> statement-breakpoint
ALTER TABLE "consents" ADD COLUMN "municipality" text;--> statement-breakpoint
ALTER TABLE "purposes" ADD COLUMN "minors" text DEFAULT 'from-15' NOT NULL;--> statement-breakpoint
ALTER TABLE "key_addresses" ADD CONSTRAINT "key_addresses_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "partner_keys" ADD CONSTRAINT "partner_keys_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consent_seals" ADD CONSTRAINT "consent_seals_consent_consents_id_fk" FOREIGN KEY ("consent") REFERENCES "public"."consents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consent_seals" ADD CONSTRAINT "consent_seals_key_receipt_keys_key_fk" FOREIGN KEY ("key") REFERENCES "public"."receipt_keys"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "representations" ADD CONSTRAINT "representations_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "representations" ADD CONSTRAINT "representations_representative_residents_person_fk" FOREIGN KEY ("representative") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "key_addresses_due" ON "key_addresses" USING btree ("last_fetched_at");--> statement-breakpoint
CREATE INDEX "partner_keys_of_partner" ON "partner_keys" USING btree ("partner");--> statement-breakpoint
CREATE INDEX "consent_seals_unsigned" ON "consent_seals" USING btree ("consent") WHERE "consent_seals"."signature" is null;--> statement-breakpoint
CREATE INDEX "representations_by" ON "representations" USING btree ("representative");--> statement-breakpoint
ALTER TABLE "consent_requests" ADD CONSTRAINT "consent_requests_municipality_municipalities_code_fk" FOREIGN KEY ("municipality") REFERENCES "public"."municipalities"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_representative_residents_person_fk" FOREIGN KEY ("representative") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_municipality_municipalities_code_fk" FOREIGN KEY ("municipality") REFERENCES "public"."municipalities"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "consents_of_grant" ON "consents" USING btree ("continues") WHERE "consents"."state" = 'IN_FORCE';--> statement-breakpoint
ALTER TABLE "access_log" ADD CONSTRAINT "access_log_released" CHECK (("access_log"."outcome" = 'RELEASED') = ("access_log"."certificate" is not null or "access_log"."source" is not null));--> statement-breakpoint
ALTER TABLE "access_log" ADD CONSTRAINT "access_log_items" CHECK ("access_log"."items" <@ array['name', 'address', 'birthDate', 'sex', 'isAdult', 'livesInMunicipality']);--> statement-breakpoint
ALTER TABLE "consent_requests" ADD CONSTRAINT "consent_requests_action" CHECK ("consent_requests"."action" in ('CREATE', 'MERGE', 'REPLACE') and ("consent_requests"."action" = 'CREATE') = ("consent_requests"."replaces" is null));--> statement-breakpoint
ALTER TABLE "consent_requests" ADD CONSTRAINT "consent_requests_items" CHECK ("consent_requests"."required" <@ array['name', 'address', 'birthDate', 'sex', 'isAdult', 'livesInMunicipality'] and "consent_requests"."optional" <@ array['name', 'address', 'birthDate', 'sex', 'isAdult', 'livesInMunicipality'] and not "consent_requests"."required" && "consent_requests"."optional");--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_municipality" CHECK (('livesInMunicipality' = any("consents"."items")) = ("consents"."municipality" is not null));--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_continues" CHECK (("consents"."continues" is null) = ("consents"."replaces" is null));--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_state" CHECK ("consents"."state" in ('IN_FORCE', 'WITHDRAWN', 'ENDED_WITH_PURPOSE', 'ENDED_WITH_PARTNER', 'REPLACED'));--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_limited_by" CHECK ("consents"."limited_by" in ('TEN_YEARS', 'PURPOSE', 'CHOSEN', 'COMING_OF_AGE'));--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_items" CHECK ("consents"."items" <@ array['name', 'address', 'birthDate', 'sex', 'isAdult', 'livesInMunicipality']);--> statement-breakpoint
ALTER TABLE "purposes" ADD CONSTRAINT "purposes_minors" CHECK ("purposes"."minors" in ('refused', 'from-15', 'represented'));--> statement-breakpoint
ALTER TABLE "purposes" ADD CONSTRAINT "purposes_items" CHECK ("purposes"."items" <@ array['name', 'address', 'birthDate', 'sex', 'isAdult', 'livesInMunicipality']);