ALTER TABLE "cards" ADD COLUMN "expiry" "bytea";--> statement-breakpoint
ALTER TABLE "certificates" ADD COLUMN "expiry" "bytea";