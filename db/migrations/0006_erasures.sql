CREATE TABLE "erased_signatures" (
	"key" text PRIMARY KEY NOT NULL,
	"signatures" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "erasures" (
	"kind" text NOT NULL,
	"digest" text NOT NULL,
	"through" date NOT NULL,
	"count" integer NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "erasures_pk" PRIMARY KEY("kind","digest")
);
