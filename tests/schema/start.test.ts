/** Starting a consent, returning, refusing: who may, which address counts, and that nothing is answered twice. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { isReturnAddress } from '../../core/law/consent/start.ts'
import { connect, type Gateway } from '../../client/gateway.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'

test('which addresses a browser may be returned to', () => {
  for (const good of ['https://bank.example/back', 'https://bank.example:8443/back?from=mynagate']) expect([isReturnAddress(good, false), isReturnAddress(good, true)], good).toEqual([true, true])
  for (const loop of ['http://localhost:5000/back', 'http://127.0.0.1/', 'http://[::1]:1/x']) expect([isReturnAddress(loop, false), isReturnAddress(loop, true)], loop).toEqual([false, true])
  for (const bad of ['', 'http://bank.example/', 'https://user@bank.example/', 'https://bank.example/#x', 'javascript:alert(1)', 'https:bank.example', 'https://bank.example/ x', 'https://bank.example\\@evil.example/', 'http://127.0.0.1.evil.example/', `https://bank.example/${'x'.repeat(500)}`]) {
    expect(isReturnAddress(bad, true), bad).toBe(false)
  }
})

describe('over HTTP', () => {
  let gateway: RunningGateway
  let bank: Gateway
  let clinic: Gateway
  let hanako: Gateway
  let purpose: string
  beforeAll(async () => {
    gateway = await startGateway({ port: 0, data: 'memory', quiet: true, cards: [] })
    const as = (name: string, bound = true): Gateway => connect({ url: gateway.url, ...gateway.credentials[name]!, bound })
    const [other] = Object.values(gateway.credentials).filter(({ claim, clientId }) => 'partner' in claim && clientId !== 'bank')
    ;[bank, clinic, hanako] = [as('bank'), as(other!.clientId), as('hanako', false)]
    purpose = (await tell(bank, 'registerPurpose', 'Purpose', 'id', { name: '顧客情報の更新', textJa: '最新に保つため。', textEn: 'To keep it up to date.', items: ['NAME', 'ADDRESS'] }))['id'] as string
  }, 120_000)
  afterAll(() => gateway.close())

  const tell = async (as: Gateway, act: string, type: string, fields: string, input: object): Promise<Record<string, unknown>> => {
    const { data } = await as.query<Record<string, Record<string, unknown>>>(`mutation ($input: ${act[0]!.toUpperCase()}${act.slice(1)}Input!) { ${act}(input: $input) { ... on ${type} { ${fields} } ... on Refused { code field foundState } } }`, { input: { idempotencyKey: randomUUID(), ...input } })
    return data[act]!
  }
  const ask = async (): Promise<string> => (await tell(bank, 'requestConsent', 'ConsentRequest', 'id', { purpose, required: ['NAME'], optional: [] }))['id'] as string
  const register = (as: Gateway, ...addresses: string[]) => tell(as, 'registerReturnAddresses', 'ReturnAddresses', 'addresses', { addresses })
  const start = (as: Gateway, request: string, returnTo: string, more: object = {}) => tell(as, 'startConsent', 'ConsentStart', 'requestUri returnTo state request { id }', { request, returnTo, state: 'abc', ...more })
  const back = 'http://127.0.0.1:5000/back'

  test('addresses are registered as a whole and compared octet by octet', async () => {
    expect(await register(bank, 'https://bank.example/old')).toEqual({ addresses: ['https://bank.example/old'] })
    expect(await register(bank, back, 'https://bank.example/back')).toEqual({ addresses: [back, 'https://bank.example/back'] })
    for (const bad of [['ftp://bank.example/'], [back, back], Array.from({ length: 11 }, (_, i) => `https://bank.example/${i}`)]) expect((await register(bank, ...bad))['field']).toBe('addresses')
    const request = await ask()
    for (const other of ['https://bank.example/old', `${back}/`, `${back}?x`, 'http://127.0.0.1:5001/back', 'https://bank.example/Back']) expect((await start(bank, request, other))['code'], other).toBe('RETURN_NOT_REGISTERED')
    expect((await start(clinic, request, back))['code']).toBe('NOT_FOUND')
    expect((await start(bank, request, back, { state: 'ä' }))['field']).toBe('state')
    expect((await start(bank, request, back, { state: 'x'.repeat(513) }))['field']).toBe('state')
  })

  test('started once; a person and the partner read it, nobody else does', async () => {
    await register(bank, back)
    const request = await ask()
    const key = randomUUID()
    const first = await start(bank, request, back, { idempotencyKey: key })
    expect(first).toEqual({ requestUri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:[0-9a-f]{64}$/), returnTo: back, state: 'abc', request: { id: request } })
    expect(await start(bank, request, back, { idempotencyKey: key })).toEqual(first)
    expect((await start(bank, request, back))['code']).toBe('CONFLICT')
    const read = async (as: Gateway, requestUri: string) => (await as.query<{ consentStart: object | null }>('query ($requestUri: Text!) { consentStart(requestUri: $requestUri) { requestUri returnTo state request { id } } }', { requestUri })).data.consentStart
    const reference = String(first['requestUri'])
    expect([await read(bank, reference), await read(hanako, reference)]).toEqual([first, first])
    expect([await read(clinic, reference), await read(hanako, `${reference.slice(0, -1)}z`)]).toEqual([null, null])
  })

  test('同意しない: an act of the person, final, told to the partner and in the log', async () => {
    const request = await ask()
    const decline = (as: Gateway, more: object = {}) => tell(as, 'declineConsent', 'ConsentRequest', 'id state declinedAt', { request, ...more })
    expect((await decline(bank))['code']).toBe('NOT_PERMITTED')
    const state = async () => (await bank.query<{ consentRequest: object }>('query ($id: ID!) { consentRequest(id: $id) { state declinedAt returnAddresses } }', { id: request })).data.consentRequest
    expect(await state()).toEqual({ state: 'OPEN', declinedAt: null, returnAddresses: [back] })
    const key = randomUUID()
    const done = await decline(hanako, { idempotencyKey: key })
    expect(done).toEqual({ id: request, state: 'ANSWERED', declinedAt: expect.stringMatching(/^20/) })
    expect(await decline(hanako, { idempotencyKey: key })).toEqual(done)
    expect(await decline(hanako)).toMatchObject({ code: 'WRONG_STATE', foundState: 'ANSWERED' })
    expect(await state()).toMatchObject({ state: 'ANSWERED', declinedAt: done['declinedAt'] })
    expect((await tell(hanako, 'giveConsent', 'Consent', 'id', { request, items: ['NAME'], certificate: 'AAAA', signature: 'AAAA' }))['code']).toBe('WRONG_STATE')
    expect((await start(bank, request, back))['code']).toBe('WRONG_STATE')
    const agency = connect({ url: gateway.url, ...gateway.credentials['agency']!, bound: false })
    const id = Buffer.from(request, 'base64url').toString()
    // The log is put in order by the schedule.
    await vi.waitFor(async () => {
      const { data } = await agency.query<{ auditEntries: readonly { body: string }[] }>('{ auditEntries(from: "0", first: 1000) { body } }')
      const entries = data.auditEntries.map(({ body }) => JSON.parse(body) as { kind: string; subject: string })
      expect(entries.filter(({ subject }) => subject === id).map(({ kind }) => kind)).toEqual(['consent.request', 'consent.decline'])
    }, { timeout: 20_000, interval: 1_000 })
  }, 30_000)
})
