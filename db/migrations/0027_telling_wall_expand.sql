-- A person whose act a partner is to be told of reaches that partner's webhooks while it does the act, and not before or after: their addresses are the partner's own.
alter policy reads on webhooks using (
  partner = acting('partner') or (acting('ministry') is not null and opened('partners')) or (acting('agency') is not null and opened('incident'))
  or (settling() and (select true from consents c where c.partner = webhooks.partner and c.person = any (opened_persons()) limit 1))
  or (acting('citizen') is not null and opened('telling') and (select true from account_links l where l.partner = webhooks.partner and l.person = acting('citizen') limit 1)));
