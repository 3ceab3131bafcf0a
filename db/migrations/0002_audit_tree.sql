CREATE TABLE "audit_checkpoints" (
	"size" bigint PRIMARY KEY NOT NULL,
	"root" "bytea" NOT NULL,
	"at" bigint NOT NULL,
	"note" text,
	"key" "bytea",
	"copied" boolean DEFAULT false NOT NULL,
	CONSTRAINT "audit_checkpoints_signed" CHECK (num_nulls("audit_checkpoints"."note", "audit_checkpoints"."key") in (0, 2)),
	CONSTRAINT "audit_checkpoints_copied" CHECK (not "audit_checkpoints"."copied" or "audit_checkpoints"."note" is not null)
);
--> statement-breakpoint
CREATE TABLE "audit_entries" (
	"position" bigint PRIMARY KEY NOT NULL,
	"leaf" bigint NOT NULL,
	CONSTRAINT "audit_entries_leaf_unique" UNIQUE("leaf")
);
--> statement-breakpoint
CREATE TABLE "audit_head" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"size" bigint NOT NULL,
	"hashes" "bytea" NOT NULL,
	"last_transaction" "xid8" NOT NULL,
	"last_leaf" bigint NOT NULL,
	CONSTRAINT "audit_head_one" CHECK ("audit_head"."one")
);
--> statement-breakpoint
CREATE TABLE "audit_nodes" (
	"level" integer NOT NULL,
	"index" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "audit_nodes_pk" PRIMARY KEY("level","index")
);
--> statement-breakpoint
CREATE TABLE "reconciliations" (
	"day" text NOT NULL,
	"key" text NOT NULL,
	"asked" integer NOT NULL,
	"distinct" integer NOT NULL,
	"stored" integer NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "reconciliations_pk" PRIMARY KEY("day","key")
);
--> statement-breakpoint
CREATE TABLE "signatures_asked" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "signatures_asked_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_entries" ADD CONSTRAINT "audit_entries_leaf_audit_leaves_id_fk" FOREIGN KEY ("leaf") REFERENCES "public"."audit_leaves"("id") ON DELETE no action ON UPDATE no action;