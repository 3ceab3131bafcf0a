CREATE TABLE "acts" (
	"actor" text NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"request" "bytea" NOT NULL,
	"subject" text NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "acts_key" PRIMARY KEY("actor","key")
);
--> statement-breakpoint
CREATE TABLE "audit_leaves" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"transaction" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"at" bigint NOT NULL,
	"kind" text NOT NULL,
	"actor" text NOT NULL,
	"subject" text NOT NULL,
	"facts" jsonb NOT NULL,
	"leaf_hash" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "card_applications" (
	"id" text PRIMARY KEY NOT NULL,
	"person" text NOT NULL,
	"municipality" text NOT NULL,
	"channel" text NOT NULL,
	"state" text NOT NULL,
	"received_at" bigint NOT NULL,
	"card" text,
	"hand_over_officer" text,
	"hand_over_documents" text[],
	"hand_over_pins" text,
	"hand_over_at" bigint,
	"dropped_at" bigint,
	CONSTRAINT "card_applications_card" UNIQUE("card"),
	CONSTRAINT "card_applications_state" CHECK ("card_applications"."state" in ('RECEIVED', 'IN_PRODUCTION', 'SHIPPED', 'NOTICE_SENT', 'DELIVERED', 'REJECTED', 'WITHDRAWN', 'DECLINED', 'NOT_COLLECTED')),
	CONSTRAINT "card_applications_channel" CHECK ("card_applications"."channel" in ('paper', 'web', 'qr-form', 'photo-booth', 'counter')),
	CONSTRAINT "card_applications_hand_over" CHECK (num_nulls("card_applications"."hand_over_officer", "card_applications"."hand_over_documents", "card_applications"."hand_over_pins", "card_applications"."hand_over_at") in (0, 4)),
	CONSTRAINT "card_applications_delivered" CHECK (("card_applications"."state" = 'DELIVERED') = ("card_applications"."hand_over_at" is not null)),
	CONSTRAINT "card_applications_dropped" CHECK (("card_applications"."state" in ('REJECTED', 'WITHDRAWN', 'DECLINED')) = ("card_applications"."dropped_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "card_orders" (
	"id" text PRIMARY KEY NOT NULL,
	"card" text NOT NULL,
	"card_number" text NOT NULL,
	"counter" integer NOT NULL,
	"operation" jsonb NOT NULL,
	"municipality" text NOT NULL,
	"state" text NOT NULL,
	"requested_at" bigint NOT NULL,
	"order" "bytea",
	"signature" "bytea",
	"receipt" "bytea",
	CONSTRAINT "card_orders_counter" UNIQUE("card","counter"),
	CONSTRAINT "card_orders_state" CHECK ("card_orders"."state" in ('REQUESTED', 'SIGNED', 'DONE', 'REFUSED_BY_CARD')),
	CONSTRAINT "card_orders_signed" CHECK (num_nulls("card_orders"."order", "card_orders"."signature") = case "card_orders"."state" when 'REQUESTED' then 2 else 0 end),
	CONSTRAINT "card_orders_receipt" CHECK (("card_orders"."receipt" is not null) = ("card_orders"."state" in ('DONE', 'REFUSED_BY_CARD')))
);
--> statement-breakpoint
CREATE TABLE "cards" (
	"id" text PRIMARY KEY NOT NULL,
	"person" text NOT NULL,
	"card_number" text NOT NULL,
	"municipality" text NOT NULL,
	"state" text NOT NULL,
	"made_on" date NOT NULL,
	"expires_on" date NOT NULL,
	"delivered_at" bigint,
	"end_ground" text,
	"end_at" bigint,
	"attestation_key" "bytea",
	"order_counter" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "cards_number" UNIQUE("card_number"),
	CONSTRAINT "cards_number_form" CHECK ("cards"."card_number" ~ '^[0-9]{15}$'),
	CONSTRAINT "cards_state" CHECK ("cards"."state" in ('MADE', 'ACTIVE', 'SUSPENDED', 'LAPSED', 'ABOLISHED')),
	CONSTRAINT "cards_end" CHECK (num_nulls("cards"."end_ground", "cards"."end_at") in (0, 2)),
	CONSTRAINT "cards_ended" CHECK (("cards"."state" in ('LAPSED', 'ABOLISHED')) = ("cards"."end_ground" is not null)),
	CONSTRAINT "cards_delivered" CHECK ("cards"."state" not in ('ACTIVE', 'SUSPENDED') or "cards"."delivered_at" is not null)
);
--> statement-breakpoint
CREATE TABLE "chips" (
	"card_number" text PRIMARY KEY NOT NULL,
	"sealed" "bytea" NOT NULL,
	"version" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "certificate_applications" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"person" text NOT NULL,
	"card" text NOT NULL,
	"municipality" text NOT NULL,
	"state" text NOT NULL,
	"applied_on" date NOT NULL,
	"name" text NOT NULL,
	"name_substitutes" text NOT NULL,
	"address" text NOT NULL,
	"address_substitutes" text NOT NULL,
	"birth_date" date NOT NULL,
	"sex" text NOT NULL,
	"lapse_of_present" boolean NOT NULL,
	"confirmed_by" text,
	"confirmed_at" bigint,
	"public_key" "bytea",
	"refused_for" text,
	CONSTRAINT "certificate_applications_kind" CHECK ("certificate_applications"."kind" in ('signature', 'authentication')),
	CONSTRAINT "certificate_applications_state" CHECK ("certificate_applications"."state" in ('APPLIED', 'CONFIRMED', 'KEY_ON_CARD', 'NOTIFIED', 'RESERVED', 'ISSUED', 'DELIVERED', 'REFUSED', 'ABANDONED')),
	CONSTRAINT "certificate_applications_confirmed" CHECK (num_nulls("certificate_applications"."confirmed_by", "certificate_applications"."confirmed_at") in (0, 2)),
	CONSTRAINT "certificate_applications_key_on_card" CHECK ("certificate_applications"."state" not in ('KEY_ON_CARD', 'NOTIFIED', 'RESERVED', 'ISSUED', 'DELIVERED') or ("certificate_applications"."confirmed_by" is not null and "certificate_applications"."public_key" is not null))
);
--> statement-breakpoint
CREATE TABLE "certificates" (
	"id" text PRIMARY KEY NOT NULL,
	"application" text,
	"kind" text NOT NULL,
	"person" text NOT NULL,
	"card" text NOT NULL,
	"issuer" text NOT NULL,
	"serial" text NOT NULL,
	"state" text NOT NULL,
	"der" "bytea",
	"tbs" "bytea",
	"expectation" jsonb,
	"issued_at" bigint NOT NULL,
	"completed_at" bigint,
	"expires_on" date NOT NULL,
	"delivered_at" bigint,
	"shard" text NOT NULL,
	"name" text,
	"name_substitutes" text,
	"address" text,
	"address_substitutes" text,
	"birth_date" date,
	"sex" text,
	"ground" text,
	"reason" integer,
	"occurred_at" bigint,
	"recorded_at" bigint,
	"abandoned_at" bigint,
	CONSTRAINT "certificates_serial" UNIQUE("issuer","serial"),
	CONSTRAINT "certificates_application" UNIQUE("application"),
	CONSTRAINT "certificates_kind" CHECK ("certificates"."kind" in ('signature', 'authentication', 'smartphone-signature', 'smartphone-authentication')),
	CONSTRAINT "certificates_state" CHECK ("certificates"."state" in ('RESERVED', 'VALID', 'HELD', 'REVOKED', 'EXPIRED', 'ABANDONED')),
	CONSTRAINT "certificates_serial_form" CHECK ("certificates"."serial" ~ '^([0-9A-F]{2}){1,20}$'),
	CONSTRAINT "certificates_signed" CHECK (("certificates"."state" in ('RESERVED', 'ABANDONED')) = ("certificates"."der" is null) and ("certificates"."der" is null) = ("certificates"."completed_at" is null)),
	CONSTRAINT "certificates_reserved" CHECK ("certificates"."state" not in ('RESERVED', 'ABANDONED') or ("certificates"."tbs" is not null and "certificates"."expectation" is not null)),
	CONSTRAINT "certificates_items" CHECK (num_nulls("certificates"."name", "certificates"."name_substitutes", "certificates"."address", "certificates"."address_substitutes", "certificates"."birth_date", "certificates"."sex") = case when "certificates"."kind" in ('signature', 'smartphone-signature') then 0 else 6 end),
	CONSTRAINT "certificates_lapse" CHECK (num_nulls("certificates"."ground", "certificates"."reason", "certificates"."occurred_at", "certificates"."recorded_at") in (0, 4)),
	CONSTRAINT "certificates_lapsed" CHECK (case when "certificates"."state" in ('HELD', 'REVOKED') then "certificates"."ground" is not null when "certificates"."state" = 'EXPIRED' then true else "certificates"."ground" is null end),
	CONSTRAINT "certificates_hold" CHECK (("certificates"."state" = 'HELD' and "certificates"."reason" = 6) or ("certificates"."state" = 'REVOKED' and "certificates"."reason" <> 6) or "certificates"."state" not in ('HELD', 'REVOKED')),
	CONSTRAINT "certificates_abandoned" CHECK (("certificates"."state" = 'ABANDONED') = ("certificates"."abandoned_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "crl_shards" (
	"issuer" text NOT NULL,
	"shard" text NOT NULL,
	"changes" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "crl_shards_pk" PRIMARY KEY("issuer","shard")
);
--> statement-breakpoint
CREATE TABLE "crls" (
	"issuer" text NOT NULL,
	"shard" text NOT NULL,
	"number" bigint NOT NULL,
	"changes" bigint NOT NULL,
	"this_update" bigint,
	"next_update" bigint,
	"sha256" text,
	"der" "bytea",
	CONSTRAINT "crls_number" PRIMARY KEY("issuer","shard","number"),
	CONSTRAINT "crls_published" CHECK (num_nulls("crls"."this_update", "crls"."next_update", "crls"."sha256") in (0, 3)),
	CONSTRAINT "crls_octets" CHECK ("crls"."der" is null or "crls"."sha256" is not null)
);
--> statement-breakpoint
CREATE TABLE "issuers" (
	"key_id" text PRIMARY KEY NOT NULL,
	"ca" text NOT NULL,
	"certificate" "bytea" NOT NULL,
	"key" text NOT NULL,
	"spki_sha256" text NOT NULL,
	"active_from" bigint NOT NULL,
	CONSTRAINT "issuers_spki" UNIQUE("spki_sha256"),
	CONSTRAINT "issuers_ca" CHECK ("issuers"."ca" in ('signature', 'authentication')),
	CONSTRAINT "issuers_key_id" CHECK ("issuers"."key_id" ~ '^[0-9A-F]{40}$')
);
--> statement-breakpoint
CREATE TABLE "responders" (
	"issuer" text NOT NULL,
	"serial" text NOT NULL,
	"certificate" "bytea" NOT NULL,
	"sealed_key" "bytea" NOT NULL,
	"not_before" bigint NOT NULL,
	"not_after" bigint NOT NULL,
	CONSTRAINT "responders_serial" PRIMARY KEY("issuer","serial")
);
--> statement-breakpoint
CREATE TABLE "access_log" (
	"id" text PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"partner" text NOT NULL,
	"consent" text,
	"purpose" text,
	"person" text,
	"certificate" text,
	"items" text[] NOT NULL,
	"outcome" text NOT NULL,
	"request_id" text NOT NULL,
	CONSTRAINT "access_log_released" CHECK (("access_log"."outcome" = 'RELEASED') = ("access_log"."certificate" is not null)),
	CONSTRAINT "access_log_items" CHECK ("access_log"."items" <@ array['name', 'address', 'birthDate', 'sex'])
);
--> statement-breakpoint
CREATE TABLE "consent_requests" (
	"id" text PRIMARY KEY NOT NULL,
	"partner" text NOT NULL,
	"purpose" text NOT NULL,
	"required" text[] NOT NULL,
	"optional" text[] NOT NULL,
	"nonce" "bytea" NOT NULL,
	"requested_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"state" text NOT NULL,
	CONSTRAINT "consent_requests_state" CHECK ("consent_requests"."state" in ('OPEN', 'ANSWERED')),
	CONSTRAINT "consent_requests_items" CHECK ("consent_requests"."required" <@ array['name', 'address', 'birthDate', 'sex'] and "consent_requests"."optional" <@ array['name', 'address', 'birthDate', 'sex'] and not "consent_requests"."required" && "consent_requests"."optional")
);
--> statement-breakpoint
CREATE TABLE "consents" (
	"id" text PRIMARY KEY NOT NULL,
	"request" text NOT NULL,
	"partner" text NOT NULL,
	"purpose" text NOT NULL,
	"person" text NOT NULL,
	"items" text[] NOT NULL,
	"given_at" bigint NOT NULL,
	"from" bigint NOT NULL,
	"until" bigint NOT NULL,
	"limited_by" text NOT NULL,
	"state" text NOT NULL,
	"withdrawn_at" bigint,
	"certificate" text NOT NULL,
	"document" text NOT NULL,
	"signature" "bytea" NOT NULL,
	CONSTRAINT "consents_request" UNIQUE("request"),
	CONSTRAINT "consents_state" CHECK ("consents"."state" in ('IN_FORCE', 'WITHDRAWN')),
	CONSTRAINT "consents_limited_by" CHECK ("consents"."limited_by" in ('TEN_YEARS', 'PURPOSE', 'CHOSEN')),
	CONSTRAINT "consents_withdrawn" CHECK (("consents"."state" = 'WITHDRAWN') = ("consents"."withdrawn_at" is not null)),
	CONSTRAINT "consents_items" CHECK ("consents"."items" <@ array['name', 'address', 'birthDate', 'sex'])
);
--> statement-breakpoint
CREATE TABLE "purposes" (
	"id" text PRIMARY KEY NOT NULL,
	"partner" text NOT NULL,
	"name" text NOT NULL,
	"version" integer NOT NULL,
	"text_ja" text NOT NULL,
	"text_en" text NOT NULL,
	"items" text[] NOT NULL,
	"until" date,
	"registered_at" bigint NOT NULL,
	CONSTRAINT "purposes_version" UNIQUE("partner","name","version"),
	CONSTRAINT "purposes_items" CHECK ("purposes"."items" <@ array['name', 'address', 'birthDate', 'sex'])
);
--> statement-breakpoint
CREATE TABLE "challenges" (
	"id" text PRIMARY KEY NOT NULL,
	"partner" text NOT NULL,
	"client" text NOT NULL,
	"nonce" "bytea" NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"state" text NOT NULL,
	CONSTRAINT "challenges_state" CHECK ("challenges"."state" in ('OPEN', 'SPENT'))
);
--> statement-breakpoint
CREATE TABLE "clients" (
	"client_id" text PRIMARY KEY NOT NULL,
	"partner" text NOT NULL,
	"scopes" text[] NOT NULL,
	"jwks" jsonb NOT NULL,
	"redirect_uris" text[] NOT NULL
);
--> statement-breakpoint
CREATE TABLE "logins" (
	"id" text PRIMARY KEY NOT NULL,
	"challenge" text NOT NULL,
	"partner" text NOT NULL,
	"person" text NOT NULL,
	"subject" text NOT NULL,
	"at" bigint NOT NULL,
	"identity" text NOT NULL,
	"authentication" text NOT NULL,
	"method" text NOT NULL,
	CONSTRAINT "logins_challenge" UNIQUE("challenge")
);
--> statement-breakpoint
CREATE TABLE "oauth_records" (
	"model" text NOT NULL,
	"id" text NOT NULL,
	"payload" jsonb NOT NULL,
	"expires_at" bigint,
	"grant_id" text,
	"uid" text,
	"user_code" text,
	"consumed" bigint,
	CONSTRAINT "oauth_records_pk" PRIMARY KEY("model","id")
);
--> statement-breakpoint
CREATE TABLE "partners" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"name_en" text NOT NULL,
	"sector" text NOT NULL,
	"contact" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "replayed_tokens" (
	"issuer" text NOT NULL,
	"jti" text NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "replayed_tokens_pk" PRIMARY KEY("issuer","jti")
);
--> statement-breakpoint
CREATE TABLE "standings" (
	"partner" text NOT NULL,
	"role" text NOT NULL,
	"from" date NOT NULL,
	"basis" text NOT NULL,
	"through" text,
	"until" date NOT NULL,
	"suspended" boolean NOT NULL,
	CONSTRAINT "standings_pk" PRIMARY KEY("partner","role","from"),
	CONSTRAINT "standings_role" CHECK ("standings"."role" in ('signature-verifier', 'authentication-verifier')),
	CONSTRAINT "standings_basis" CHECK ("standings"."basis" in ('法第17条第1項', '法第36条第1項', '規則第29条 (委託)')),
	CONSTRAINT "standings_delegation" CHECK (("standings"."basis" = '規則第29条 (委託)') = ("standings"."through" is not null)),
	CONSTRAINT "standings_period" CHECK ("standings"."from" <= "standings"."until")
);
--> statement-breakpoint
CREATE TABLE "municipalities" (
	"code" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"prefecture" text NOT NULL,
	"municipality_roman" text NOT NULL,
	"prefecture_roman" text NOT NULL,
	CONSTRAINT "municipalities_code" CHECK ("municipalities"."code" ~ '^[0-9]{6}$')
);
--> statement-breakpoint
CREATE TABLE "resident_events" (
	"id" text PRIMARY KEY NOT NULL,
	"person" text NOT NULL,
	"kind" text NOT NULL,
	"municipality" text NOT NULL,
	"occurred_on" date NOT NULL,
	"recorded_at" bigint NOT NULL,
	"planned_on" date,
	"card_presented" boolean NOT NULL,
	"lapsed" integer NOT NULL,
	CONSTRAINT "resident_events_kind" CHECK ("resident_events"."kind" in ('move-out', 'move-in', 'move-within', 'move-overseas', 'death', 'items-change', 'minor-correction'))
);
--> statement-breakpoint
CREATE TABLE "residents" (
	"person" text PRIMARY KEY NOT NULL,
	"municipality" text,
	"name" text NOT NULL,
	"name_substitutes" text NOT NULL,
	"address" text NOT NULL,
	"address_substitutes" text NOT NULL,
	"birth_date" date NOT NULL,
	"sex" text NOT NULL,
	"kana" text,
	"stay_until" date,
	"state" text NOT NULL,
	"version" integer NOT NULL,
	CONSTRAINT "residents_state" CHECK ("residents"."state" in ('RESIDENT', 'MOVING', 'OVERSEAS', 'DECEASED')),
	CONSTRAINT "residents_municipality" CHECK (("residents"."state" = 'RESIDENT') = ("residents"."municipality" is not null)),
	CONSTRAINT "residents_sex" CHECK ("residents"."sex" in ('male', 'female', 'unknown'))
);
--> statement-breakpoint
CREATE TABLE "card_space" (
	"card" text PRIMARY KEY NOT NULL,
	"capacity_code" integer NOT NULL,
	"capacity_data" integer NOT NULL,
	"capacity_volatile" integer NOT NULL,
	"reserved_code" integer NOT NULL,
	"reserved_data" integer NOT NULL,
	"reserved_volatile" integer NOT NULL,
	CONSTRAINT "card_space_capacity" CHECK ("card_space"."reserved_code" <= "card_space"."capacity_code" and "card_space"."reserved_data" <= "card_space"."capacity_data" and "card_space"."reserved_volatile" <= "card_space"."capacity_volatile"),
	CONSTRAINT "card_space_reserved" CHECK ("card_space"."reserved_code" >= 0 and "card_space"."reserved_data" >= 0 and "card_space"."reserved_volatile" >= 0)
);
--> statement-breakpoint
CREATE TABLE "grants" (
	"id" text PRIMARY KEY NOT NULL,
	"municipality" text NOT NULL,
	"basis" jsonb NOT NULL,
	"purpose" text NOT NULL,
	"label" text NOT NULL,
	"aid" text NOT NULL,
	"quota_code" integer NOT NULL,
	"quota_data" integer NOT NULL,
	"quota_volatile" integer NOT NULL,
	"pin_digits" integer,
	"pin_tries" integer,
	"records_count" integer NOT NULL,
	"records_size" integer NOT NULL,
	"valid_from" date NOT NULL,
	"valid_until" date NOT NULL,
	"state" text NOT NULL,
	"requested_by" text NOT NULL,
	"approved_by" text,
	"requested_at" bigint NOT NULL,
	CONSTRAINT "grants_aid_form" CHECK ("grants"."aid" ~ '^([0-9A-F]{2}){5,16}$'),
	CONSTRAINT "grants_state" CHECK ("grants"."state" in ('REQUESTED', 'APPROVED', 'SUSPENDED', 'ENDED')),
	CONSTRAINT "grants_four_eyes" CHECK ("grants"."approved_by" <> "grants"."requested_by"),
	CONSTRAINT "grants_approved" CHECK ("grants"."state" not in ('APPROVED', 'SUSPENDED') or "grants"."approved_by" is not null),
	CONSTRAINT "grants_pin" CHECK (num_nulls("grants"."pin_digits", "grants"."pin_tries") in (0, 2)),
	CONSTRAINT "grants_period" CHECK ("grants"."valid_from" <= "grants"."valid_until")
);
--> statement-breakpoint
CREATE TABLE "installations" (
	"id" text PRIMARY KEY NOT NULL,
	"grant" text NOT NULL,
	"card" text NOT NULL,
	"state" text NOT NULL,
	"order" text NOT NULL,
	"quota_code" integer NOT NULL,
	"quota_data" integer NOT NULL,
	"quota_volatile" integer NOT NULL,
	CONSTRAINT "installations_state" CHECK ("installations"."state" in ('ORDERED', 'INSTALLED', 'REFUSED_BY_CARD', 'REMOVED'))
);
--> statement-breakpoint
ALTER TABLE "card_applications" ADD CONSTRAINT "card_applications_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "card_applications" ADD CONSTRAINT "card_applications_municipality_municipalities_code_fk" FOREIGN KEY ("municipality") REFERENCES "public"."municipalities"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "card_applications" ADD CONSTRAINT "card_applications_card_cards_id_fk" FOREIGN KEY ("card") REFERENCES "public"."cards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "card_orders" ADD CONSTRAINT "card_orders_card_cards_id_fk" FOREIGN KEY ("card") REFERENCES "public"."cards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "card_orders" ADD CONSTRAINT "card_orders_municipality_municipalities_code_fk" FOREIGN KEY ("municipality") REFERENCES "public"."municipalities"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cards" ADD CONSTRAINT "cards_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cards" ADD CONSTRAINT "cards_municipality_municipalities_code_fk" FOREIGN KEY ("municipality") REFERENCES "public"."municipalities"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificate_applications" ADD CONSTRAINT "certificate_applications_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificate_applications" ADD CONSTRAINT "certificate_applications_card_cards_id_fk" FOREIGN KEY ("card") REFERENCES "public"."cards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificate_applications" ADD CONSTRAINT "certificate_applications_municipality_municipalities_code_fk" FOREIGN KEY ("municipality") REFERENCES "public"."municipalities"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_application_certificate_applications_id_fk" FOREIGN KEY ("application") REFERENCES "public"."certificate_applications"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_card_cards_id_fk" FOREIGN KEY ("card") REFERENCES "public"."cards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_issuer_issuers_key_id_fk" FOREIGN KEY ("issuer") REFERENCES "public"."issuers"("key_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_shard_municipalities_code_fk" FOREIGN KEY ("shard") REFERENCES "public"."municipalities"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crl_shards" ADD CONSTRAINT "crl_shards_issuer_issuers_key_id_fk" FOREIGN KEY ("issuer") REFERENCES "public"."issuers"("key_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crl_shards" ADD CONSTRAINT "crl_shards_shard_municipalities_code_fk" FOREIGN KEY ("shard") REFERENCES "public"."municipalities"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crls" ADD CONSTRAINT "crls_shard" FOREIGN KEY ("issuer","shard") REFERENCES "public"."crl_shards"("issuer","shard") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "responders" ADD CONSTRAINT "responders_issuer_issuers_key_id_fk" FOREIGN KEY ("issuer") REFERENCES "public"."issuers"("key_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_log" ADD CONSTRAINT "access_log_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_log" ADD CONSTRAINT "access_log_consent_consents_id_fk" FOREIGN KEY ("consent") REFERENCES "public"."consents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_log" ADD CONSTRAINT "access_log_purpose_purposes_id_fk" FOREIGN KEY ("purpose") REFERENCES "public"."purposes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_log" ADD CONSTRAINT "access_log_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_log" ADD CONSTRAINT "access_log_certificate_certificates_id_fk" FOREIGN KEY ("certificate") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consent_requests" ADD CONSTRAINT "consent_requests_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consent_requests" ADD CONSTRAINT "consent_requests_purpose_purposes_id_fk" FOREIGN KEY ("purpose") REFERENCES "public"."purposes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_request_consent_requests_id_fk" FOREIGN KEY ("request") REFERENCES "public"."consent_requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_purpose_purposes_id_fk" FOREIGN KEY ("purpose") REFERENCES "public"."purposes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_certificate_certificates_id_fk" FOREIGN KEY ("certificate") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "purposes" ADD CONSTRAINT "purposes_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "challenges" ADD CONSTRAINT "challenges_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clients" ADD CONSTRAINT "clients_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "logins" ADD CONSTRAINT "logins_challenge_challenges_id_fk" FOREIGN KEY ("challenge") REFERENCES "public"."challenges"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "logins" ADD CONSTRAINT "logins_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "logins" ADD CONSTRAINT "logins_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "standings" ADD CONSTRAINT "standings_partner_partners_id_fk" FOREIGN KEY ("partner") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "standings" ADD CONSTRAINT "standings_through_partners_id_fk" FOREIGN KEY ("through") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "resident_events" ADD CONSTRAINT "resident_events_person_residents_person_fk" FOREIGN KEY ("person") REFERENCES "public"."residents"("person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "resident_events" ADD CONSTRAINT "resident_events_municipality_municipalities_code_fk" FOREIGN KEY ("municipality") REFERENCES "public"."municipalities"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "residents" ADD CONSTRAINT "residents_municipality_municipalities_code_fk" FOREIGN KEY ("municipality") REFERENCES "public"."municipalities"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "card_space" ADD CONSTRAINT "card_space_card_cards_id_fk" FOREIGN KEY ("card") REFERENCES "public"."cards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_municipality_municipalities_code_fk" FOREIGN KEY ("municipality") REFERENCES "public"."municipalities"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "installations" ADD CONSTRAINT "installations_grant_grants_id_fk" FOREIGN KEY ("grant") REFERENCES "public"."grants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "installations" ADD CONSTRAINT "installations_card_cards_id_fk" FOREIGN KEY ("card") REFERENCES "public"."cards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "installations" ADD CONSTRAINT "installations_order_card_orders_id_fk" FOREIGN KEY ("order") REFERENCES "public"."card_orders"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_leaves_transaction" ON "audit_leaves" USING btree ("transaction");--> statement-breakpoint
CREATE INDEX "audit_leaves_subject" ON "audit_leaves" USING btree ("subject");--> statement-breakpoint
CREATE UNIQUE INDEX "card_applications_open" ON "card_applications" USING btree ("person") WHERE "card_applications"."state" in ('RECEIVED', 'IN_PRODUCTION', 'SHIPPED', 'NOTICE_SENT');--> statement-breakpoint
CREATE INDEX "card_applications_of_person" ON "card_applications" USING btree ("person");--> statement-breakpoint
CREATE INDEX "card_applications_received" ON "card_applications" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "card_orders_waiting" ON "card_orders" USING btree ("id") WHERE "card_orders"."state" = 'REQUESTED';--> statement-breakpoint
CREATE INDEX "cards_of_person" ON "cards" USING btree ("person");--> statement-breakpoint
CREATE UNIQUE INDEX "certificate_applications_open" ON "certificate_applications" USING btree ("person","kind") WHERE "certificate_applications"."state" in ('APPLIED', 'CONFIRMED', 'KEY_ON_CARD', 'NOTIFIED', 'RESERVED');--> statement-breakpoint
CREATE UNIQUE INDEX "certificate_applications_key" ON "certificate_applications" USING btree (sha256("public_key")) WHERE "certificate_applications"."public_key" is not null;--> statement-breakpoint
CREATE INDEX "certificate_applications_of_card" ON "certificate_applications" USING btree ("card");--> statement-breakpoint
CREATE INDEX "certificate_applications_unfinished" ON "certificate_applications" USING btree ("id") WHERE "certificate_applications"."state" in ('NOTIFIED', 'RESERVED');--> statement-breakpoint
CREATE UNIQUE INDEX "certificates_live" ON "certificates" USING btree ("person","kind") WHERE "certificates"."state" in ('VALID', 'HELD');--> statement-breakpoint
CREATE INDEX "certificates_of_person" ON "certificates" USING btree ("person");--> statement-breakpoint
CREATE INDEX "certificates_of_card" ON "certificates" USING btree ("card");--> statement-breakpoint
CREATE INDEX "certificates_listed" ON "certificates" USING btree ("issuer","shard","serial") WHERE "certificates"."state" in ('HELD', 'REVOKED', 'ABANDONED');--> statement-breakpoint
CREATE INDEX "certificates_running_out" ON "certificates" USING btree ("expires_on") WHERE "certificates"."state" in ('VALID', 'HELD');--> statement-breakpoint
CREATE UNIQUE INDEX "crls_latest" ON "crls" USING btree ("issuer","shard") WHERE "crls"."der" is not null;--> statement-breakpoint
CREATE INDEX "access_log_of_person" ON "access_log" USING btree ("person","at");--> statement-breakpoint
CREATE INDEX "consents_of_person" ON "consents" USING btree ("person");--> statement-breakpoint
CREATE INDEX "logins_of_person" ON "logins" USING btree ("person","at");--> statement-breakpoint
CREATE INDEX "oauth_records_grant" ON "oauth_records" USING btree ("grant_id");--> statement-breakpoint
CREATE INDEX "oauth_records_uid" ON "oauth_records" USING btree ("model","uid");--> statement-breakpoint
CREATE INDEX "oauth_records_user_code" ON "oauth_records" USING btree ("model","user_code");--> statement-breakpoint
CREATE INDEX "oauth_records_expiry" ON "oauth_records" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "replayed_tokens_expiry" ON "replayed_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "resident_events_of_person" ON "resident_events" USING btree ("person");--> statement-breakpoint
CREATE INDEX "residents_of_municipality" ON "residents" USING btree ("municipality");--> statement-breakpoint
CREATE UNIQUE INDEX "grants_aid" ON "grants" USING btree ("aid") WHERE "grants"."state" <> 'ENDED';--> statement-breakpoint
CREATE INDEX "grants_of_municipality" ON "grants" USING btree ("municipality");--> statement-breakpoint
CREATE UNIQUE INDEX "installations_on_card" ON "installations" USING btree ("grant","card") WHERE "installations"."state" in ('ORDERED', 'INSTALLED');--> statement-breakpoint
CREATE INDEX "installations_of_card" ON "installations" USING btree ("card");