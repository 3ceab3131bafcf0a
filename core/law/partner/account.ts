/**
 * The link between a person and the account it has at a partner already: made by one login with the card, in which the partner
 * names the account and the card signs over its hash. The gateway keeps no name of an account; the partner gets no other name
 * of the person than its own. The person sees its links and ends them; the partner is told.
 *
 * @law 公的個人認証法 第38条
 */
import { asCitizen, type Actor } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import type { AccountLinkId, IdempotencyKey, LoginId, PartnerId, PersonId } from '../ids.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import type { Instant } from '../time.ts'
import type { Uses } from '../world.ts'

export interface AccountLink {
  readonly id: AccountLinkId
  readonly partner: PartnerId
  readonly person: PersonId
  /** SHA-256 over partner and account; null once the link has ended. */
  readonly account: Uint8Array | null
  /** The card login that made it. */
  readonly login: LoginId
  readonly linkedAt: Instant
  readonly state: 'LINKED' | 'ENDED_BY_PERSON' | 'ENDED_BY_PARTNER' | 'ENDED_WITH_PARTNER'
  readonly endedAt: Instant | null
}

export interface AccountLinks {
  load(id: AccountLinkId): Promise<AccountLink | null>
  /** The one that is not ended. */
  ofAccount(partner: PartnerId, account: Uint8Array): Promise<AccountLink | null>
  /** Newest first, ended ones too. */
  ofPerson(person: PersonId): Promise<AccountLink[]>
  /** LINKED → ended, the account forgotten; where the person ended it, the partner's webhooks are told in the same transaction. */
  end(act: Act, id: AccountLinkId, by: 'ENDED_BY_PERSON' | 'ENDED_BY_PARTNER', at: Instant): Promise<Result<void>>
}

/** As partners name accounts: 1–200 visible characters of ASCII, meaning nothing to the gateway. */
export const isAccountName = (text: string): boolean => /^[\x21-\x7e]{1,200}$/.test(text)

export const accountHash = (sha256: (text: string) => Uint8Array, partner: PartnerId, name: string): Uint8Array => sha256(`Mynagate account v1\n${partner}\n${name}`)

/** By the person, or by the partner whose account it is; what is neither's was not found. */
export async function unlinkAccount(world: Uses<'clock' | 'acts' | 'links'>, actor: Actor, input: { link: AccountLinkId; idempotencyKey: IdempotencyKey }): Promise<Result<AccountLink>> {
  const link = await world.links.load(input.link)
  const by = link === null ? null : endedBy(actor, link)
  if (link === null || by === null) return refuse('NOT_FOUND')
  const now = world.clock.now()
  const act = begin('link.end', actor, now, input)
  const load = async () => (await world.links.load(link.id)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    if (link.state !== 'LINKED') return refuse('WRONG_STATE', { state: link.state })
    const stored = await world.links.end({ ...act, subject: link.id, facts: { by } }, link.id, by, now)
    return isRefusal(stored) ? stored : load()
  })
}

function endedBy(actor: Actor, link: AccountLink): 'ENDED_BY_PERSON' | 'ENDED_BY_PARTNER' | null {
  if (actor.kind === 'citizen' && actor.scopes.has('me') && actor.person === link.person) return 'ENDED_BY_PERSON'
  return actor.kind === 'partner' && actor.scopes.has('login') && actor.partner === link.partner ? 'ENDED_BY_PARTNER' : null
}

export async function ownLinks(world: Uses<'links'>, actor: Actor): Promise<Result<AccountLink[]>> {
  const citizen = asCitizen(actor)
  return isRefusal(citizen) ? citizen : world.links.ofPerson(citizen.person)
}

/** Of the person who logged in, at the partner it logged in at: whoever may read the login may read them. */
export const linksOfLogin = async (world: Uses<'links'>, login: { readonly person: PersonId; readonly partner: PartnerId }): Promise<AccountLink[]> =>
  (await world.links.ofPerson(login.person)).filter((link) => link.partner === login.partner && link.state === 'LINKED')
