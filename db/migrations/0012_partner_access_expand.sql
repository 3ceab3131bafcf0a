CREATE TABLE "partner_access" (
	"partner" text PRIMARY KEY NOT NULL,
	"documents" text,
	"capacity" integer,
	"per_second" integer,
	"level" bigint NOT NULL,
	"at" bigint NOT NULL,
	"granted" boolean NOT NULL,
	CONSTRAINT "partner_access_documents" CHECK ("partner_access"."documents" in ('any', 'registered')),
	CONSTRAINT "partner_access_budget" CHECK (num_nulls("partner_access"."capacity", "partner_access"."per_second") in (0, 2) and "partner_access"."level" >= 0)
);
--> statement-breakpoint
CREATE TABLE "partner_documents" (
	"partner" text NOT NULL,
	"sha256" text NOT NULL,
	"text" text NOT NULL,
	"registered_at" bigint NOT NULL,
	CONSTRAINT "partner_documents_pk" PRIMARY KEY("partner","sha256"),
	CONSTRAINT "partner_documents_sha256" CHECK ("partner_documents"."sha256" ~ '^[0-9a-f]{64}$')
);
--> statement-breakpoint
ALTER TABLE "partner_documents" ADD CONSTRAINT "partner_documents_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;