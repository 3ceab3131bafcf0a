/**
 * A land of tenants: persons in municipalities of their own, each with a card, certificates of real signatures, consents in
 * every state, logins, areas and orders, and each with a partner of its own. Beside each stand those who are of the same
 * kind and have nothing to do with it. Every value of a tenant is one that nobody else has.
 */
import { scopes, type Actor, type Officer, type OfficerRole, type Scope } from '../../core/law/actor.ts'
import type { Card } from '../../core/law/card/card.ts'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import type { MunicipalityCode, PartnerId, PersonId } from '../../core/law/ids.ts'
import { signOrders } from '../../core/law/card/order.ts'
import { publishCheckpoint, sequence } from '../../core/law/record/audit.ts'
import { prefectureOf } from '../../core/law/person/bodies.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { signerNamed, testWorld, unhurried, type TestWorld } from '../harness/world.ts'
import { belongings, certified, consentStates, deliveredTo, officerId } from './belongings.ts'
import type { Party, Token } from './parties.ts'

/** What belongs to a tenant, by the name that documents know it by. */
export interface Tenant {
  readonly name: string
  readonly person: PersonId
  readonly municipality: MunicipalityCode
  readonly partner: PartnerId
  readonly certificate: CertificateRecord
  readonly card: Card
  /** 条例, request_uri of a consent that was started, id of the request of a release. */
  readonly words: Readonly<Record<'ordinance' | 'requestUri' | 'requestId', string>>
  readonly ids: Readonly<Record<string, string>>
}
/** A tenant with one of its consents, and who is who to it. */
export interface Standpoint { readonly state: string; readonly inForce: boolean; readonly tenant: Tenant; readonly actors: Readonly<Partial<Record<Party, Actor>>> }
export interface Land {
  readonly world: TestWorld
  readonly tenants: readonly [Tenant, Tenant]
  readonly standpoints: readonly [Standpoint, ...Standpoint[]]
  /** Who the parties are to the second tenant. */
  readonly mirrored: Readonly<Partial<Record<Party, Party>>>
  close(): Promise<void>
}

export const allScopes: ReadonlySet<Scope> = new Set(scopes)
const officer = (n: number, role: OfficerRole, municipality: MunicipalityCode | null, more: object = {}): Officer => ({ kind: 'officer', officer: officerId(n), role, municipality, scopes: allScopes, ...more })
const client = (partner: PartnerId): Actor => ({ kind: 'partner', partner, client: `${partner}-server`, scopes: allScopes })

/** The actor that a token makes: the party with those scopes. */
export function actorOf({ actors }: Standpoint, { party, scopes: held, strong }: Token, world: TestWorld): Actor {
  const actor = actors[party]!
  const token = { ...actor, scopes: held }
  return token.kind === 'citizen' ? { ...token, assurance: { identity: 'IAL3', authentication: strong ? 'AAL3' : 'AAL1', at: world.clock.now() } } : token
}

const clerks = { counter: 11, otherCounter: 12 } as const

export async function settle(): Promise<Land> {
  const world = await testWorld({ random: 'authz', settings: { access: { documents: 'any', budget: { capacity: 1_000_000_000, perSecond: 1_000_000 } }, pace: unhurried } })
  const { bank, platform, suspended } = seededPartnerIds
  const [a, b] = [await belongings(world, 'hanako', bank, clerks.counter), await belongings(world, 'leap', platform, clerks.otherCounter)]
  const guardian = world.persona('misaki')
  const guardianCard = await deliveredTo(world, guardian.person)
  const guardianCertificate = await certified(world, guardian.name, guardianCard, 'signature', {})
  const ward = await belongings(world, 'kenta', bank, clerks.counter, { person: guardian.person, certificate: guardianCertificate })
  const states = await consentStates(world, a, suspended)
  await signOrders(world, 10)
  await sequence(world)
  await publishCheckpoint({ ...world, checkpointSigner: signerNamed('card-orders'), checkpointStore: { put: async () => undefined } })

  const person = (of: PersonId): Actor => ({ kind: 'citizen', person: of, scopes: allScopes, assurance: { identity: 'IAL3', authentication: 'AAL3', at: world.clock.now() } })
  const around = {
    anonymous: { kind: 'anonymous', scopes: new Set<Scope>() } as Actor, otherCitizen: person(b.person),
    partner: client(bank), otherPartner: client(platform), suspendedPartner: client(suspended),
    counter: officer(clerks.counter, 'municipal', a.municipality), otherCounter: officer(clerks.otherCounter, 'municipal', b.municipality),
    prefecture: officer(15, 'prefectural', prefecture(a)), otherPrefecture: officer(17, 'prefectural', prefecture(b)),
    organ: officer(16, 'national', null, { organ: 'national-tax-agency' }), agency: officer(13, 'agency', null), ministry: officer(14, 'ministry', null),
  }
  const ofHanako = { ...around, holder: person(a.person) }
  const withConsent = (ids: Tenant['ids']): Tenant => ({ ...a, ids: { ...a.ids, ...ids } })
  return {
    world, tenants: [a, b],
    mirrored: { holder: 'otherCitizen', otherCitizen: 'holder', partner: 'otherPartner', otherPartner: 'partner', counter: 'otherCounter', otherCounter: 'counter', prefecture: 'otherPrefecture', otherPrefecture: 'prefecture' },
    standpoints: [
      { state: 'in force', inForce: true, tenant: a, actors: ofHanako },
      { state: 'given by the guardian', inForce: true, tenant: ward, actors: { ...around, holder: person(ward.person), guardian: person(guardian.person) } },
      { state: 'withdrawn', inForce: false, tenant: withConsent(states.withdrawn), actors: ofHanako },
      { state: 'run out', inForce: false, tenant: withConsent(states.over), actors: ofHanako },
      { state: 'ended with its purpose', inForce: false, tenant: withConsent(states.ended), actors: ofHanako },
      { state: 'partner suspended', inForce: false, tenant: { ...withConsent(states.suspended), partner: suspended }, actors: { ...ofHanako, partner: client(suspended), suspendedPartner: client(bank) } },
    ],
    close: () => world.close(),
  }
}

const prefecture = ({ municipality }: { readonly municipality: MunicipalityCode }): MunicipalityCode => prefectureOf(municipality)!
export const token = (party: Party, held: ReadonlySet<Scope> = allScopes, strong = true): Token => ({ party, scopes: party === 'anonymous' ? new Set() : held, strong })
