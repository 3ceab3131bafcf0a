/**
 * The administrators: an officer's own card, enrolled by two; a decision signed with it and bound to what was shown; a deputy
 * who decides in an officer's stead and never both makes and checks; a prefecture's own area.
 */
import { verify, X509Certificate } from 'node:crypto'
import { sandboxCard } from '../../client/card.ts'
import type { Areas } from './area.ts'
import type { Gateway } from '../../client/gateway.ts'
import { b64, isRefused, must, pins, refusedWith, sha256, signed, tell, unb64, type Answered, type Scene } from './scene.ts'
import type { Teller } from './teller.ts'

interface Challenge { readonly document: string; readonly digest: string; readonly demanded: boolean }
const challengeQuery = 'query ($act: SignedAct!, $target: DecisionTarget!) { decisionChallenge(act: $act, target: $target) { __typename ... on DecisionChallenge { document digest demanded } ... on Refused { code message foundState field } } }'
async function challenge(who: Gateway, act: string, grant: string): Promise<Challenge> {
  const { data } = await who.query<{ decisionChallenge: Answered<Challenge> }>(challengeQuery, { act, target: { grant } })
  if (isRefused(data.decisionChallenge)) throw new Error(`decisionChallenge was refused: ${data.decisionChallenge.code}`)
  return data.decisionChallenge
}
const office = async (who: Gateway): Promise<{ officer: string; name: string }> => (await who.query<{ office: { officer: string; name: string } }>('{ office { officer name } }')).data.office

