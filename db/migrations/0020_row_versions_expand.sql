CREATE TABLE "row_head" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"transaction" "xid8" NOT NULL,
	"version" bigint NOT NULL,
	CONSTRAINT "row_head_one" CHECK ("row_head"."one")
);
--> statement-breakpoint
CREATE TABLE "row_versions" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"transaction" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"of_table" text NOT NULL,
	"key" text NOT NULL,
	"digest" "bytea"
);
--> statement-breakpoint
CREATE INDEX "row_versions_order" ON "row_versions" USING btree ("transaction","id");
--> statement-breakpoint
CREATE FUNCTION "row_written"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE elder jsonb; newer jsonb;
BEGIN
  -- The arguments are the bound columns, the key first. What changes none of them is no version.
  IF tg_op <> 'INSERT' THEN SELECT jsonb_object_agg(c, to_jsonb(old) -> c) INTO elder FROM unnest(tg_argv) AS c; END IF;
  IF tg_op <> 'DELETE' THEN SELECT jsonb_object_agg(c, to_jsonb(new) -> c) INTO newer FROM unnest(tg_argv) AS c; END IF;
  IF elder IS NOT DISTINCT FROM newer THEN RETURN NULL; END IF;
  INSERT INTO row_versions (of_table, key, digest) VALUES (tg_table_name, coalesce(newer, elder) ->> tg_argv[0], sha256(convert_to(newer::text, 'UTF8')));
  RETURN NULL;
