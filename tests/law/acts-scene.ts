/** Every act that is done once: what it looks at first, and by what its thing is loaded again. Ports answer what they are told to, in turn, and nothing after that. */
import type { ActKind } from '../../core/law/act.ts'
import { scopes, type Actor } from '../../core/law/actor.ts'
import { printApplicationForm } from '../../core/law/card/application.ts'
import { applyForCard, startProduction, withdrawCardApplication } from '../../core/law/card/card.ts'
import { addCardNote, reportCardLost, resumeCard, returnCard, suspendCard } from '../../core/law/card/holding.ts'
import { completeOrder, requestCardOrder } from '../../core/law/card/order.ts'
import { orderPinReset, startPinReset } from '../../core/law/card/pin-reset.ts'
import { applyForSmartphone, withdrawSmartphoneApplication } from '../../core/law/card/smartphone.ts'
import { applyForCertificate, deliverCertificate, notifyAgency, withdrawCertificateApplication } from '../../core/law/certificate/issuance.ts'
import { revoke } from '../../core/law/certificate/revocation.ts'
import { giveConsent, withdrawConsent } from '../../core/law/consent/consent.ts'
import { receiveWithdrawal } from '../../core/law/consent/forwarding.ts'
import { recordRepresentation } from '../../core/law/consent/guardian.ts'
import { endPurpose, registerPurpose, requestConsent } from '../../core/law/consent/purpose.ts'
import { declineConsent, startConsent } from '../../core/law/consent/start.ts'
import { municipalityCode, newId } from '../../core/law/ids.ts'
import { unlinkAccount } from '../../core/law/partner/account.ts'
import { concludeAgreement, reportDelegation } from '../../core/law/partner/agreement.ts'
import { createChallenge } from '../../core/law/partner/login.ts'
import { offerPasskey, removePasskey } from '../../core/law/partner/passkey.ts'
import { accreditPartner, endPartner, resumePartner, suspendPartner } from '../../core/law/partner/standing.ts'
import { registerWebhook, removeWebhook, resendDelivery, rotateWebhookSecret } from '../../core/law/partner/webhook.ts'
import { enterResident } from '../../core/law/person/entry.ts'
import { readMyNumber } from '../../core/law/person/my-number.ts'
import { recordPersonName } from '../../core/law/person/name.ts'
import { recordResidentEvent } from '../../core/law/person/resident.ts'
import { isRefusal, refuse } from '../../core/law/refusal.ts'
import { approveGrant } from '../../core/law/space/decision.ts'
import { requestGrant } from '../../core/law/space/grant.ts'
import { confirmOfficerCard, delegate, endDelegation, endOfficerCard, proposeOfficerCard } from '../../core/law/space/office.ts'
import { confirmInstallation, orderArea, orderInstallation } from '../../core/law/space/slot.ts'
import { addDays, dayOf } from '../../core/law/time.ts'
import type { World } from '../../core/law/world.ts'
import { defaultSettings } from '../../functions/environment/settings.ts'
import { defaultNow as now, testRandom } from '../harness/world.ts'
import { resident } from './card-scene.ts'

const random = testRandom('acts')
export const town = municipalityCode('132217')
export const { person } = resident
export const bank = newId('partner', now, random)
const held = new Set(scopes)
export const me: Actor = { kind: 'citizen', person, scopes: held }
export const shop: Actor = { kind: 'partner', partner: bank, client: 'app', scopes: held }
const officer = (role: 'municipal' | 'agency' | 'ministry'): Actor => ({ kind: 'officer', officer: newId('officer', now, testRandom(role)), role, municipality: role === 'municipal' ? town : null, scopes: held })
export const [counter, agency, ministry] = [officer('municipal'), officer('agency'), officer('ministry')]

