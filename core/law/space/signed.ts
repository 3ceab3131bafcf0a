/**
 * Decisions signed with the officer's own card, and bound to what was shown: the text that is signed holds every word of the
 * thing as it stands now and what the decision would touch. What changed since it was shown is another text, and its
 * signature no signature of this decision.
 *
 * The key is that of the authentication certificate: it names the holder and carries none of the four items, which are no
 * business of the employer.
 */
import { sha256Hex } from '../../pki/signer.ts'
import type { Officer } from '../actor.ts'
import { canonicalJson, type ActKind } from '../act.ts'
import type { BlastRadius } from './grant.ts'
import type { Grant, Hand } from './basis.ts'
import { fromHex } from '../ids.ts'
import { refuse, type Result } from '../refusal.ts'
import { after, minute, type Instant } from '../time.ts'
import { judge } from '../certificate/verification.ts'
import type { Uses } from '../world.ts'

export const signedActs = ['grant.approve', 'grant.suspend', 'grant.resume', 'grant.end', 'grant.repeal'] as const satisfies readonly ActKind[]
export type SignedAct = (typeof signedActs)[number]
/** Nobody waits for a card in an emergency. */
const mayGoUnsigned: readonly SignedAct[] = ['grant.suspend']

/** `demanded`: of every officer · `enrolled`: of every officer whose card is enrolled · `accepted`: of nobody. */
export type SigningRule = 'demanded' | 'enrolled' | 'accepted'

/** What an officer hands in with a decision. */
export interface SignedDecision { readonly document: string; readonly signature: Uint8Array; readonly certificate: Uint8Array }
/** What is kept of it. The digest stands in the leaf. */
export interface DecisionEvidence extends SignedDecision {
  /** SHA-256 over the document, a line feed and the signature; hex. */
  readonly digest: string
  readonly act: SignedAct
  readonly subject: string
  readonly officer: string
  readonly onBehalfOf: string | null
  readonly at: Instant
}

export const challengeMinutes = 10

export interface Decided { readonly act: SignedAct; readonly hand: Hand; readonly shown: object }
/** Canonical JSON: sorted keys, no blanks. `at` is in milliseconds since 1970. */
export const documentOf = ({ act, hand, shown }: Decided, at: Instant): string =>
  canonicalJson({ act, at, officer: hand.officer, office: hand.organisation, onBehalfOf: hand.onBehalfOf ?? null, shown, type: 'Mynagate decision v1' })

/** Every word of a grant, and what its end would touch. */
export const shownOf = ({ requestedAt: _, approvedBy, approvedFor, warned: _w, reserved: _r, suspendedFor, endedFor: _e, pending, ...grant }: Grant, reach: BlastRadius): object =>
  ({ ...grant, approvedBy, approvedFor, suspendedFor, pending: pending === null ? null : { act: pending.act, officer: pending.officer }, reach: { cards: reach.cards, installations: reach.installations } })

export interface DecisionChallenge { readonly document: string; readonly digest: Uint8Array; readonly validUntil: Instant; readonly demanded: boolean }
export async function challengeOf(world: Uses<'clock' | 'settings' | 'offices'>, officer: Officer, decided: Decided): Promise<DecisionChallenge> {
  const now = world.clock.now()
  const document = documentOf(decided, now)
  return { document, digest: digestOf(document), validUntil: after(now, challengeMinutes * minute), demanded: await isDemanded(world, officer, decided.act) }
}

const utf8 = new TextEncoder()
const digestOf = (document: string): Uint8Array => fromHex(sha256Hex(utf8.encode(document)))

async function isDemanded(world: Uses<'settings' | 'offices'>, { role, officer }: Officer, act: SignedAct): Promise<boolean> {
  if (mayGoUnsigned.includes(act)) return false
  const rule = world.settings.signedDecisions[role]
  return rule === 'demanded' || (rule === 'enrolled' && (await world.offices.cardOf(officer)) !== null)
}

export type ProofWorld = Uses<'clock' | 'settings' | 'offices' | 'authorities' | 'statuses' | 'certificates'>

/** Null where nothing was signed and nothing had to be. A signature that is handed in must hold, demanded or not. */
export async function proven(world: ProofWorld, officer: Officer, decided: Decided & { readonly subject: string }, signed: SignedDecision | null): Promise<Result<DecisionEvidence | null>> {
  if (signed === null) return (await isDemanded(world, officer, decided.act)) ? refuse('DECISION_NOT_SIGNED') : null
  const now = world.clock.now()
  const at = whenShown(signed.document)
  if (at === null || at > now || now - at > challengeMinutes * minute || documentOf(decided, at) !== signed.document) return refuse('DECISION_DIFFERS')
  const verdict = await judge(world, { certificate: signed.certificate, purpose: 'authentication', hash: 'sha256', digest: digestOf(signed.document), signature: signed.signature })
  if (!verdict.valid || verdict.record === null) {
    const failed = verdict.checks.find((check) => !check.passed)
    return refuse(failed?.name === 'signature' ? 'SIGNATURE_INVALID' : 'CERTIFICATE_NOT_VALID', { field: failed?.name ?? 'certificate' })
  }
  const card = await world.offices.cardOf(officer.officer)
  if (card === null || card.person !== verdict.record.person || card.office !== decided.hand.organisation) return refuse('NOT_OWN_CARD')
  const digest = sha256Hex(Uint8Array.from([...utf8.encode(`${signed.document}\n`), ...signed.signature])).toUpperCase()
  return { ...signed, digest, act: decided.act, subject: decided.subject, officer: officer.officer, onBehalfOf: decided.hand.onBehalfOf ?? null, at: now }
}

function whenShown(document: string): Instant | null {
  try {
    const { at } = JSON.parse(document) as { at?: unknown }
    return typeof at === 'number' && Number.isSafeInteger(at) ? (at as Instant) : null
  } catch {
    return null
  }
}
