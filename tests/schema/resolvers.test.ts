/** Noun by noun: what goes in reaches the law as the law means it, and what comes out is what the law said. */
import { describe, expect, test } from 'vitest'
import { anonymous } from '../../core/law/actor.ts'
import { canonicalJson, type Act } from '../../core/law/act.ts'
import type { CardApplication } from '../../core/law/card/card.ts'
import { consentDocument } from '../../core/law/consent/term.ts'
import type { Consent, ConsentRequest, Purpose } from '../../core/law/consent/consent.ts'
import type { AccessLogEntry } from '../../core/law/consent/disclosure.ts'
import { newId } from '../../core/law/ids.ts'
import type { Challenge } from '../../core/law/partner/login.ts'
import { loginMessage } from '../../core/law/partner/login.ts'
import { errorTexts } from '../../core/law/request-error.ts'
import type { Grant } from '../../core/law/space/basis.ts'
import { after, hour, legalDate } from '../../core/law/time.ts'
import { application, ask, card, certificate, citizen, clinic, global, hanako, items, now, officer, partner, partnerClient, random, sha256, taro, tokyo } from './fixture.ts'

const key = 'key-00000001'

describe('card', () => {
  test('applyForCard: a person applies for itself', async () => {
    const stored: [Act, CardApplication][] = []
    const result = await ask(citizen(), 'mutation ($p: ID!) { applyForCard(input: { person: $p, channel: PHOTO_BOOTH, idempotencyKey: "key-00000001" }) { ... on CardApplication { id state channel municipality receivedAt } ... on Refused { code } } }', { p: global(hanako) },
      { cards: { ofPerson: async () => [] }, cardApplications: { create: async (act, made) => { stored.push([act, made]) } } })
    const [act, made] = stored[0]!
    expect(result).toEqual({ data: { applyForCard: { id: global(made.id), state: 'RECEIVED', channel: 'PHOTO_BOOTH', municipality: tokyo, receivedAt: '2026-04-01T03:00:00Z' } } })
    expect([made.channel, act.key, act.request]).toEqual(['photo-booth', key, canonicalJson({ person: hanako, channel: 'photo-booth', form: null, support: null, special: null, photo: true })])
  })

  test('applyForCard: for somebody else, and for an id of another kind, nothing was found', async () => {
    const apply = (p: string) => ask(citizen(), 'mutation ($p: ID!) { applyForCard(input: { person: $p, channel: WEB, idempotencyKey: "key-00000001" }) { ... on Refused { code field } } }', { p })
    expect((await apply(global(taro))).data).toEqual({ applyForCard: { code: 'NOT_FOUND', field: null } })
    expect((await apply(global(card.id))).data).toEqual({ applyForCard: { code: 'NOT_FOUND', field: 'person' } })
    expect((await apply(hanako)).data).toEqual({ applyForCard: { code: 'NOT_FOUND', field: 'person' } })
  })

  test('handOverCard: the documents arrive as the law names them', async () => {
    let seen: CardApplication | null = null
    const notice: CardApplication = { ...application, state: 'NOTICE_SENT', card: card.id }
    const result = await ask(officer('municipal', 'card'), 'mutation ($a: ID!) { handOverCard(input: { application: $a, documents: [DRIVING_LICENCE, PENSION_BOOK], pinsSetBy: HOLDER, idempotencyKey: "key-00000001" }) { ... on CardApplication { state handOver { documents pinsSetBy at } } ... on Refused { code foundState } } }', { a: global(application.id) },
      { cardApplications: { load: async () => notice, advance: async (_act, _from, next) => { seen = next } }, cards: { load: async () => ({ ...card, state: 'MADE', deliveredAt: null }) } })
    expect(result).toEqual({ data: { handOverCard: { state: 'DELIVERED', handOver: { documents: ['DRIVING_LICENCE', 'PENSION_BOOK'], pinsSetBy: 'HOLDER', at: '2026-04-01T03:00:00Z' } } } })
    expect((seen as CardApplication | null)?.handOver?.documents).toEqual(['driving-licence', 'pension-book'])
  })

  test('suspendCard and resumeCard go in opposite directions', async () => {
    const change = async (name: string, state: 'ACTIVE' | 'SUSPENDED') => (await ask(officer('municipal', 'card'), `mutation ($c: ID!) { ${name}(input: { card: $c, ${name === 'resumeCard' ? 'documents: [PASSPORT], ' : ''}idempotencyKey: "key-00000001" }) { ... on Card { state usable } ... on Refused { code foundState } } }`, { c: global(card.id) }, { cards: { load: async () => ({ ...card, state }), changeState: async () => undefined } })).data![name]
    expect(await change('suspendCard', 'ACTIVE')).toEqual({ state: 'SUSPENDED', usable: false })
    expect(await change('resumeCard', 'SUSPENDED')).toEqual({ state: 'ACTIVE', usable: true })
    expect(await change('resumeCard', 'ACTIVE')).toEqual({ code: 'WRONG_STATE', foundState: 'ACTIVE' })
  })

  test('a card with its days in both forms, its certificates and its resident', async () => {
    const result = await ask(citizen(), 'query ($c: ID!) { card(id: $c) { id expiresOn expiresOnWareki expiresBy { limit article } usable certificates { id kind serial der expiresBy { limit article } revocation { ground } } installations { id } resident { items { name birthDateWareki sex } } } }', { c: global(card.id) })
    expect(result).toEqual({
      data: { card: {
        id: global(card.id), expiresOn: '2035-05-05', expiresOnWareki: '令和17年5月5日', expiresBy: { limit: 'ADULT_CARD', article: 'カード命令 第26条 · 民法 第4条' }, usable: true,
        certificates: [{ id: global(certificate.id), kind: 'SIGNATURE', serial: '40FF', der: 'MAA=', expiresBy: { limit: 'CERTIFICATE', article: '公的個人認証法施行規則 第13条' }, revocation: null }], installations: [],
        resident: { items: { name: items.name, birthDateWareki: '平成2年5月5日', sex: 'FEMALE' } },
      } },
    })
  })
})

