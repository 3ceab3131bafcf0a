-- A withdrawal that the agency hands on names a consent, and that one alone is opened to it (`upstream:`).
alter policy reads on consents using (
  acting('citizen') in (person, representative) or partner = acting('partner') or opened('person:' || person)
  or (acting('ministry') is not null and opened('partners')) or (acting('agency') is not null and (opened('incident') or opened('upstream:' || id)))
  or (acting('partner') is not null and opened('tried:' || id)));
--> statement-breakpoint
alter policy changes on consents
  using (acting('citizen') in (person, representative) or partner = acting('partner') or (acting('ministry') is not null and opened('partners')) or (acting('agency') is not null and opened('upstream:' || id)))
  with check (acting('citizen') in (person, representative) or partner = acting('partner') or (acting('ministry') is not null and opened('partners')) or (acting('agency') is not null and opened('upstream:' || id)));
