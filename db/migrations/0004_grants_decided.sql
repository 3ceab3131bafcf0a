CREATE TABLE "space_shares" (
	"share" text PRIMARY KEY NOT NULL,
	"capacity_code" integer NOT NULL,
	"capacity_data" integer NOT NULL,
	"capacity_volatile" integer NOT NULL,
	"reserved_code" integer NOT NULL,
	"reserved_data" integer NOT NULL,
	"reserved_volatile" integer NOT NULL,
	CONSTRAINT "space_shares_capacity" CHECK ("space_shares"."reserved_code" <= "space_shares"."capacity_code" and "space_shares"."reserved_data" <= "space_shares"."capacity_data" and "space_shares"."reserved_volatile" <= "space_shares"."capacity_volatile"),
	CONSTRAINT "space_shares_reserved" CHECK ("space_shares"."reserved_code" >= 0 and "space_shares"."reserved_data" >= 0 and "space_shares"."reserved_volatile" >= 0)
);
--> statement-breakpoint
ALTER TABLE "installations" DROP CONSTRAINT "installations_state";--> statement-breakpoint
DROP INDEX "installations_on_card";--> statement-breakpoint
ALTER TABLE "grants" ALTER COLUMN "municipality" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "operator" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "population" jsonb DEFAULT '{"kind":"cards"}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "minimum_age" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "evidence" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "requested_for" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "approved_for" text;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "pending" jsonb;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "suspended_for" text;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "ended_for" text;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "warned" integer;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "reserved" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "version" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "installations_of_grant" ON "installations" USING btree ("grant");--> statement-breakpoint
CREATE UNIQUE INDEX "installations_on_card" ON "installations" USING btree ("grant","card") WHERE "installations"."state" in ('ORDERED', 'INSTALLED', 'LOCKED', 'ENDING');--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_two_bodies" CHECK ("grants"."basis" ->> 'kind' not in ('minister-confirmation', 'jpki-verifier') or "grants"."approved_for" <> "grants"."requested_for");--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_suspended" CHECK (("grants"."state" = 'SUSPENDED') = ("grants"."suspended_for" is not null) or "grants"."state" = 'ENDED');--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_ended" CHECK (("grants"."state" = 'ENDED') = ("grants"."ended_for" is not null));--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_end" CHECK ("grants"."ended_for" in ('not-approved-in-time', 'revoked', 'ordinance-repealed'));--> statement-breakpoint
ALTER TABLE "installations" ADD CONSTRAINT "installations_state" CHECK ("installations"."state" in ('ORDERED', 'INSTALLED', 'LOCKED', 'ENDING', 'REFUSED_BY_CARD', 'REMOVED', 'ENDED'));