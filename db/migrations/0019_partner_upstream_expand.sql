ALTER TABLE "representations" DROP CONSTRAINT "representations_kind";--> statement-breakpoint
ALTER TABLE "consents" ADD COLUMN "withdrawn_by" text;--> statement-breakpoint
ALTER TABLE "standings" ADD COLUMN "agreement" jsonb;--> statement-breakpoint
ALTER TABLE "standings" ADD COLUMN "reported_at" bigint;--> statement-breakpoint
ALTER TABLE "consent_seals" ADD COLUMN "forwarded_at" bigint;--> statement-breakpoint
ALTER TABLE "representations" ADD COLUMN "evidence_on" date;--> statement-breakpoint
CREATE INDEX "consent_seals_unforwarded" ON "consent_seals" USING btree ("consent") WHERE "consent_seals"."signature" is not null and "consent_seals"."forwarded_at" is null;--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_withdrawn_by" CHECK ("consents"."withdrawn_by" is null or ("consents"."state" = 'WITHDRAWN' and "consents"."withdrawn_by" in ('PERSON', 'REPRESENTATIVE', 'PARTNER', 'CLIENT_SOFTWARE', 'NATIONAL_PORTAL')));--> statement-breakpoint
ALTER TABLE "consent_seals" ADD CONSTRAINT "consent_seals_forwarded" CHECK ("consent_seals"."forwarded_at" is null or "consent_seals"."signature" is not null);--> statement-breakpoint
ALTER TABLE "representations" ADD CONSTRAINT "representations_kind" CHECK ("representations"."kind" in ('parental-authority', 'guardian-of-minor', 'guardian-of-adult'));