CREATE TABLE "trail_days" (
	"day" date NOT NULL,
	"key" text NOT NULL,
	"arn" text NOT NULL,
	"asked_least" integer NOT NULL,
	"asked_most" integer NOT NULL,
	"signed" integer NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "trail_days_pk" PRIMARY KEY("day","key")
);
--> statement-breakpoint
alter table trail_days enable row level security;
--> statement-breakpoint
alter table trail_days force row level security;
--> statement-breakpoint
create policy counted on trail_days for select to door_graphql using (coalesce(acting('agency'), acting('ministry')) is not null);
--> statement-breakpoint
create policy door_sweep on trail_days to door_sweep using (true) with check (true);
