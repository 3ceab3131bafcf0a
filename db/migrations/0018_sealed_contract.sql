-- Values in clear: their columns go, once no code knows them any more.
ALTER TABLE "application_forms" DROP COLUMN "address";
--> statement-breakpoint
ALTER TABLE "application_forms" DROP COLUMN "address_substitutes";
--> statement-breakpoint
ALTER TABLE "card_applications" DROP COLUMN "hand_over_proxy";
--> statement-breakpoint
ALTER TABLE "card_notes" DROP COLUMN "text";
--> statement-breakpoint
ALTER TABLE "card_orders" DROP COLUMN "card_number";
--> statement-breakpoint
ALTER TABLE "cards" DROP COLUMN "card_number";
--> statement-breakpoint
ALTER TABLE "chips" DROP COLUMN "card_number";
--> statement-breakpoint
ALTER TABLE "certificate_applications" DROP COLUMN "name";
--> statement-breakpoint
ALTER TABLE "certificate_applications" DROP COLUMN "name_substitutes";
--> statement-breakpoint
ALTER TABLE "certificate_applications" DROP COLUMN "address";
--> statement-breakpoint
ALTER TABLE "certificate_applications" DROP COLUMN "address_substitutes";
--> statement-breakpoint
ALTER TABLE "certificate_applications" DROP COLUMN "birth_date";
--> statement-breakpoint
ALTER TABLE "certificate_applications" DROP COLUMN "sex";
--> statement-breakpoint
ALTER TABLE "certificates" DROP COLUMN "expectation";
--> statement-breakpoint
ALTER TABLE "certificates" DROP COLUMN "name";
--> statement-breakpoint
ALTER TABLE "certificates" DROP COLUMN "name_substitutes";
--> statement-breakpoint
ALTER TABLE "certificates" DROP COLUMN "address";
--> statement-breakpoint
ALTER TABLE "certificates" DROP COLUMN "address_substitutes";
--> statement-breakpoint
ALTER TABLE "certificates" DROP COLUMN "birth_date";
--> statement-breakpoint
ALTER TABLE "certificates" DROP COLUMN "sex";
--> statement-breakpoint
ALTER TABLE "residents" DROP COLUMN "name";
--> statement-breakpoint
ALTER TABLE "residents" DROP COLUMN "name_substitutes";
--> statement-breakpoint
ALTER TABLE "residents" DROP COLUMN "address";
--> statement-breakpoint
ALTER TABLE "residents" DROP COLUMN "address_substitutes";
--> statement-breakpoint
ALTER TABLE "residents" DROP COLUMN "birth_date";
--> statement-breakpoint
ALTER TABLE "residents" DROP COLUMN "sex";
--> statement-breakpoint
ALTER TABLE "residents" DROP COLUMN "kana";
--> statement-breakpoint
ALTER TABLE "residents" DROP COLUMN "nationality";
--> statement-breakpoint
ALTER TABLE "residents" DROP COLUMN "stay_until";