export async function officeActs(scene: Scene, areas: Areas, story: Teller): Promise<void> {
  const { agency, agency2, agency3, deputy, ministry, prefecture } = scene
  const grant = areas.club.grant
  const card = await sandboxCard('gaiji', { url: scene.url })
  const person = (await scene.as('gaiji').query<{ me: { resident: { id: string } } }>('{ me { resident { id } } }')).data.me.resident.id
  const signedWith = async (document: string) => ({ document, signature: b64(signed(await card.authenticate(pins.authentication, sha256(document)))), certificate: b64(await card.authenticationCertificate()) })

  await story.act('An officer’s own card is enrolled, by two others of the office', 'four eyes', async (check) => {
    const { officer } = await office(agency)
    await refusedWith(check, 'the own card, by oneself', 'FOUR_EYES', tell(agency, 'proposeOfficerCard', { officer, person }, 'OfficerCard', 'id'))
    const proposed = await must<{ id: string }>(agency2, 'proposeOfficerCard', { officer, person }, 'OfficerCard', 'id')
    await refusedWith(check, 'confirmed by who proposed it', 'FOUR_EYES', tell(agency2, 'confirmOfficerCard', { card: proposed.id }, 'OfficerCard', 'id'))
    const { data } = await agency3.query<{ inbox: { nodes: { kind: string; card: { id: string } | null }[] } }>('{ inbox(first: 50) { nodes { kind card { id } } } }')
    check('it waits in a colleague’s inbox', data.inbox.nodes.some((item) => item.kind === 'OFFICER_CARD' && item.card?.id === proposed.id), data)
    const enrolled = await must<{ state: string }>(agency3, 'confirmOfficerCard', { card: proposed.id }, 'OfficerCard', 'state')
    check('enrolled', enrolled.state === 'ENROLLED', enrolled)
  })

  await story.act('A decision is signed with the own card, and holds for what was shown', 'four eyes · 公的個人認証法 第38条', async (check) => {
    await must(ministry, 'suspendGrant', { grant }, 'Grant', 'state')
    await must(ministry, 'resumeGrant', { grant }, 'Grant', 'state')
    await refusedWith(check, 'the second decision without a signature', 'DECISION_NOT_SIGNED', tell(agency, 'resumeGrant', { grant }, 'Grant', 'id'))
    const shown = await challenge(agency, 'GRANT_RESUME', grant)
    check('what is signed names the area and whose decision it is', shown.demanded && shown.document.includes(areas.club.aid) && shown.document.includes('grant.resume'), shown)
    const other = await challenge(agency, 'GRANT_END', grant)
    await refusedWith(check, 'a signature of another decision', 'DECISION_DIFFERS', tell(agency, 'resumeGrant', { grant, signed: await signedWith(other.document) }, 'Grant', 'id'))
    const done = await must<{ state: string; signedDecisions: { act: string; document: string; signature: string; certificate: string }[] }>(agency, 'resumeGrant', { grant, signed: await signedWith(shown.document) }, 'Grant', 'state signedDecisions { act document signature certificate }')
    check('resumed', done.state === 'APPROVED', done)
    const kept = done.signedDecisions.at(-1)!
    check('kept, and verified without the gateway', kept.document === shown.document && verify('sha256', Buffer.from(kept.document), new X509Certificate(Buffer.from(unb64(kept.certificate))).publicKey, unb64(kept.signature)), kept)
  })

  await story.act('A deputy decides in an officer’s stead (代決), and never both makes and checks', '地方自治法 第153条 (example) · four eyes', async (check) => {
    const to = (await office(deputy)).officer
    const until = new Date(Date.now() + 86_400_000).toISOString()
    await refusedWith(check, 'before: the deputy may not', 'NOT_PERMITTED', tell(deputy, 'endGrant', { grant, seen: { installations: 1, cards: 1 } }, 'Grant', 'id'))
    const given = await must<{ id: string; acts: string[] }>(agency3, 'delegateDecisions', { to, kind: 'ABSENCE', acts: ['GRANT_SUSPEND', 'GRANT_RESUME'], validUntil: until }, 'Delegation', 'id acts')
    await must(deputy, 'suspendGrant', { grant }, 'Grant', 'state')
    const first = await must<{ pendingDecision: string }>(deputy, 'resumeGrant', { grant }, 'Grant', 'pendingDecision')
    check('the deputy’s decision waits for a second person', first.pendingDecision === 'RESUME', first)
    const absent = await tell(agency3, 'resumeGrant', { grant }, 'Grant', 'id')
    check('whom it stands for is away', isRefused(absent) && absent.foundState === 'ABSENT', absent)
    await must(agency3, 'endDelegation', { delegation: given.id }, 'Delegation', 'id')
    await refusedWith(check, 'back again, and behind the first decision', 'FOUR_EYES', tell(agency3, 'resumeGrant', { grant }, 'Grant', 'id'))
    const done = await must<{ state: string }>(ministry, 'resumeGrant', { grant }, 'Grant', 'state')
    check('resumed by other eyes', done.state === 'APPROVED', done)
  })

  await story.act('A prefecture’s area, by its own ordinance, for residents of its municipalities', '番号法 第18条第1号 · 地方自治法 第14条', async (check) => {
    const ask = (municipalities: readonly string[], municipality = '140007') => tell<{ id: string }>(prefecture, 'requestGrant', {
      basis: { ordinance: { municipality, name: '神奈川県見本条例', article: '第3条', promulgatedOn: '2024-03-29' } }, municipalities, purpose: '県立図書館利用者証', label: '県立図書館', aid: `D3921000319999${crypto.randomUUID().slice(0, 8).toUpperCase()}`,
      quota: { code: 0, data: 256, volatile: 0 }, records: { count: 2, size: 64 }, evidence: b64(sha256('県条例')), validFrom: '2026-01-01', validUntil: '2036-03-31',
    }, 'Grant', 'id')
    await refusedWith(check, 'for residents of another prefecture', 'MALFORMED_INPUT', ask(['141003', '132217']))
    await refusedWith(check, 'by an ordinance of a municipality', 'LEGAL_BASIS_MISSING', ask(['141003'], '141003'))
    const asked = await ask(['141003', '141305'])
    if (isRefused(asked)) throw new Error(`requestGrant was refused: ${asked.code}`)
    await must(ministry, 'approveGrant', { grant: asked.id }, 'Grant', 'state')
    const { data } = await prefecture.query<{ grants: { nodes: { id: string }[] } }>('{ grants(first: 50) { nodes { id } } }')
    check('it sees its own area, and those of its municipalities', [asked.id, areas.seal.grant].every((id) => data.grants.nodes.some((node) => node.id === id)) && !data.grants.nodes.some((node) => node.id === areas.staff.grant), data)
    await refusedWith(check, 'and decides nothing of theirs', 'NOT_PERMITTED', tell(prefecture, 'suspendGrant', { grant: areas.seal.grant }, 'Grant', 'id'))
  })
}