describe('me', () => {
  test('what a person sees of itself, and of nobody else', async () => {
    const entry: AccessLogEntry = { id: newId('release', now, random), at: now, partner: clinic, consent: null, purpose: null, person: hanako, items: ['name'], outcome: 'PARTNER_NOT_IN_STANDING', requestId: 'r-9' }
    const asked: unknown[] = []
    const result = await ask(citizen(), '{ me { id cards(first: 5) { nodes { cardNumber } } certificates(first: 5) { nodes { id } } cardApplications(last: 5) { nodes { state } } accessLog(first: 2) { nodes { partner { name } items released refusal requestId purpose { name } consent } } } }', {},
      { releases: { ofPerson: async (person, limit) => { asked.push([person, limit]); return [entry] } } })
    expect(result).toEqual({
      data: { me: {
        id: global(hanako), cards: { nodes: [{ cardNumber: card.cardNumber }] }, certificates: { nodes: [{ id: global(certificate.id) }] }, cardApplications: { nodes: [{ state: 'RECEIVED' }] },
        accessLog: { nodes: [{ partner: { name: '医療法人つばき会' }, items: ['NAME'], released: false, refusal: 'PARTNER_NOT_IN_STANDING', requestId: 'r-9', purpose: null, consent: null }] },
      } },
    })
    expect(asked).toEqual([[hanako, 3]])
  })
})

describe('login', () => {
  test('a challenge gives the message, its digest and its end', async () => {
    const made: Challenge[] = []
    const standing = { partners: { load: async () => ({ id: clinic, name: 'x', nameEn: 'x', sector: 's', contact: 'c', standings: [{ role: 'authentication-verifier' as const, basis: '法第36条第1項' as const, through: null, from: legalDate('2026-01-01'), until: legalDate('2026-12-31'), suspended: false }] }) } }
    const result = await ask(partnerClient('login'), 'mutation { createLoginChallenge(input: { idempotencyKey: "key-00000001" }) { ... on LoginChallenge { id message digest expiresAt state } ... on Refused { code } } }', {}, { ...standing, challenges: { create: async (_act, challenge) => { made.push(challenge) } } })
    const message = loginMessage(made[0]!)
    expect(result).toEqual({ data: { createLoginChallenge: { id: global(made[0]!.id), message, digest: Buffer.from(sha256(message)).toString('base64'), expiresAt: '2026-04-01T03:01:00Z', state: 'OPEN' } } })
  })
})