END $$;
--> statement-breakpoint
INSERT INTO "row_versions" ("of_table", "key", "digest") SELECT 'residents', t."person", sha256(convert_to(jsonb_build_object('person', to_jsonb(t) -> 'person', 'municipality', to_jsonb(t) -> 'municipality', 'state', to_jsonb(t) -> 'state', 'departure_to', to_jsonb(t) -> 'departure_to', 'departs_on', to_jsonb(t) -> 'departs_on', 'departs_from', to_jsonb(t) -> 'departs_from', 'departure_continues', to_jsonb(t) -> 'departure_continues', 'version', to_jsonb(t) -> 'version')::text, 'UTF8')) FROM "residents" t;
--> statement-breakpoint
CREATE TRIGGER "residents_written" AFTER INSERT OR UPDATE OR DELETE ON "residents" FOR EACH ROW EXECUTE FUNCTION row_written('person', 'municipality', 'state', 'departure_to', 'departs_on', 'departs_from', 'departure_continues', 'version');
--> statement-breakpoint
INSERT INTO "row_versions" ("of_table", "key", "digest") SELECT 'resident_events', t."id", sha256(convert_to(jsonb_build_object('id', to_jsonb(t) -> 'id', 'person', to_jsonb(t) -> 'person', 'kind', to_jsonb(t) -> 'kind', 'municipality', to_jsonb(t) -> 'municipality', 'occurred_on', to_jsonb(t) -> 'occurred_on', 'recorded_at', to_jsonb(t) -> 'recorded_at', 'planned_on', to_jsonb(t) -> 'planned_on', 'card_presented', to_jsonb(t) -> 'card_presented', 'continued_use', to_jsonb(t) -> 'continued_use', 'correction', to_jsonb(t) -> 'correction', 'lapsed', to_jsonb(t) -> 'lapsed')::text, 'UTF8')) FROM "resident_events" t;
--> statement-breakpoint
CREATE TRIGGER "resident_events_written" AFTER INSERT OR UPDATE OR DELETE ON "resident_events" FOR EACH ROW EXECUTE FUNCTION row_written('id', 'person', 'kind', 'municipality', 'occurred_on', 'recorded_at', 'planned_on', 'card_presented', 'continued_use', 'correction', 'lapsed');
--> statement-breakpoint
INSERT INTO "row_versions" ("of_table", "key", "digest") SELECT 'card_applications', t."id", sha256(convert_to(jsonb_build_object('id', to_jsonb(t) -> 'id', 'person', to_jsonb(t) -> 'person', 'municipality', to_jsonb(t) -> 'municipality', 'channel', to_jsonb(t) -> 'channel', 'state', to_jsonb(t) -> 'state', 'received_at', to_jsonb(t) -> 'received_at', 'card', to_jsonb(t) -> 'card', 'hand_over_officer', to_jsonb(t) -> 'hand_over_officer', 'hand_over_documents', to_jsonb(t) -> 'hand_over_documents', 'hand_over_pins', to_jsonb(t) -> 'hand_over_pins', 'hand_over_at', to_jsonb(t) -> 'hand_over_at', 'form', to_jsonb(t) -> 'form', 'special_ground', to_jsonb(t) -> 'special_ground', 'special_on', to_jsonb(t) -> 'special_on', 'photo', to_jsonb(t) -> 'photo', 'dropped_at', to_jsonb(t) -> 'dropped_at')::text, 'UTF8')) FROM "card_applications" t;
--> statement-breakpoint
CREATE TRIGGER "card_applications_written" AFTER INSERT OR UPDATE OR DELETE ON "card_applications" FOR EACH ROW EXECUTE FUNCTION row_written('id', 'person', 'municipality', 'channel', 'state', 'received_at', 'card', 'hand_over_officer', 'hand_over_documents', 'hand_over_pins', 'hand_over_at', 'form', 'special_ground', 'special_on', 'photo', 'dropped_at');
--> statement-breakpoint
INSERT INTO "row_versions" ("of_table", "key", "digest") SELECT 'cards', t."id", sha256(convert_to(jsonb_build_object('id', to_jsonb(t) -> 'id', 'person', to_jsonb(t) -> 'person', 'municipality', to_jsonb(t) -> 'municipality', 'state', to_jsonb(t) -> 'state', 'made_on', to_jsonb(t) -> 'made_on', 'expires_on', to_jsonb(t) -> 'expires_on', 'delivered_at', to_jsonb(t) -> 'delivered_at', 'end_ground', to_jsonb(t) -> 'end_ground', 'end_at', to_jsonb(t) -> 'end_at', 'attestation_key', to_jsonb(t) -> 'attestation_key')::text, 'UTF8')) FROM "cards" t;
--> statement-breakpoint
CREATE TRIGGER "cards_written" AFTER INSERT OR UPDATE OR DELETE ON "cards" FOR EACH ROW EXECUTE FUNCTION row_written('id', 'person', 'municipality', 'state', 'made_on', 'expires_on', 'delivered_at', 'end_ground', 'end_at', 'attestation_key');
--> statement-breakpoint
INSERT INTO "row_versions" ("of_table", "key", "digest") SELECT 'certificate_applications', t."id", sha256(convert_to(jsonb_build_object('id', to_jsonb(t) -> 'id', 'kind', to_jsonb(t) -> 'kind', 'person', to_jsonb(t) -> 'person', 'card', to_jsonb(t) -> 'card', 'municipality', to_jsonb(t) -> 'municipality', 'state', to_jsonb(t) -> 'state', 'applied_on', to_jsonb(t) -> 'applied_on', 'lapse_of_present', to_jsonb(t) -> 'lapse_of_present', 'confirmed_by', to_jsonb(t) -> 'confirmed_by', 'confirmed_at', to_jsonb(t) -> 'confirmed_at', 'public_key', to_jsonb(t) -> 'public_key', 'parent', to_jsonb(t) -> 'parent', 'refused_for', to_jsonb(t) -> 'refused_for')::text, 'UTF8')) FROM "certificate_applications" t;
--> statement-breakpoint
CREATE TRIGGER "certificate_applications_written" AFTER INSERT OR UPDATE OR DELETE ON "certificate_applications" FOR EACH ROW EXECUTE FUNCTION row_written('id', 'kind', 'person', 'card', 'municipality', 'state', 'applied_on', 'lapse_of_present', 'confirmed_by', 'confirmed_at', 'public_key', 'parent', 'refused_for');
--> statement-breakpoint
INSERT INTO "row_versions" ("of_table", "key", "digest") SELECT 'certificates', t."id", sha256(convert_to(jsonb_build_object('id', to_jsonb(t) -> 'id', 'application', to_jsonb(t) -> 'application', 'kind', to_jsonb(t) -> 'kind', 'person', to_jsonb(t) -> 'person', 'card', to_jsonb(t) -> 'card', 'issuer', to_jsonb(t) -> 'issuer', 'serial', to_jsonb(t) -> 'serial', 'state', to_jsonb(t) -> 'state', 'issued_at', to_jsonb(t) -> 'issued_at', 'completed_at', to_jsonb(t) -> 'completed_at', 'expires_on', to_jsonb(t) -> 'expires_on', 'delivered_at', to_jsonb(t) -> 'delivered_at', 'shard', to_jsonb(t) -> 'shard', 'parent', to_jsonb(t) -> 'parent', 'ground', to_jsonb(t) -> 'ground', 'reason', to_jsonb(t) -> 'reason', 'occurred_at', to_jsonb(t) -> 'occurred_at', 'recorded_at', to_jsonb(t) -> 'recorded_at', 'abandoned_at', to_jsonb(t) -> 'abandoned_at')::text, 'UTF8')) FROM "certificates" t;
--> statement-breakpoint
CREATE TRIGGER "certificates_written" AFTER INSERT OR UPDATE OR DELETE ON "certificates" FOR EACH ROW EXECUTE FUNCTION row_written('id', 'application', 'kind', 'person', 'card', 'issuer', 'serial', 'state', 'issued_at', 'completed_at', 'expires_on', 'delivered_at', 'shard', 'parent', 'ground', 'reason', 'occurred_at', 'recorded_at', 'abandoned_at');
--> statement-breakpoint
INSERT INTO "row_versions" ("of_table", "key", "digest") SELECT 'consents', t."id", sha256(convert_to(jsonb_build_object('id', to_jsonb(t) -> 'id', 'request', to_jsonb(t) -> 'request', 'partner', to_jsonb(t) -> 'partner', 'purpose', to_jsonb(t) -> 'purpose', 'person', to_jsonb(t) -> 'person', 'items', to_jsonb(t) -> 'items', 'given_at', to_jsonb(t) -> 'given_at', 'from', to_jsonb(t) -> 'from', 'until', to_jsonb(t) -> 'until', 'state', to_jsonb(t) -> 'state', 'withdrawn_at', to_jsonb(t) -> 'withdrawn_at', 'certificate', to_jsonb(t) -> 'certificate', 'document', to_jsonb(t) -> 'document', 'signature', to_jsonb(t) -> 'signature')::text, 'UTF8')) FROM "consents" t;
--> statement-breakpoint
CREATE TRIGGER "consents_written" AFTER INSERT OR UPDATE OR DELETE ON "consents" FOR EACH ROW EXECUTE FUNCTION row_written('id', 'request', 'partner', 'purpose', 'person', 'items', 'given_at', 'from', 'until', 'state', 'withdrawn_at', 'certificate', 'document', 'signature');
--> statement-breakpoint
INSERT INTO "row_versions" ("of_table", "key", "digest") SELECT 'access_log', t."id", sha256(convert_to(jsonb_build_object('id', to_jsonb(t) -> 'id', 'at', to_jsonb(t) -> 'at', 'partner', to_jsonb(t) -> 'partner', 'consent', to_jsonb(t) -> 'consent', 'purpose', to_jsonb(t) -> 'purpose', 'person', to_jsonb(t) -> 'person', 'items', to_jsonb(t) -> 'items', 'outcome', to_jsonb(t) -> 'outcome')::text, 'UTF8')) FROM "access_log" t;
--> statement-breakpoint
CREATE TRIGGER "access_log_written" AFTER INSERT OR UPDATE OR DELETE ON "access_log" FOR EACH ROW EXECUTE FUNCTION row_written('id', 'at', 'partner', 'consent', 'purpose', 'person', 'items', 'outcome');
--> statement-breakpoint
INSERT INTO "row_versions" ("of_table", "key", "digest") SELECT 'grants', t."id", sha256(convert_to(jsonb_build_object('id', to_jsonb(t) -> 'id', 'municipality', to_jsonb(t) -> 'municipality', 'partner', to_jsonb(t) -> 'partner', 'operator', to_jsonb(t) -> 'operator', 'basis', to_jsonb(t) -> 'basis', 'population', to_jsonb(t) -> 'population', 'purpose', to_jsonb(t) -> 'purpose', 'label', to_jsonb(t) -> 'label', 'aid', to_jsonb(t) -> 'aid', 'quota_code', to_jsonb(t) -> 'quota_code', 'quota_data', to_jsonb(t) -> 'quota_data', 'quota_volatile', to_jsonb(t) -> 'quota_volatile', 'evidence', to_jsonb(t) -> 'evidence', 'valid_from', to_jsonb(t) -> 'valid_from', 'valid_until', to_jsonb(t) -> 'valid_until', 'state', to_jsonb(t) -> 'state', 'requested_by', to_jsonb(t) -> 'requested_by', 'requested_for', to_jsonb(t) -> 'requested_for', 'requested_at', to_jsonb(t) -> 'requested_at', 'approved_by', to_jsonb(t) -> 'approved_by', 'approved_for', to_jsonb(t) -> 'approved_for', 'pending', to_jsonb(t) -> 'pending', 'suspended_for', to_jsonb(t) -> 'suspended_for', 'ended_for', to_jsonb(t) -> 'ended_for', 'version', to_jsonb(t) -> 'version')::text, 'UTF8')) FROM "grants" t;
--> statement-breakpoint
CREATE TRIGGER "grants_written" AFTER INSERT OR UPDATE OR DELETE ON "grants" FOR EACH ROW EXECUTE FUNCTION row_written('id', 'municipality', 'partner', 'operator', 'basis', 'population', 'purpose', 'label', 'aid', 'quota_code', 'quota_data', 'quota_volatile', 'evidence', 'valid_from', 'valid_until', 'state', 'requested_by', 'requested_for', 'requested_at', 'approved_by', 'approved_for', 'pending', 'suspended_for', 'ended_for', 'version');
--> statement-breakpoint
INSERT INTO "row_versions" ("of_table", "key", "digest") SELECT 'installations', t."id", sha256(convert_to(jsonb_build_object('id', to_jsonb(t) -> 'id', 'grant', to_jsonb(t) -> 'grant', 'card', to_jsonb(t) -> 'card', 'state', to_jsonb(t) -> 'state', 'order', to_jsonb(t) -> 'order', 'quota_code', to_jsonb(t) -> 'quota_code', 'quota_data', to_jsonb(t) -> 'quota_data', 'quota_volatile', to_jsonb(t) -> 'quota_volatile')::text, 'UTF8')) FROM "installations" t;
--> statement-breakpoint
CREATE TRIGGER "installations_written" AFTER INSERT OR UPDATE OR DELETE ON "installations" FOR EACH ROW EXECUTE FUNCTION row_written('id', 'grant', 'card', 'state', 'order', 'quota_code', 'quota_data', 'quota_volatile');
--> statement-breakpoint
INSERT INTO "row_versions" ("of_table", "key", "digest") SELECT 'officer_cards', t."id", sha256(convert_to(jsonb_build_object('id', to_jsonb(t) -> 'id', 'officer', to_jsonb(t) -> 'officer', 'office', to_jsonb(t) -> 'office', 'person', to_jsonb(t) -> 'person', 'state', to_jsonb(t) -> 'state', 'proposed_by', to_jsonb(t) -> 'proposed_by', 'proposed_at', to_jsonb(t) -> 'proposed_at', 'confirmed_by', to_jsonb(t) -> 'confirmed_by', 'ended_at', to_jsonb(t) -> 'ended_at')::text, 'UTF8')) FROM "officer_cards" t;
--> statement-breakpoint
CREATE TRIGGER "officer_cards_written" AFTER INSERT OR UPDATE OR DELETE ON "officer_cards" FOR EACH ROW EXECUTE FUNCTION row_written('id', 'officer', 'office', 'person', 'state', 'proposed_by', 'proposed_at', 'confirmed_by', 'ended_at');
--> statement-breakpoint
INSERT INTO "row_versions" ("of_table", "key", "digest") SELECT 'delegations', t."id", sha256(convert_to(jsonb_build_object('id', to_jsonb(t) -> 'id', 'from_officer', to_jsonb(t) -> 'from_officer', 'to_officer', to_jsonb(t) -> 'to_officer', 'office', to_jsonb(t) -> 'office', 'kind', to_jsonb(t) -> 'kind', 'acts', to_jsonb(t) -> 'acts', 'scopes', to_jsonb(t) -> 'scopes', 'valid_from', to_jsonb(t) -> 'valid_from', 'valid_until', to_jsonb(t) -> 'valid_until', 'made_at', to_jsonb(t) -> 'made_at', 'ended_at', to_jsonb(t) -> 'ended_at')::text, 'UTF8')) FROM "delegations" t;
--> statement-breakpoint
CREATE TRIGGER "delegations_written" AFTER INSERT OR UPDATE OR DELETE ON "delegations" FOR EACH ROW EXECUTE FUNCTION row_written('id', 'from_officer', 'to_officer', 'office', 'kind', 'acts', 'scopes', 'valid_from', 'valid_until', 'made_at', 'ended_at');