export const card = { id: 'crd_1', person, municipality: town, state: 'ACTIVE', expiresOn: addDays(dayOf(now), 100) }
const application = { id: 'cap_1', person, municipality: town, card: 'crd_1' }
const certificate = { id: 'xap_1', person, municipality: town, kind: 'signature', smartphone: null }
const inPhone = { ...certificate, kind: 'smartphone-signature', smartphone: {} }
const [webhookId, deliveryId] = [newId('webhook', now, random), newId('delivery', now, random)]
const webhook = { id: webhookId, partner: bank, state: 'ACTIVE', sealed: 'sealed' }
const standing = { id: bank, state: 'ACTIVE', standings: [{ role: 'authentication-verifier', from: '2000-01-01', until: '2099-12-31', endedAt: null, uses: null }, { role: 'signature-verifier', from: '2000-01-01', until: '2099-12-31', endedAt: null, uses: null }], suspendedAt: null, platform: null, agreement: {} }
const purpose = { id: 'pur_1', partner: bank }
const request = { id: 'crq_1', purpose: 'pur_1', partner: bank, replaces: null }
const consent = { id: 'cns_1', partner: bank, person, state: 'IN_FORCE' }
const grant = { id: 'grt_1', municipality: town, population: { kind: 'cards' } }
const installation = { id: 'ins_1', grant: 'grt_1', card: 'crd_1' }
const order = { id: 'cor_1', card: 'crd_1', municipality: town }
const officerCard = { id: 'ofc_1', officer: 'another', office: 'agency' }
const delegation = { id: 'dlg_1', from: 'a', to: 'b', office: 'agency' }

/** What each port's method answers the first time, the second and so on; null after that. An error is thrown. */
export type Found = Readonly<Record<string, readonly unknown[]>>
export const done = { subject: 'the subject', same: true }

export function worldWith(found: Found, earlier: object | null): { readonly world: World; readonly called: Map<string, unknown[][]> } {
  const called = new Map<string, unknown[][]>()
  const plain: Record<string, unknown> = {
    clock: { now: () => now }, random, settings: defaultSettings, acts: { find: async (act: unknown) => { called.set('acts.find', [...(called.get('acts.find') ?? []), [act]]); return earlier } }, vault: { open: async () => 'secret' },
  }
  const world = new Proxy(plain, {
    get: (_, port: string) => plain[port] ?? new Proxy({}, {
      get: (__, method: string) => async (...args: unknown[]) => {
        const name = `${port}.${method}`
        const calls = called.get(name) ?? []
        called.set(name, [...calls, args])
        const answer = found[name]?.[calls.length] ?? null
        if (answer instanceof Error) throw answer
        return answer
      },
    }),
  })
  return { world: world as unknown as World, called }
}

/** `by` what the thing is loaded; `first`: what is looked at before it is seen that this was done already. */
export interface Deed { readonly kind: ActKind; readonly ask: (world: World, by?: Actor) => Promise<unknown>; readonly by: string; readonly thing: unknown; readonly first?: Found; readonly answer?: unknown }
export const idempotencyKey = 'the same key' as never
export const it = (over: object): never => ({ ...over, idempotencyKey }) as never
/** What came of it: the code of a refusal with what a client can branch on. */
export function word(result: unknown): string {
  if (!isRefusal(result)) return 'GO'
  return [result.code, result.field ?? result.state].filter(Boolean).join(' ')
}
const sha = (): Uint8Array => new Uint8Array(32)