describe('consent', () => {
  const purpose: Purpose = { id: newId('purpose', now, random), partner: clinic, name: '診察券', version: 1, textJa: '診察券の発行', textEn: 'Patient card', items: ['name', 'address'], until: legalDate('2027-03-31'), minors: 'from-15', notices: [], registeredAt: now }
  const request: ConsentRequest = { id: newId('consentRequest', now, random), partner: clinic, purpose: purpose.id, required: ['name'], optional: ['address'], frequency: 'PER_USE', nonce: random.bytes(16), action: 'CREATE', replaces: null, municipality: null, requestedAt: now, expiresAt: after(now, 24 * hour), state: 'OPEN' }
  const ports = { consents: { loadRequest: async (id: string) => (id === request.id ? request : null), loadPurpose: async () => purpose }, settings: { consentStart: 'at-once' as const, minors: { alone: 15, represented: [] } }, representations: { of: async () => [] } }
  const draft = 'query ($r: ID!, $items: [AttributeName!]!) { consentRequest(id: $r) { required optional partner { nameEn } purpose { textJa until } document(items: $items, chosenUntil: "2026-12-31") { ... on ConsentDocument { text sha256 } ... on Refused { code } } } }'

  test('the document is the one that giveConsent verifies', async () => {
    const result = await ask(citizen(), draft, { r: global(request.id), items: ['ADDRESS', 'NAME'] }, ports)
    const text = consentDocument({ request, purpose, partner: { id: clinic, name: '医療法人つばき会' }, items: ['name', 'address'], chosenUntil: legalDate('2026-12-31'), representedUntil: null, start: 'at-once' })
    expect(result).toEqual({ data: { consentRequest: { required: ['NAME'], optional: ['ADDRESS'], partner: { nameEn: 'Tsubaki Medical' }, purpose: { textJa: '診察券の発行', until: '2027-03-31' }, document: { text, sha256: Buffer.from(sha256(text)).toString('base64') } } } })
  })

  test('a choice that could not be given is refused before anybody signs', async () => {
    for (const chosen of [['ADDRESS'], ['NAME', 'SEX'], ['NAME', 'NAME'], []]) {
      const result = await ask(citizen(), draft, { r: global(request.id), items: chosen }, ports)
      expect((result.data as { consentRequest: { document: unknown } }).consentRequest.document).toEqual({ code: 'ITEMS_NOT_OFFERED' })
    }
  })

  test('fourInformation: an unknown consent, another partner’s, and rubbish look alike, and each leaves a row', async () => {
    const rows: AccessLogEntry[] = []
    const foreign = { id: newId('consent', now, random), partner: newId('partner', now, random) } as Consent
    const release = (consent: string) => ask(partnerClient('consent', 'four_info:name'), 'query ($c: ID!) { fourInformation(consent: $c) { ... on FourInformationRelease { name } ... on Refused { code field foundState requestId } } }', { c: consent },
      { releases: { look: async (_partner, id) => ({ partner, consent: id === foreign.id ? foreign : null, certificate: null }), refused: async (_act, entry) => { rows.push(entry) } } })
    const seen = await Promise.all([global(newId('consent', now, random)), global(foreign.id), global(card.id), 'rubbish'].map(release))
    expect(new Set(seen.map((result) => JSON.stringify(result)))).toEqual(new Set([JSON.stringify({ data: { fourInformation: { code: 'CONSENT_NOT_IN_FORCE', field: null, foundState: null, requestId: 'request-1' } } })]))
    expect(rows.map((row) => [row.outcome, row.person, row.requestId])).toEqual(Array(4).fill(['CONSENT_NOT_IN_FORCE', null, 'request-1']))
  })
})

