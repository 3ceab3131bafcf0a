CREATE TABLE "webhook_deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"webhook" text NOT NULL,
	"event" text NOT NULL,
	"consent" text NOT NULL,
	"at" bigint NOT NULL,
	"state" text NOT NULL,
	"attempts" integer NOT NULL,
	"next_at" bigint NOT NULL,
	"last_outcome" text,
	"last_at" bigint,
	CONSTRAINT "webhook_deliveries_event" CHECK ("webhook_deliveries"."event" in ('consent-withdrawn', 'consent-ended', 'certificate-revoked', 'attributes-changed')),
	CONSTRAINT "webhook_deliveries_state" CHECK ("webhook_deliveries"."state" in ('WAITING', 'DELIVERED', 'DEAD'))
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" text PRIMARY KEY NOT NULL,
	"partner" text NOT NULL,
	"url" text NOT NULL,
	"events" text[] NOT NULL,
	"secret" "bytea" NOT NULL,
	"registered_at" bigint NOT NULL,
	"state" text NOT NULL,
	CONSTRAINT "webhooks_state" CHECK ("webhooks"."state" in ('ACTIVE', 'REMOVED'))
);
--> statement-breakpoint
ALTER TABLE "consents" DROP CONSTRAINT "consents_state";--> statement-breakpoint
ALTER TABLE "consents" DROP CONSTRAINT "consents_withdrawn";--> statement-breakpoint
ALTER TABLE "purposes" ADD COLUMN "ended_at" bigint;--> statement-breakpoint
ALTER TABLE "standings" ADD COLUMN "ended_at" bigint;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_webhook_webhooks_id_fk" FOREIGN KEY ("webhook") REFERENCES "public"."webhooks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_consent_consents_id_fk" FOREIGN KEY ("consent") REFERENCES "public"."consents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_of" ON "webhook_deliveries" USING btree ("webhook","at");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries" USING btree ("next_at") WHERE "webhook_deliveries"."state" = 'WAITING';--> statement-breakpoint
CREATE INDEX "webhooks_of_partner" ON "webhooks" USING btree ("partner");--> statement-breakpoint
CREATE INDEX "access_log_request" ON "access_log" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "consents_of_purpose" ON "consents" USING btree ("purpose");--> statement-breakpoint
CREATE INDEX "consents_of_partner" ON "consents" USING btree ("partner");--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_state" CHECK ("consents"."state" in ('IN_FORCE', 'WITHDRAWN', 'ENDED_WITH_PURPOSE', 'ENDED_WITH_PARTNER'));--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_withdrawn" CHECK (("consents"."state" <> 'IN_FORCE') = ("consents"."withdrawn_at" is not null));