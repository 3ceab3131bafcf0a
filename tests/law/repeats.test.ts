/**
 * A repeat under the same key, act by act: it answers with the thing as it is now, says that it is not found where it is gone
 * by now, does nothing a second time, and is refused where what is asked differs.
 */
import { describe, expect, test } from 'vitest'
import type { Act } from '../../core/law/act.ts'
import { recordPinReset } from '../../core/law/card/holding.ts'
import { registerReturnAddresses } from '../../core/law/consent/start.ts'
import { registerDocuments, setAccess } from '../../core/law/partner/access.ts'
import { registerKey, retireKey } from '../../core/law/partner/key.ts'
import { refuse } from '../../core/law/refusal.ts'
import type { World } from '../../core/law/world.ts'
import { bank, card, counter, deeds, done, idempotencyKey, it, shop, worldWith } from './acts-scene.ts'

describe.each(Object.entries(deeds))('%s', (_name, { kind, ask, by, thing, first = {}, answer = thing }) => {
  const seen = first[by]?.length ?? 0

  test('is answered as it is now, and not done again', async () => {
    const { world, called } = worldWith({ ...first, [by]: [...(first[by] ?? []), thing, thing] }, done)
    expect(await ask(world)).toEqual(answer)
    expect(called.get(by)?.length).toBeGreaterThan(seen)
    // It is known by what was asked, all of it but the key itself.
    const [[sought]] = called.get('acts.find') as [[Pick<Act, 'kind' | 'key' | 'request'>]]
    expect([sought.kind, sought.key]).toEqual([kind, idempotencyKey])
    expect(Object.keys(JSON.parse(sought.request) as object)).not.toEqual([])
    expect(sought.request).not.toContain('idempotencyKey')
    // What is known by its own id is loaded by the id that the first time left.
    if (seen === 0 && !['partners.load', 'cards.load', 'residents.load', 'representations.of', 'consents.handedOn', 'consentStarts.ofRequest'].includes(by)) expect(called.get(by)).toEqual([['the subject']])
  })

  test('is not found where it is gone', async () => expect(await ask(worldWith({ ...first, ...(by === 'representations.of' ? { [by]: [[]] } : {}) }, done).world)).toEqual(refuse('NOT_FOUND')))

  test('under the same key with other words it is refused', async () => {
    const { world } = worldWith({ ...first, [by]: [...(first[by] ?? []), thing, thing] }, { ...done, same: false })
    expect(await ask(world)).toEqual(refuse('IDEMPOTENCY_CONFLICT'))
  })
})

describe('what is a list, or nothing of its own', () => {
  const keys = { 'partnerKeys.ofClient': [[{ kid: '1', partner: bank }, { kid: '2', partner: 'another' }]], 'partnerKeys.addressesOf': [[{ client: 'app', uri: 'https://x' }, { client: 'web' }]] }
  test.each([
    ['keys', keys, (w: World) => registerKey(w, shop, { jwk: null, jwksUri: null, idempotencyKey })],
    ['a retired key', keys, (w: World) => retireKey(w, shop, { kid: '1', leaked: false, idempotencyKey })],
  ] as const)('%s: what the client has now', async (_name, found, ask) => {
    expect(await ask(worldWith(found, done).world)).toEqual({ client: 'app', keys: [{ kid: '1', partner: bank }], address: { client: 'app', uri: 'https://x' } })
  })

  test('addresses, documents and access are told as they are now', async () => {
    expect(await registerReturnAddresses(worldWith({ 'consentStarts.addressesOf': [['https://x']] }, done).world, shop, { addresses: [], loopback: false, idempotencyKey })).toEqual(['https://x'])
    expect(await registerDocuments(worldWith({ 'accesses.documents': [[]] }, done).world, shop, { partner: null, documents: [], idempotencyKey }, () => '', () => false)).toEqual({ partner: bank, documents: [] })
    expect(await setAccess(worldWith({ 'accesses.load': [{ partner: bank }] }, done).world, shop, { partner: null, documents: 'any', budget: null, idempotencyKey }, 1)).toEqual({ partner: bank })
  })

  test('a reset of PINs answers with the card that the counter has before it', async () => {
    expect(await recordPinReset(worldWith({ 'cards.load': [card] }, done).world, counter, it({ card: 'crd_1', pins: ['text'], documents: ['passport'] }))).toEqual(card)
  })
})
