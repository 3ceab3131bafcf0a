/**
 * Fuzzes what reads certificates, lists, OCSP requests, CMS and checkpoints from outside: `npm run fuzz -- --minutes N [--seed N]`.
 * Inputs are outside corpora, real certificates, and mutations of both. A finding is anything thrown that is not
 * `Malformed`, or a run above 100 ms of processor time; what a parser accepts goes on into the validators.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fromPem, parseCaCertificate } from '../core/pki/certificate.ts'
import { parseCheckpoint } from '../core/pki/checkpoint.ts'
import { parseSignedData, verifySignedData } from '../core/pki/cms.ts'
import { children, contentOf, decode, encodingOf, Malformed, tlv, type Element } from '../core/pki/der.ts'
import { buildOcspRequest, certIdFor, parseOcspPath, parseOcspRequest } from '../core/pki/ocsp-request.ts'
import { parseCertificate, parseCrl } from '../core/pki/parse.ts'
import { revocationElsewhere, validateEndEntity, validatePath } from '../core/pki/path.ts'

export const slowest = 100

/** Each throws `Malformed` or ends well. */
export const targets = {
  certificate(bytes: Uint8Array): void {
    const leaf = parseCertificate(bytes)
    validatePath({ leaf, intermediates: [leaf], anchors: [leaf], at: leaf.notBefore, crls: revocationElsewhere, requiredKeyUsage: ['digitalSignature'] })
    validateEndEntity({ leaf, anchors: [leaf], at: leaf.notAfter, purpose: 'signature', expectedPolicies: ['1.2.3'] })
  },
  crl(bytes: Uint8Array): void {
    const crl = parseCrl(bytes)
    validatePath({ leaf: realRoot(), intermediates: [], anchors: [realRoot()], at: crl.thisUpdate, crls: [crl] })
  },
  /** And what is sent instead in the path of a GET. */
  ocspRequest(bytes: Uint8Array): void {
    parseOcspPath(Buffer.from(bytes).toString('base64'))
    parseOcspRequest(bytes)
  },
  cms(bytes: Uint8Array): void {
    const signed = parseSignedData(bytes)
    verifySignedData({ signed, form: 'cades-bes', detached: { content: bytes } })
  },
  /** What the reader accepts is DER: encoded again it has the same bytes. */
  der(bytes: Uint8Array): void {
    const again = (e: Element): Uint8Array => tlv(e.tag, ...((e.tag & 0x20) === 0 ? [contentOf(e)] : children(e).map(again)))
    const element = decode(bytes)
    if (Buffer.compare(again(element), encodingOf(element)) !== 0) throw new Error('accepted, but not canonical')
  },
  checkpoint(bytes: Uint8Array): void {
    parseCheckpoint(Buffer.from(bytes).toString('utf8'))
  },
} as const
export type Target = keyof typeof targets

const folder = new URL('../tests/vectors/', import.meta.url)
const pemIn = (path: string): Uint8Array => fromPem(readFileSync(new URL(path, folder), 'utf8'))
let root: ReturnType<typeof parseCertificate> | null = null
const realRoot = (): ReturnType<typeof parseCertificate> => (root ??= parseCertificate(pemIn('jpki-ca/sign_ca_2023.pem')))

const noteSeed = `mynagate.example/audit\n20852163\n${'A'.repeat(43)}=\n\n— mynagate.example/audit AAAAAAA=\n`

const ocspSeed = (): Uint8Array => {
  const ca = parseCaCertificate(pemIn('jpki-ca/sign_ca_2023.pem'))
  return buildOcspRequest([certIdFor(ca, '0132C4AB'), certIdFor(ca, '4001', 'sha1')], new Uint8Array(32).fill(7))
}

/** Corpora, real certificates, and rich structures of our own making. */
export function seeds(): Uint8Array[] {
  const all = (path: string): Uint8Array[] => readdirSync(new URL(path, folder)).sort().map((name) => readFileSync(new URL(`${path}${name}`, folder)))
  return [
    ...['asn1', 'cms', 'crl', 'x509'].flatMap((kind) => all(`asn1-fuzz/${kind}/`)),
    ...all('pkits/certs/'), ...all('pkits/crls/'), ...readdirSync(new URL('jpki-ca/', folder)).filter((name) => name.endsWith('.pem')).map((name) => pemIn(`jpki-ca/${name}`)),
    ...all('../pki-verify/seeds/'), Buffer.from(noteSeed), ocspSeed(),
  ]
}

