ALTER TABLE "partners" ADD COLUMN "trade_name" text;--> statement-breakpoint
ALTER TABLE "partners" ADD COLUMN "privacy_policy" text;--> statement-breakpoint
ALTER TABLE "partners" ADD CONSTRAINT "partners_privacy_policy" CHECK ("partners"."privacy_policy" ~ '^https://[^[:space:]]+$');