/**
 * `npm run ceremony -- --input FILE [--data DIR]`: a key ceremony on this machine. One file says everything; the key is made
 * in the KMS stand-in of the data folder, the certificate by the very door that is deployed, and the transcript goes into
 * the file that the input names, which must not exist. No gateway may run on the folder meanwhile; the next start has
 * the new generation beside the old ones.
 *
 *   { "by": "…", "witnesses": ["…"], "authorities": ["signature", "authentication"], "keySpec": "RSA_2048" | "ECC_NIST_P384",
 *     "alias": "generation-2", "years": 10, "activeFrom": "2026-12-01T00:00:00+09:00", "transcript": "ceremony-2.txt" }
 *
 * A key gets one certificate: the alias must be new, or belong to a key without one.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { instant, type Instant } from '../core/law/time.ts'
import { kmsClient } from '../core/pki/kms.ts'
import { sha256Hex, type Algorithm } from '../core/pki/signer.ts'
import { ceremonyDoor, type AuthorityName, type Generation } from '../functions/ceremony.ts'
import { realClock, realRandom, type Log } from '../functions/environment.ts'
import { ceremonyFrom } from '../functions/environment/parts.ts'
import { settingsFor } from '../functions/environment/settings.ts'
import type { SigningKey } from '../functions/environment/variables.ts'
import { openArchive } from './cloud/archive.ts'
import { openFolder } from './folder.ts'
import { startKms } from './cloud/kms.ts'
import { Mistake } from './mistake.ts'
import { claimFolder } from './running.ts'

export interface CeremonyInput {
  readonly by: string
  readonly witnesses: readonly string[]
  readonly authorities: readonly AuthorityName[]
  readonly keySpec: 'RSA_2048' | 'ECC_NIST_P384'
  readonly alias: string
  readonly years: number
  readonly activeFrom: Instant | null
  readonly transcript: string
}

const algorithmOf: Readonly<Record<CeremonyInput['keySpec'], Algorithm>> = { RSA_2048: 'rsa-pkcs1-sha256', ECC_NIST_P384: 'ecdsa-p384-sha384' }
const known = ['by', 'witnesses', 'authorities', 'keySpec', 'alias', 'years', 'activeFrom', 'transcript']

/** Throws `Mistake`: every field is looked at, none that is unknown is passed over. */
export function parseCeremony(text: string): CeremonyInput {
  let given: Record<string, unknown>
  try {
    given = JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    throw new Mistake(`the input is not JSON: ${String(error)}`)
  }
  const { by, witnesses = [], authorities, keySpec, alias, years = 10, activeFrom = null, transcript } = given
  const wrong = (field: string): never => { throw new Mistake(`the input says nothing usable of ${field}`) }
  const word = (value: unknown, field: string): string => (typeof value === 'string' && value.trim() !== '' ? value : wrong(field))
  const unknown = Object.keys(given).find((field) => !known.includes(field))
  if (unknown !== undefined) throw new Mistake(`the input names a field that is not known: ${unknown}`)
  if (!Array.isArray(witnesses)) wrong('witnesses')
  if (!Array.isArray(authorities) || authorities.length === 0 || new Set(authorities).size !== authorities.length || authorities.some((a) => a !== 'signature' && a !== 'authentication')) wrong('authorities')
  if (keySpec !== 'RSA_2048' && keySpec !== 'ECC_NIST_P384') return wrong('keySpec')
  if (!/^[A-Za-z0-9-]{1,60}$/.test(word(alias, 'alias'))) wrong('alias')
  if (!Number.isInteger(years)) wrong('years')
  const from = activeFrom === null ? null : Date.parse(word(activeFrom, 'activeFrom'))
  if (from !== null && Number.isNaN(from)) wrong('activeFrom')
  return {
    by: word(by, 'by'), witnesses: (witnesses as unknown[]).map((w) => word(w, 'witnesses')), authorities: authorities as AuthorityName[], keySpec, alias: alias as string, years: years as number,
    activeFrom: from === null ? null : instant(from), transcript: word(transcript, 'transcript'),
  }
}

/** Holds the ceremony on the data folder and writes the transcript. */
export async function holdCeremony(input: CeremonyInput, directory: string, databaseUrl: string | null = null): Promise<Generation[]> {
  if (existsSync(input.transcript)) throw new Mistake(`${input.transcript} exists: a transcript is never written over`)
  if (!existsSync(join(directory, 'kms'))) throw new Mistake(`${directory} is no data folder of a gateway: start one there first`)
  const claim = claimFolder(directory)
  const log: Log = (level, event, facts = {}) => void (level !== 'info' && console.error(`${level}: ${event} ${JSON.stringify(facts)}`))
  const kms = await startKms({ directory: join(directory, 'kms'), random: realRandom })
  const client = kmsClient({ region: 'ap-northeast-1', endpoint: kms.endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } })
  const archive = await openArchive({ databaseUrl, directory: join(directory, 'database'), wrapper: null, lost: (error) => log('error', 'database.lost', { fault: error.message }) })
  try {
    const keyOf = async (ca: AuthorityName): Promise<SigningKey> => {
      const arn = await kms.ensureKey({ spec: input.keySpec, usage: 'SIGN_VERIFY', alias: `alias/mynagate-${ca}-ca-${input.alias}` })
      const { PublicKey } = await client.call((aws, sdk, options) => aws.send(new sdk.GetPublicKeyCommand({ KeyId: arn }), options))
      return { arn, spkiSha256: sha256Hex(Uint8Array.from(PublicKey ?? [])), algorithm: algorithmOf[input.keySpec] }
    }
    const made = new Map<AuthorityName, SigningKey>()
    for (const ca of input.authorities) made.set(ca, await keyOf(ca))
    const any = [...made.values()][0]!
    const { ocspUrl } = await openFolder(directory).keep('site.json', () => ({ ocspUrl: null as string | null }))
    // The door takes a key for each authority and touches only those it is asked for.
    const environment = await ceremonyFrom({
      clock: realClock, random: realRandom, settings: settingsFor({ ocspUrl }), stores: archive.stores, kms: client, log,
      keys: { signature: made.get('signature') ?? any, authentication: made.get('authentication') ?? any },
    })
    const { authorities, by, witnesses, years, activeFrom } = input
    const generations = await ceremonyDoor(environment)({ authorities, by, witnesses, years, ...(activeFrom === null ? {} : { activeFrom }) })
    writeFileSync(input.transcript, `${generations.flatMap((generation) => generation.transcript).join('\n')}\n`, { flag: 'wx', mode: 0o600, flush: true })
    return generations
  } finally {
    await archive.close()
    client.close()
    await kms.close()
    claim.release()
  }
}

if (import.meta.main) {
  try {
    const { values } = parseArgs({ options: { input: { type: 'string' }, data: { type: 'string', default: '.data' } } })
    if (values.input === undefined) throw new Mistake('npm run ceremony -- --input FILE [--data DIR]')
    const databaseUrl = process.env['DATABASE_URL']
    const made = await holdCeremony(parseCeremony(readFileSync(values.input, 'utf8')), resolve(values.data), databaseUrl === undefined || databaseUrl === '' ? null : databaseUrl)
    for (const line of made.flatMap((generation) => generation.transcript)) console.log(line)
  } catch (error) {
    const mend = error instanceof Error && ['Mistake', 'FolderInUse', 'CeremonyRefused', 'CannotStart'].includes(error.name)
    console.error(mend ? error.message : error)
    process.exitCode = 1
  }
}