/** Numbers from 0 to below `n`, the same for the same seed. */
export function randomFrom(seed: number): (n: number) => number {
  let counter = 0
  let pool = Buffer.alloc(0)
  return (n) => {
    if (pool.length < 4) pool = createHash('sha512').update(`${seed}/${counter++}`).digest()
    const value = pool.readUInt32BE(0)
    pool = pool.subarray(4)
    return value % n
  }
}

const interesting = [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x18, 0x1f, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xa0, 0xa1, 0xa3, 0xff] as const

/** One to four changes of the kinds that break parsers: bits, tags and lengths, cuts, doubled and foreign pieces. */
export function mutate(input: Uint8Array, other: Uint8Array, random: (n: number) => number): Uint8Array {
  let bytes = Buffer.from(input)
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(bytes.length + 1)
    const length = 1 + random(16)
    switch (random(7)) {
      case 0: if (at < bytes.length) bytes[at]! ^= 1 << random(8); break
      case 1: if (at < bytes.length) bytes[at] = interesting[random(interesting.length)]!; break
      case 2: bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]); break
      case 3: bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(length, interesting[random(interesting.length)]), bytes.subarray(at)]); break
      case 4: bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + 4 * length), bytes.subarray(at)]); break
      case 5: bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(random(other.length + 1))]); break
      default: bytes = bytes.subarray(0, Math.max(at, 1))
    }
  }
  return Uint8Array.from(bytes)
}

export interface Finding { readonly target: Target; readonly problem: string; readonly input: string }

/** Null, or what is wrong with the target on this input. Time is processor time of this thread; a slow run is repeated, for a collection of garbage may lie in it. */
export function tryOn(target: Target, input: Uint8Array): Finding | null {
  let fastest = Infinity
  for (let attempt = 0; attempt < 3 && fastest > slowest; attempt++) {
    const started = process.threadCpuUsage()
    try {
      targets[target](input)
    } catch (error) {
      if (!(error instanceof Malformed)) return { target, problem: String(error), input: Buffer.from(input).toString('hex') }
    }
    const { user, system } = process.threadCpuUsage(started)
    fastest = Math.min(fastest, (user + system) / 1000)
  }
  return fastest > slowest ? { target, problem: `${fastest.toFixed(0)} ms`, input: Buffer.from(input).toString('hex') } : null
}

export interface FuzzReport { readonly runs: number; readonly accepted: number; readonly findings: readonly Finding[] }

/** Every seed as it is, then mutations, through every target, until `enough` says so. */
export function fuzz(corpus: readonly Uint8Array[], seed: number, enough: (runs: number) => boolean): FuzzReport {
  const random = randomFrom(seed)
  const findings: Finding[] = []
  let [runs, accepted] = [0, 0]
  while (!enough(runs) && findings.length < 20) {
    const chosen = runs < corpus.length ? corpus[runs]! : mutate(corpus[random(corpus.length)]!, corpus[random(corpus.length)]!, random)
    for (const target of Object.keys(targets) as Target[]) {
      const finding = tryOn(target, chosen)
      if (finding !== null) findings.push(finding)
    }
    try {
      decode(chosen)
      accepted++
    } catch { /* counted as not accepted */ }
    runs++
  }
  return { runs, accepted, findings }
}

if (import.meta.main) {
  const option = (name: string, otherwise: number): number => {
    const at = process.argv.indexOf(`--${name}`)
    const value = at < 0 ? otherwise : Number(process.argv[at + 1])
    if (!Number.isFinite(value) || value < 0) throw new RangeError(`--${name} needs a number`)
    return value
  }
  const [minutes, seed] = [option('minutes', 1), option('seed', Date.now() % 1_000_000)]
  const end = performance.now() + minutes * 60_000
  console.log(`seed ${seed}, ${minutes} min, targets ${Object.keys(targets).join(', ')}`)
  const { runs, accepted, findings } = fuzz(seeds(), seed, () => performance.now() > end)
  for (const { target, problem, input } of findings) console.log(`${target}: ${problem}\n  ${input.slice(0, 2000)}`)
  console.log(`${runs} inputs through ${Object.keys(targets).length} targets, ${accepted} of them DER, findings: ${findings.length}`)
  process.exitCode = findings.length === 0 ? 0 : 1
}
