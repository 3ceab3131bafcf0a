#!/usr/bin/env node
/**
 * The command line beside a gateway on this machine.
 *
 *   mynagate token NAME                                a fresh access token of a test client; a partner's is bound to a key
 *   mynagate headers NAME [--url URL]                  headers for one POST of a test client: curl -H @<(mynagate headers bank) …
 *   mynagate debug token|assertion|dpop TEXT [--url URL] [--method M] [--for TOKEN] [--client NAME]   what is wrong with it
 *   mynagate card …                                    the personas' cards: list, present, pin-status, trace, replay (card/commands.ts)
 *   mynagate verify-receipt FILE --ca FILE… --key FILE  the receipt of a consent, offline: the signing authority's certificate, the gateway's key
 *   mynagate manifest [--library] FILE…                 the documents of these files (and of the client library) by their hash, as JSON: what `registerDocuments` takes and requests name
 *   mynagate copy-audit --dump FILE                    copies the log of acts, one per line
 *   mynagate verify-audit --dump FILE | --archive FOLDER|URL --checkpoint FILE… [--key PEM] [--witness KEY]   holds a copy against checkpoints, offline
 *   mynagate witness --checkpoint FILE --dump FILE --witness-key PEM --name NAME --out FILE [--state FILE]   cosigns a head that grew out of the last one
 *
 * It asks the gateway that runs on the data folder (`--data`, .data where absent), over the same doors as anybody. Where
 * none runs, `card` starts one for as long as it needs it.
 */
import { createPublicKey, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { JWK } from 'jose'
import { debugKinds, type DebugKind } from '../client/debug.ts'
import { consentDocuments } from '../client/consent.ts'
import { connect, type Gateway } from '../client/gateway.ts'
import { manifestOf } from '../client/manifest.ts'
import { dayOf, instant } from '../core/law/time.ts'
import { personas } from '../db/person/personas.ts'
import { cardCommand, cardUsage } from './card/commands.ts'
import { keyName } from './login/credentials.ts'
import { Mistake } from './mistake.ts'
import { copyAudit, verifyAudit, verifyDatabase } from './verify-audit.ts'
import { runningIn } from './running.ts'
import type { WitnessFiles } from './witness.ts'

const usage = `mynagate token NAME | headers NAME [--url URL] | debug token|assertion|dpop TEXT [--url URL] [--method M] [--for TOKEN] [--client NAME] | ${cardUsage} | verify-receipt FILE --ca FILE… --key FILE | manifest [--library] FILE… | copy-audit --dump FILE | verify-audit --dump FILE|--archive FOLDER|URL --checkpoint FILE… [--key PEM] [--origin NAME] [--witness KEY] | witness --checkpoint FILE --dump FILE --witness-key PEM --name NAME --out FILE [--state FILE]   [--data DIR]`

try {
  await run(process.argv.slice(2))
} catch (error) {
  if (error instanceof Error && (error.name === 'Mistake' || error.name === 'FolderInUse' || error.name === 'NoSuchCard' || error.name === 'GatewayError')) console.error(error.message)
  else console.error(error)
  process.exitCode = 1
}

async function run(args: string[]): Promise<void> {
  const { values, positionals } = parsed(args)
  const data = resolve(values.data)
  const [command, name, text] = positionals
  if (command === 'token' && name !== undefined) return token(data, name)
  if (command === 'headers' && name !== undefined) return headers(data, name, values.url)
  if (command === 'debug' && isDebugKind(name) && text !== undefined) return explain(data, name, text, values)
  if (command === 'verify-receipt' && name !== undefined && values.ca !== undefined && values.key !== undefined) return receipt(name, values.ca, [values.key])
  if (command === 'manifest' && (name !== undefined || values.library)) return manifest(positionals.slice(1), values.library)
  if (command === 'card') return cardCommand(positionals.slice(1), values, (use) => withGateway(data, use))
  if (command === 'copy-audit' && values.dump !== undefined) return copy(data, values.dump)
  const { dump, archive, checkpoint, out, name: witnessName } = values
  const key = values.key ?? join(data, 'checkpoints', 'key.pem')
  if (command === 'verify-audit' && (dump === undefined) !== (archive === undefined) && checkpoint !== undefined) return verify({ dump, archive, checkpoints: checkpoint, key, origin: values.origin ?? null, witness: values.witness ?? null })
  if (command === 'witness' && checkpoint?.length === 1 && dump !== undefined && values['witness-key'] !== undefined && witnessName !== undefined && out !== undefined) return cosigned({ checkpoint: checkpoint[0]!, dump, key, witnessKey: values['witness-key'], name: witnessName, out, state: values.state ?? `${values['witness-key']}.last` })
  throw new Mistake(usage)
}

function parsed(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { data: { type: 'string', default: '.data' }, persona: { type: 'string' }, vpcd: { type: 'string', default: 'localhost:35963' }, trace: { type: 'string' }, words: { type: 'boolean', default: false }, dump: { type: 'string' }, checkpoint: { type: 'string', multiple: true }, key: { type: 'string' }, archive: { type: 'string' }, witness: { type: 'string' }, 'witness-key': { type: 'string' }, state: { type: 'string' }, name: { type: 'string' }, out: { type: 'string' }, origin: { type: 'string' }, url: { type: 'string' }, method: { type: 'string' }, for: { type: 'string' }, client: { type: 'string' }, library: { type: 'boolean', default: false }, ca: { type: 'string', multiple: true } } })
  } catch (error) {
    throw new Mistake(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
  }
}