describe('area', () => {
  test('requestGrant: the legal basis is one of four, and arrives as the law names it', async () => {
    const made: Grant[] = []
    const ask1 = (basis: string) => ask(officer('municipal', 'area'), `mutation { requestGrant(input: { basis: ${basis}, purpose: "図書館", label: "図書館カード", aid: "a000000001", quota: { code: 0, data: 192, volatile: 0 }, records: { count: 2, size: 64 }, evidence: "${'A'.repeat(43)}=", validFrom: "2026-04-01", validUntil: "2030-03-31", idempotencyKey: "key-00000001" }) { ... on Grant { state aid pin { digits } legalBasis { __typename ... on Ordinance { article url } } } ... on Refused { code field } } }`, {}, { grants: { request: async (_act, grant) => { made.push(grant) } } })
    expect(await ask1('{ ordinance: { municipality: "131016", name: "図書館条例", article: "第3条", promulgatedOn: "2020-04-01", url: "https://city.example/reiki" } }')).toEqual({ data: { requestGrant: { state: 'REQUESTED', aid: 'A000000001', pin: null, legalBasis: { __typename: 'Ordinance', article: '第3条', url: 'https://city.example/reiki' } } } })
    expect(made[0]!.basis).toEqual({ kind: 'ordinance', municipality: tokyo, name: '図書館条例', article: '第3条', promulgatedOn: '2020-04-01', url: 'https://city.example/reiki' })
    expect((await ask1('{ ministerialRule: { notice: "告示第1号", issuedOn: "2027-01-01" } }')).data).toEqual({ requestGrant: { code: 'LEGAL_BASIS_MISSING', field: 'basis' } })
    await expect(ask1('{}')).rejects.toThrow('OneOf')
  })
})

describe('for everybody', () => {
  test('the catalogue holds every code, in both languages', async () => {
    const result = await ask(anonymous, '{ errorCatalogue { code userMessageJa userMessageEn docsUrl } }')
    const catalogue = (result.data as { errorCatalogue: { code: string }[] }).errorCatalogue
    expect(catalogue).toEqual(Object.entries(errorTexts).map(([code, { ja, en }]) => ({ code, userMessageJa: ja, userMessageEn: en, docsUrl: `https://gateway.example/pages/errors#${code}` })))
  })

  test('the clock of the law, and a version that follows the SDL', async () => {
    const result = await ask(anonymous, '{ serverInfo { stage now today schemaVersion } }')
    expect(result).toEqual({ data: { serverInfo: { stage: 'test', now: '2026-04-01T03:00:00Z', today: '2026-04-01', schemaVersion: expect.stringMatching(/^[0-9a-f]{16}$/) } } })
  })

  test('municipalities by pages', async () => {
    const result = await ask(anonymous, '{ municipalities(first: 1) { nodes { code prefecture } pageInfo { hasNextPage endCursor } } }')
    expect(result).toEqual({ data: { municipalities: { nodes: [{ code: '011002', prefecture: '北海道' }], pageInfo: { hasNextPage: true, endCursor: global('011002') } } } })
  })
})

test('statistics: a municipal officer sees the own municipality only', async () => {
  const counts = { asOf: now, applicationsReceived: 5, applicationsValid: 4, cardsDelivered: 3, cardsHeld: 2, signatureCertificatesIssued: 1, authenticationCertificatesIssued: 1, certificatesRevoked: 0 }
  const statistics = async (municipality: string | null) => (await ask(officer('municipal', 'statistics'), 'query ($m: MunicipalityCode) { statistics(municipality: $m) { ... on Statistics { cardsHeld daily(from: "2026-03-01", to: "2026-02-01") { ... on Refused { code field } } } ... on Refused { code field } } }', { m: municipality }, { counts: { at: async () => counts } })).data!['statistics']
  expect(await statistics('131016')).toEqual({ cardsHeld: 2, daily: { code: 'MALFORMED_INPUT', field: 'to' } })
  expect(await statistics('011002')).toEqual({ code: 'NOT_PERMITTED', field: 'municipality' })
  expect(await statistics(null)).toEqual({ code: 'NOT_PERMITTED', field: 'municipality' })
})
