/**
 * Logins and verdicts per second of processor time, through the door and over the database, beside the RSA verification that each must do. In this process, one
 * after the other; what the card and the client do is not counted. Rounds of each in turn.
 */
import { createPublicKey, verify } from 'node:crypto'
import type { Context as LambdaContext } from 'aws-lambda'
import { scopes, type Actor } from '../../../core/law/actor.ts'
import { openPostgres } from '../../../db/postgres.ts'
import { seededPartnerIds } from '../../../db/seed.ts'
import { graphqlDoor } from '../../../functions/graphql.ts'
import { actOf } from '../../db/rows.ts'
import { testWorld } from '../../harness/world.ts'
import { migrate } from '../../../db/migrate.ts'
import { holder, key, sha256, signText, spkiOf } from '../../law/holder.ts'
import type { Figure } from '../figure.ts'
import { median } from './processes.ts'

const [rounds, many] = [5, 100]
const challenge = 'mutation Ask($key: IdempotencyKey!) { createLoginChallenge(input: { idempotencyKey: $key }) { __typename ... on LoginChallenge { id message } } }'
const answer = 'mutation Answer($input: AnswerLoginChallengeInput!) { answerLoginChallenge(input: $input) { __typename ... on Login { id subject } ... on Refused { code field } } }'
const verdict = 'query Verify($input: VerifySignatureInput!) { verifySignature(input: $input) { __typename ... on Verdict { valid checks { name passed } } ... on Refused { code field } } }'

export async function signatureFigures(url: string): Promise<Figure[]> {
  const { db, close } = openPostgres(url, { connections: 4 })
  try {
    await migrate(db)
    const world = await testWorld({ db, random: 'signatures' })
    const hanako = await holder(world)
    await world.accesses.set({ ...actOf(world, 'partner.access'), subject: seededPartnerIds.bank }, { partner: seededPartnerIds.bank, documents: 'any', budget: { capacity: 1_000_000_000, perSecond: 1_000_000 } })
    const actor: Actor = { kind: 'partner', partner: seededPartnerIds.bank, client: 'bank', scopes: new Set(scopes) }
    const door = graphqlDoor(async () => ({ stage: 'bench', world, sha256, issuer: 'https://login.example', audience: 'https://gateway.example', log: () => undefined, authenticate: async () => ({ actor }) }))
    const spent = { cpu: 0 }
    const ask = async (query: string, variables: unknown): Promise<Record<string, any>> => {
      const event = { rawPath: '/graphql', rawQueryString: '', headers: { 'content-type': 'application/json' }, requestContext: { domainName: 'gateway.example', http: { method: 'POST' } }, body: JSON.stringify({ query, variables }), isBase64Encoded: false }
      const before = process.cpuUsage()
      const result = await door(event as never, {} as LambdaContext)
      const { user, system } = process.cpuUsage(before)
      spent.cpu += user + system
      const { data, errors } = JSON.parse(result.body!) as { data: Record<string, Record<string, any>>; errors?: unknown }
      if (errors !== undefined) throw new Error(JSON.stringify(errors))
      return Object.values(data)[0]!
    }
    const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
    const text = 'a document'
    const [digest, signature] = [sha256(text), signText(hanako.keys.signature, text)]
    const publicKey = createPublicKey({ key: Buffer.from(spkiOf(hanako.keys.signature)), format: 'der', type: 'spki' })

    const login = async (): Promise<void> => {
      const { id, message } = await ask(challenge, { key: key() })
      const done = await ask(answer, { input: { challenge: id, certificate: b64(hanako.authentication.der), signature: b64(signText(hanako.keys.authentication, message as string)), idempotencyKey: key() } })
      if (done['__typename'] !== 'Login') throw new Error(JSON.stringify(done))
    }
    const judged = async (): Promise<void> => {
      const done = await ask(verdict, { input: { certificate: b64(hanako.signature.der), signature: b64(signature), digest: b64(digest), hash: 'SHA256' } })
      if (done['valid'] !== true) throw new Error(JSON.stringify(done))
    }
    const raw = async (): Promise<void> => {
      const before = process.cpuUsage()
      for (let n = 0; n < 20; n++) if (!verify('sha256', Buffer.from(text), publicKey, signature)) throw new Error('not verified')
      const { user, system } = process.cpuUsage(before)
      spent.cpu += (user + system) / 20
    }
    const ways = { raw, judged, login } as const
    const seen: Record<keyof typeof ways, number[]> = { raw: [], judged: [], login: [] }
    for (let round = 0; round <= rounds; round++) {
      for (const [name, run] of Object.entries(ways) as [keyof typeof ways, () => Promise<void>][]) {
        spent.cpu = 0
        for (let n = 0; n < many; n++) await run()
        // The first round is for the compilers.
        if (round > 0) seen[name].push(spent.cpu / many)
      }
    }
    const [one, verdictCost, loginCost] = [median(seen.raw), median(seen.judged), median(seen.login)]
    const perSecond = (cost: number): number => 1e6 / cost
    return [
      { name: 'RSA-2048 verifications a second of processor time', value: perSecond(one), unit: '/s' },
      { name: 'verdicts on a signature, door and all', value: perSecond(verdictCost), unit: '/s' }, { name: 'logins, challenge and answer, door and all', value: perSecond(loginCost), unit: '/s' },
      { name: 'processor time of a verdict against RSA alone', value: verdictCost / one, unit: '×' }, { name: 'processor time of a login against RSA alone', value: loginCost / one, unit: '×' },
      // reference figures of load: 1,000 logins a second are the target for the nation.
      { name: 'processors that 1,000 logins a second take', value: (1_000 * loginCost) / 1e6, unit: '' },
    ]
  } finally {
    await close()
  }
}