function manifest(files: readonly string[], library: boolean): void {
  expectThere(...files)
  console.log(JSON.stringify(manifestOf([...(library ? Object.values(consentDocuments) : []), ...files.map((file) => readFileSync(file, 'utf8'))]), null, 2))
}

async function copy(data: string, file: string): Promise<void> {
  console.log(`${await copyAudit(await clientOf(data, 'agency'), file)} acts in ${file}`)
}

async function verify({ dump, archive, ...trusted }: { dump: string | undefined; archive: string | undefined; checkpoints: readonly string[]; key: string; origin: string | null; witness: string | null }): Promise<void> {
  expectThere(trusted.key, ...trusted.checkpoints, ...(dump === undefined ? [] : [dump]))
  const { intact, lines } = dump === undefined ? await verifyDatabase({ archive: archive!, ...trusted }) : await verifyAudit({ dump, ...trusted })
  for (const line of lines) console.log(line)
  if (!intact) process.exitCode = 1
}

async function cosigned(files: WitnessFiles): Promise<void> {
  expectThere(files.checkpoint, files.dump, files.key)
  const { witness } = await import('./witness.ts')
  const { cosigned: done, lines } = await witness(files, Math.floor(Date.now() / 1000))
  for (const line of lines) console.log(line)
  if (!done) process.exitCode = 1
}

function expectThere(...files: readonly string[]): void {
  for (const file of files) if (!existsSync(file)) throw new Mistake(`there is no ${file}`)
}

/** What comes of it can be sent by hand, so persons and officers get bearer tokens. */
async function token(data: string, name: string): Promise<void> {
  console.log(await (await clientOf(data, name)).token())
}

async function headers(data: string, name: string, to: string | undefined): Promise<void> {
  const client = await clientOf(data, name)
  const url = to ?? new URL('/graphql', runningIn(data)!.url!).href
  for (const [header, value] of Object.entries(await client.headers('POST', url))) console.log(`${header}: ${value}`)
}

async function receipt(file: string, authorities: readonly string[], keys: readonly string[]): Promise<void> {
  for (const named of [file, ...authorities, ...keys]) if (!existsSync(named)) throw new Mistake(`there is no ${named}`)
  const { verifyReceipt } = await import('../client/receipt.ts')
  // PEM or DER.
  const anchors = authorities.map((named) => new Uint8Array(new X509Certificate(readFileSync(named)).raw))
  const gateway = keys.map((named) => new Uint8Array(createPublicKey(readFileSync(named)).export({ type: 'spki', format: 'der' })))
  const { valid, checks } = verifyReceipt(new Uint8Array(readFileSync(file)), { authorities: anchors, gateway })
  for (const { name, passed, why } of checks) console.log(`${passed ? '✓' : '✗'} ${name}${why === null ? '' : `: ${why}`}`)
  if (!valid) process.exitCode = 1
}

function isDebugKind(name: string | undefined): name is DebugKind {
  return (debugKinds as readonly (string | undefined)[]).includes(name)
}

async function explain(data: string, kind: DebugKind, text: string, { url, method, for: token, client }: { url?: string | undefined; method?: string | undefined; for?: string | undefined; client?: string | undefined }): Promise<void> {
  const gateway = await addressOfGateway(data)
  if (gateway === null) throw new Mistake(`no gateway runs on ${data}: npm start`)
  const { debugLines } = await import('./login/debug.ts')
  const found = await debugLines(kind, text, { data, gateway, to: url, method, token, client }, Math.floor(Date.now() / 1000))
  for (const line of found.lines) console.log(line)
  if (!found.good) process.exitCode = 1
}

async function clientOf(data: string, name: string): Promise<Gateway> {
  const { rolesOf } = await import('./play/people.ts')
  const role = rolesOf(personas(dayOf(instant(Date.now())))).find((r) => r.name === name)
  const file = join(data, keyName(name))
  if (role === undefined || !existsSync(file)) throw new Mistake(`no key of a test client called ${name} in ${join(data, 'keys')}: start the gateway once, or look there for the names`)
  const url = await addressOfGateway(data)
  if (url === null) throw new Mistake(`no gateway runs on ${data}: npm start`)
  return connect({ url, clientId: name, key: JSON.parse(readFileSync(file, 'utf8')) as JWK, scope: role.scope.join(' '), bound: 'partner' in role.claim })
}

/** Null where none answers. */
async function addressOfGateway(data: string): Promise<string | null> {
  const url = runningIn(data)?.url ?? null
  if (url === null) return null
  const alive = await fetch(new URL('/health', url), { signal: AbortSignal.timeout(2_000) }).then((answer) => answer.ok, () => false)
  return alive ? url : null
}

async function withGateway(data: string, use: (url: string) => Promise<void>): Promise<void> {
  const running = await addressOfGateway(data)
  if (running !== null) return use(running)
  const { startGateway } = await import('./gateway.ts')
  const gateway = await startGateway({ port: 0, data, quiet: true, cards: [] })
  try {
    await use(gateway.url)
  } finally {
    await gateway.close()
  }
}