export const deeds: Readonly<Record<string, Deed>> = {
  'a resident’s event': { kind: 'resident.record', ask: (w, by = counter) => recordResidentEvent(w, by, it({ person, kind: 'death', occurredOn: dayOf(now) })), by: 'residents.loadEvent', thing: { event: {} } },
  'an entry': { kind: 'resident.enter', ask: (w, by = counter) => enterResident(w, by, it({ kind: 'birth', occurredOn: dayOf(now), items: { birthDate: dayOf(now) }, nationality: 'japanese', stayUntil: null })), by: 'residents.loadEvent', thing: { event: {} } },
  'a name': { kind: 'resident.name', ask: (w, by = counter) => recordPersonName(w, by, it({ person })), by: 'residents.load', thing: resident, first: { 'residents.load': [resident] } },
  'a reading of the number': { kind: 'my-number.read', ask: (w, by = counter) => readMyNumber(w, by, it({ card: 'crd_1', use: 'tax', outcome: 'READ' })), by: 'myNumberReadings.load', thing: { result: 'READ' } },
  'a reading that was refused': { kind: 'my-number.read', ask: (w, by = counter) => readMyNumber(w, by, it({ card: 'crd_1', use: 'tax', outcome: 'READ' })), by: 'myNumberReadings.load', thing: { result: 'CARD_NOT_USABLE' }, answer: refuse('CARD_NOT_USABLE') },
  'a printed form': { kind: 'card.print-form', ask: (w, by = counter) => printApplicationForm(w, by, it({ person })), by: 'cardApplications.form', thing: { id: 'form' }, first: { 'residents.load': [resident] } },
  'an application for a card': { kind: 'card.apply', ask: (w, by = me) => applyForCard(w, by, it({ person, channel: 'web' })), by: 'cardApplications.load', thing: application, first: { 'residents.load': [resident] } },
  'a withdrawn one': { kind: 'card.withdraw', ask: (w, by = me) => withdrawCardApplication(w, by, it({ application: 'cap_1' })), by: 'cardApplications.load', thing: application, first: { 'cardApplications.load': [application] } },
  production: { kind: 'card.produce', ask: (w, by = agency) => startProduction(w, by, it({ application: 'cap_1' })), by: 'cards.load', thing: card, first: { 'cardApplications.load': [application] }, answer: { application, card } },
  'a note on a card': { kind: 'card.note', ask: (w, by = counter) => addCardNote(w, by, it({ card: 'crd_1', text: '見本' })), by: 'cards.load', thing: card, first: { 'cards.load': [card], 'cardNotes.of': [[]] }, answer: { card, notes: [], left: defaultSettings.noteLines } },
  'a suspension': { kind: 'card.suspend', ask: (w, by = me) => suspendCard(w, by, it({ card: 'crd_1' })), by: 'cards.load', thing: card, first: { 'cards.load': [card] } },
  'its end': { kind: 'card.resume', ask: (w, by = counter) => resumeCard(w, by, it({ card: 'crd_1', documents: ['passport'] })), by: 'cards.load', thing: card, first: { 'cards.load': [card] } },
  'a card given back': { kind: 'card.return', ask: (w, by = counter) => returnCard(w, by, it({ card: 'crd_1' })), by: 'cards.load', thing: card, first: { 'cards.load': [card] } },
  'a card reported lost': { kind: 'card.abolish', ask: (w, by = me) => reportCardLost(w, by, it({ card: 'crd_1' })), by: 'cards.load', thing: card, first: { 'cards.load': [card] } },
  'an order to a card': { kind: 'order.request', ask: (w, by = counter) => requestCardOrder(w, by, it({ card: 'crd_1', operation: { kind: 'UNBLOCK', pin: 'signature' } })), by: 'orders.load', thing: order, first: { 'cards.load': [card] } },
  'a receipt of one': { kind: 'order.complete', ask: (w, by = counter) => completeOrder(w, by, it({ order: 'cor_1', receipt: new Uint8Array(1) })), by: 'orders.load', thing: order, first: { 'orders.load': [order], 'cards.load': [card] } },
  'a reset at a kiosk': { kind: 'pin-reset.start', ask: (w, by = me) => startPinReset(w, by, it({ card: 'crd_1', pin: 'signature' })), by: 'pinResets.load', thing: { id: 'prs_1', person } },
  'its order': { kind: 'pin-reset.order', ask: (w, by = agency) => orderPinReset(w, by, it({ reset: 'prs_1', cardNumber: '1' })), by: 'orders.load', thing: order },
  'an application for a certificate': { kind: 'certificate.apply', ask: (w, by = counter) => applyForCertificate(w, by, it({ card: 'crd_1', kind: 'signature' })), by: 'issuances.load', thing: certificate, first: { 'cards.load': [card] } },
  'word of it to the agency': { kind: 'certificate.notify', ask: (w, by = counter) => notifyAgency(w, by, it({ application: 'xap_1' })), by: 'issuances.load', thing: certificate, first: { 'issuances.load': [certificate] } },
  'its withdrawal': { kind: 'certificate.abandon', ask: (w, by = counter) => withdrawCertificateApplication(w, by, it({ application: 'xap_1' })), by: 'issuances.load', thing: certificate, first: { 'issuances.load': [certificate, certificate] } },
  'its delivery': { kind: 'certificate.deliver', ask: (w, by = counter) => deliverCertificate(w, by, it({ application: 'xap_1' })), by: 'issuances.load', thing: certificate, first: { 'issuances.load': [certificate] } },
  'an application for a phone': { kind: 'certificate.apply', ask: (w, by = me) => applyForSmartphone(w, by, it({ kind: 'smartphone-signature', signature: new Uint8Array(1) }), sha), by: 'issuances.load', thing: inPhone },
  'its end by the holder': { kind: 'certificate.abandon', ask: (w, by = me) => withdrawSmartphoneApplication(w, by, it({ application: 'xap_1' })), by: 'issuances.load', thing: inPhone, first: { 'issuances.load': [inPhone] } },
  'a lapse': { kind: 'certificate.revoke', ask: (w, by = me) => revoke(w, by, it({ certificate: 'crt_1', ground: 'holder-request', occurredAt: null })), by: 'certificates.load', thing: { id: 'crt_1', person, shard: town, kind: 'signature' }, first: { 'certificates.load': [{ id: 'crt_1', person, shard: town, kind: 'signature' }] } },
  'a purpose': { kind: 'purpose.register', ask: (w, by = shop) => registerPurpose(w, by, it({ name: 'x' })), by: 'consents.loadPurpose', thing: purpose, first: { 'partners.load': [standing] } },
  'its end by the partner': { kind: 'purpose.end', ask: (w, by = shop) => endPurpose(w, by, it({ purpose: 'pur_1', consents: 0 })), by: 'consents.loadPurpose', thing: purpose, first: { 'consents.loadPurpose': [purpose] } },
  'a request for a consent': { kind: 'consent.request', ask: (w, by = shop) => requestConsent(w, by, it({ purpose: 'pur_1' })), by: 'consents.loadRequest', thing: request, first: { 'partners.load': [standing], 'consents.loadPurpose': [purpose] } },
  'the start of one': { kind: 'consent.start', ask: (w, by = shop) => startConsent(w, by, it({ request: 'crq_1', returnTo: 'https://x', state: 's' })), by: 'consentStarts.ofRequest', thing: { request: 'crq_1' }, first: { 'consents.loadRequest': [request], 'consents.loadPurpose': [purpose], 'partners.load': [standing] } },
  'a no to one': { kind: 'consent.decline', ask: (w, by = me) => declineConsent(w, by, it({ request: 'crq_1' })), by: 'consents.loadRequest', thing: request, first: { 'consents.loadRequest': [request], 'consents.loadPurpose': [purpose], 'partners.load': [standing] } },
  'a consent': { kind: 'consent.give', ask: (w, by = me) => giveConsent(w, by, it({ request: 'crq_1', items: ['name'], chosenUntil: null }), sha), by: 'consents.load', thing: consent },
  'its withdrawal by the person': { kind: 'consent.withdraw', ask: (w, by = me) => withdrawConsent(w, by, it({ consent: 'cns_1' })), by: 'consents.load', thing: consent, first: { 'consents.load': [consent] } },
  'a withdrawal from elsewhere': { kind: 'consent.receive-withdrawal', ask: (w, by = agency) => receiveWithdrawal(w, by, it({ consent: 'cns_1', origin: 'x' })), by: 'consents.handedOn', thing: consent },
  'a representation': { kind: 'representation.record', ask: (w, by = counter) => recordRepresentation(w, by, it({ person, representative: 'psn_2', kind: 'parental-authority' })), by: 'representations.of', thing: [{ representative: 'psn_2' }], first: { 'residents.load': [resident], 'representations.of': [] }, answer: { representative: 'psn_2' } },
  'a link that was ended': { kind: 'link.end', ask: (w, by = me) => unlinkAccount(w, by, it({ link: 'lnk_1' })), by: 'links.load', thing: { id: 'lnk_1', person, partner: bank }, first: { 'links.load': [{ id: 'lnk_1', person, partner: bank }] } },
  'an accreditation': { kind: 'partner.accredit', ask: (w, by = ministry) => accreditPartner(w, by, it({ partner: bank })), by: 'partners.load', thing: standing },
  'a suspended partner': { kind: 'partner.suspend', ask: (w, by = ministry) => suspendPartner(w, by, it({ partner: bank })), by: 'partners.load', thing: standing },
  'a resumed one': { kind: 'partner.resume', ask: (w, by = ministry) => resumePartner(w, by, it({ partner: bank })), by: 'partners.load', thing: standing },
  'one that was ended': { kind: 'partner.end', ask: (w, by = ministry) => endPartner(w, by, it({ partner: bank, consents: 0 })), by: 'partners.load', thing: standing },
  'an agreement': { kind: 'partner.agree', ask: (w, by = agency) => concludeAgreement(w, by, it({ partner: bank })), by: 'partners.load', thing: standing },
  'a reported delegation': { kind: 'partner.report', ask: (w, by = shop) => reportDelegation(w, by, it({ service: bank })), by: 'partners.load', thing: standing },
  'a webhook': { kind: 'webhook.register', ask: (w, by = shop) => registerWebhook(w, by, it({ url: 'https://x', events: [] })), by: 'webhooks.load', thing: webhook, answer: { webhook, secret: 'secret' } },
  'a webhook that ended meanwhile': { kind: 'webhook.register', ask: (w, by = shop) => registerWebhook(w, by, it({ url: 'https://x', events: [] })), by: 'webhooks.load', thing: { ...webhook, state: 'REMOVED' }, answer: refuse('WRONG_STATE', { state: 'REMOVED' }) },
  'its next secret': { kind: 'webhook.rotate', ask: (w, by = shop) => rotateWebhookSecret(w, by, it({ webhook: webhookId })), by: 'webhooks.load', thing: webhook, first: { 'webhooks.load': [webhook] }, answer: { webhook, secret: 'secret' } },
  'its removal': { kind: 'webhook.remove', ask: (w, by = shop) => removeWebhook(w, by, it({ webhook: webhookId })), by: 'webhooks.load', thing: webhook, first: { 'webhooks.load': [webhook] } },
  'a delivery sent again': { kind: 'webhook.resend', ask: (w, by = shop) => resendDelivery(w, by, it({ delivery: deliveryId })), by: 'webhooks.loadDelivery', thing: { id: deliveryId, webhook: webhookId }, first: { 'webhooks.loadDelivery': [{ id: deliveryId, webhook: webhookId }], 'webhooks.load': [webhook] } },
  'an offered passkey': { kind: 'passkey.offer', ask: (w, by = shop) => offerPasskey(w, by, it({ login: 'lgn_1', origin: 'https://x' })), by: 'passkeys.loadEnrolment', thing: { id: 'enr_1' }, first: { 'partners.load': [standing] } },
  'a passkey taken away': { kind: 'passkey.remove', ask: (w, by = me) => removePasskey(w, by, it({ passkey: 'pky_1' })), by: 'passkeys.load', thing: { id: 'pky_1', person }, first: { 'passkeys.load': [{ id: 'pky_1', person }] } },
  'a challenge': { kind: 'login.challenge', ask: (w, by = shop) => createChallenge(w, by, it({ origin: 'https://x' }), sha), by: 'challenges.load', thing: { id: 'chl_1' }, first: { 'partners.load': [standing] } },
  'a requested area': { kind: 'grant.request', ask: (w, by = counter) => requestGrant(w, by, it({ aid: 'A0' })), by: 'grants.load', thing: grant },
  'a decision on it': { kind: 'grant.approve', ask: (w, by = agency) => approveGrant(w, by, it({ grant: 'grt_1' })), by: 'grants.load', thing: grant, first: { 'grants.load': [grant] } },
  'its installation': { kind: 'area.install', ask: (w, by = counter) => orderInstallation(w, by, it({ grant: 'grt_1', card: 'crd_1' })), by: 'installations.load', thing: installation, first: { 'grants.load': [grant] } },
  'another order to it': { kind: 'area.lock', ask: (w, by = counter) => orderArea(w, by, it({ installation: 'ins_1', what: 'lock' })), by: 'installations.load', thing: installation, first: { 'installations.load': [installation], 'grants.load': [grant], 'cards.load': [card] } },
  'its receipt': { kind: 'area.confirm', ask: (w, by = counter) => confirmInstallation(w, by, it({ installation: 'ins_1', receipt: new Uint8Array(1) })), by: 'installations.load', thing: installation, first: { 'installations.load': [installation], 'grants.load': [grant], 'cards.load': [card] } },
  'an officer’s card': { kind: 'officer.propose', ask: (w, by = agency) => proposeOfficerCard(w, by, it({ officer: 'another', person })), by: 'offices.loadCard', thing: officerCard },
  'its second officer': { kind: 'officer.confirm', ask: (w, by = agency) => confirmOfficerCard(w, by, it({ card: 'ofc_1' })), by: 'offices.loadCard', thing: officerCard },
  'its end in the office': { kind: 'officer.end', ask: (w, by = agency) => endOfficerCard(w, by, it({ card: 'ofc_1' })), by: 'offices.loadCard', thing: officerCard, first: { 'offices.loadCard': [officerCard] } },
  'a delegation': { kind: 'delegation.give', ask: (w, by = agency) => delegate(w, by, it({ to: 'b', kind: 'standing', acts: [], validFrom: null, validUntil: now })), by: 'offices.loadDelegation', thing: delegation },
  'the end of one': { kind: 'delegation.end', ask: (w, by = agency) => endDelegation(w, by, it({ delegation: 'dlg_1' })), by: 'offices.loadDelegation', thing: delegation, first: { 'offices.loadDelegation': [delegation] } },
}
