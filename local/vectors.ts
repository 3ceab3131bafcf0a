/**
 * Runs test suites that others wrote against the verifying side of core/pki and prints how far both agree:
 * `npm run vectors -- limbo FILE | pkits DIR | wycheproof FILE…`. A disagreement is printed with the verdict's reason;
 * cases that the written list leaves out are counted apart.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fromPem } from '../core/pki/certificate.ts'
import { Malformed } from '../core/pki/der.ts'
import { parseCertificate, parseCrl, type Certificate, type Crl } from '../core/pki/parse.ts'
import type { GeneralName } from '../core/pki/parse/general-name.ts'
import { revocationElsewhere, validatePath, type PathVerdict } from '../core/pki/path.ts'
import type { KeyUsage } from '../core/pki/path/conformity.ts'
import { digestOf, signatureAlgorithmOf, verifyMessage, verifyRaw, type Hash } from '../core/pki/verify.ts'
import { verifyDigest } from '../core/pki/verify-digest.ts'

export interface Disagreement { readonly id: string; readonly expected: string; readonly found: string; readonly why: string }
export interface Tally { readonly total: number; readonly agree: number; readonly disagreements: readonly Disagreement[] }

const tally = (total: number, disagreements: readonly Disagreement[]): Tally => ({ total, agree: total - disagreements.length, disagreements })

function readable<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof Malformed) return null
    throw error
  }
}
const present = <T>(list: readonly (T | null)[]): T[] => list.filter((item) => item !== null)
const failures = (verdict: PathVerdict): string => verdict.checks.filter((c) => !c.passed).map((c) => `${c.name}: ${c.why}`).join('; ')

// ---------------------------------------------------------------- x509-limbo

interface PeerName { readonly kind: string; readonly value: string }
export interface LimboCase {
  readonly id: string
  readonly expected_result: 'SUCCESS' | 'FAILURE'
  readonly validation_kind: 'SERVER' | 'CLIENT'
  readonly validation_time: string | null
  readonly peer_certificate: string
  readonly untrusted_intermediates: readonly string[]
  readonly trusted_certs: readonly string[]
  readonly key_usage: readonly KeyUsage[]
  readonly extended_key_usage: readonly string[]
  readonly signature_algorithms: readonly string[]
  readonly max_chain_depth: number | null
  readonly expected_peer_name: PeerName | null
  readonly expected_peer_names: readonly PeerName[]
  readonly crls: readonly string[]
}

const purposes: Readonly<Record<string, string>> = {
  serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2', codeSigning: '1.3.6.1.5.5.7.3.3', emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8', OCSPSigning: '1.3.6.1.5.5.7.3.9', anyExtendedKeyUsage: '2.5.29.37.0',
}
const limboAlgorithms: Readonly<Record<string, string>> = {
  sha256WithRSAEncryption: 'RSA_WITH_SHA256', sha384WithRSAEncryption: 'RSA_WITH_SHA384', sha512WithRSAEncryption: 'RSA_WITH_SHA512',
  'ecdsa-with-SHA256': 'ECDSA_WITH_SHA256', 'ecdsa-with-SHA384': 'ECDSA_WITH_SHA384', 'ecdsa-with-SHA512': 'ECDSA_WITH_SHA512',
}

/** Null if the case is valid, else the reason. `now` stands where a case gives no time. */
export function judgeLimbo(test: LimboCase, now: number): string | null {
  const leaf = readable(() => parseCertificate(fromPem(test.peer_certificate)))
  if (leaf === null) return 'the certificate is malformed'
  const certificates = (pems: readonly string[]): Certificate[] => present(pems.map((pem) => readable(() => parseCertificate(fromPem(pem)))))
  const lists = present(test.crls.map((pem) => readable(() => parseCrl(fromPem(pem, 'X509 CRL')))))
  const verdict = validatePath({
    leaf, intermediates: certificates(test.untrusted_intermediates), anchors: certificates(test.trusted_certs),
    at: test.validation_time === null ? now : Date.parse(test.validation_time),
    crls: test.crls.length === 0 ? revocationElsewhere : lists,
    requiredKeyUsage: test.key_usage,
    requiredEku: [...new Set([test.validation_kind === 'SERVER' ? 'serverAuth' : 'clientAuth', ...test.extended_key_usage])].map((name) => purposes[name] ?? name),
    ...(test.max_chain_depth === null ? {} : { maxDepth: test.max_chain_depth }),
  })
  if (!verdict.valid) return failures(verdict)
  const algorithm = verdict.path!.certificates.map((c) => limboAlgorithms[signatureAlgorithmOf(c.algorithm.der)!.name]!)
    .find((name) => test.signature_algorithms.length > 0 && !test.signature_algorithms.includes(name))
  if (algorithm !== undefined) return `${algorithm} is not among the algorithms allowed`
  const wanted = [...(test.expected_peer_name === null ? [] : [test.expected_peer_name]), ...test.expected_peer_names]
  const missing = wanted.find((name) => !(leaf.known.subjectAltName ?? []).some((san) => bears(san, name)))
  return missing === undefined ? null : `the certificate is not for ${missing.value}`
}

/** Whether an alternative name is the peer that was meant. @rfc 9525 6.3 */
function bears(san: GeneralName, { kind, value }: PeerName): boolean {
  if (san.kind === 'dNSName') {
    const [pattern, host] = [san.text.toLowerCase(), value.toLowerCase()]
    return kind === 'DNS' && (pattern === host || (pattern.startsWith('*.') && pattern.slice(1) === host.slice(Math.max(host.indexOf('.'), 1))))
  }
  if (san.kind === 'rfc822Name') return kind === 'RFC822' && san.text === value
  return san.kind === 'iPAddress' && kind === 'IP' && Buffer.from(san.octets).equals(octetsOfAddress(value))
}

function octetsOfAddress(text: string): Buffer {
  if (!text.includes(':')) return Buffer.from(text.split('.').map(Number))
  const [head = '', tail] = text.split('::')
  const words = (part: string): string[] => part.split(':').filter((word) => word !== '').map((word) => word.padStart(4, '0'))
  const zeros = tail === undefined ? 0 : 8 - words(head).length - words(tail).length
  return Buffer.from([...words(head), ...Array<string>(zeros).fill('0000'), ...words(tail ?? '')].join(''), 'hex')
}

export function runLimbo(testcases: readonly LimboCase[], now: number): Tally {
  return tally(testcases.length, testcases.flatMap((test) => {
    const why = judgeLimbo(test, now)
    const found = why === null ? 'SUCCESS' : 'FAILURE'
    return found === test.expected_result ? [] : [{ id: test.id, expected: test.expected_result, found, why: why ?? 'every check passed' }]
  }))
}

// ---------------------------------------------------------------- NIST PKITS

export interface Pkits { readonly certificates: ReadonlyMap<string, Certificate>; readonly crls: readonly Crl[]; readonly ends: readonly string[] }

export function readPkits(directory: string): Pkits {
  const certificates = new Map<string, Certificate>()
  const names = readdirSync(join(directory, 'certs')).filter((name) => name.endsWith('.crt')).sort()
  for (const name of names) {
    const certificate = readable(() => parseCertificate(readFileSync(join(directory, 'certs', name))))
    if (certificate !== null) certificates.set(name, certificate)
  }
  const lists = readdirSync(join(directory, 'crls')).filter((name) => name.endsWith('.crl')).sort()
  return {
    certificates, crls: present(lists.map((name) => readable(() => parseCrl(readFileSync(join(directory, 'crls', name)))))),
    ends: names.filter((name) => name.endsWith('EE.crt')),
  }
}

/** All is valid then, save what is wrong on purpose. */
export const pkitsTime = Date.UTC(2012, 0, 1)

/** Null if the path is valid, else the reason. */
export function judgePkits(suite: Pkits, name: string): string | null {
  const leaf = suite.certificates.get(name)
  if (leaf === undefined) return 'the certificate is malformed'
  const anchor = suite.certificates.get('TrustAnchorRootCertificate.crt')!
  const intermediates = [...suite.certificates].filter(([other]) => !other.endsWith('EE.crt')).map(([, certificate]) => certificate)
  const verdict = validatePath({ leaf, intermediates, anchors: [anchor], at: pkitsTime, crls: suite.crls })
  return verdict.valid ? null : failures(verdict)
}

/** The names that state a verdict. */
export function runPkits(suite: Pkits, leftOut: ReadonlySet<string> = new Set()): Tally {
  const judged = suite.ends.filter((name) => /^(Valid|Invalid)/.test(name) && !leftOut.has(name.replace('EE.crt', '')))
  return tally(judged.length, judged.flatMap((name) => {
    const why = judgePkits(suite, name)
    const [expected, found] = [name.startsWith('Valid') ? 'valid' : 'invalid', why === null ? 'valid' : 'invalid']
    return expected === found ? [] : [{ id: name, expected, found, why: why ?? 'every check passed' }]
  }))
}

// ---------------------------------------------------------------- Wycheproof

export interface WycheproofFile {
  readonly schema: string
  readonly numberOfTests: number
  readonly testGroups: readonly {
    readonly publicKeyDer: string
    readonly sha: string
    readonly tests: readonly { readonly tcId: number; readonly msg: string; readonly sig: string; readonly result: string; readonly comment: string }[]
  }[]
}

/** Strict: what the suite calls acceptable is expected to be refused. Signatures in DER go through both ways in. */
export function runWycheproof(file: WycheproofFile): Tally {
  const disagreements: Disagreement[] = []
  let total = 0
  const raw = file.schema.includes('p1363')
  for (const { publicKeyDer, sha, tests } of file.testGroups) {
    const spki = Buffer.from(publicKeyDer, 'hex')
    const hash = sha.toLowerCase().replace('-', '') as Hash
    for (const { tcId, msg, sig, result, comment } of tests) {
      const [message, signature] = [Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex')]
      const answers = raw
        ? [verifyRaw(spki, hash, message, signature)]
        : [verifyMessage(spki, hash, message, signature), verifyDigest(spki, hash, digestOf(hash, message), signature)]
      total++
      if (answers.some((answer) => answer !== (result === 'valid'))) disagreements.push({ id: `${tcId}`, expected: result, found: answers.join('/'), why: comment })
    }
  }
  return tally(total, disagreements)
}

// ---------------------------------------------------------------- command line

const leftOutFile = new URL('../tests/pki-verify/left-out.json', import.meta.url)

function main(suite: string | undefined, paths: readonly string[]): number {
  const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
  const path = paths[0]
  if (path === undefined) return usage()
  switch (suite) {
    case 'limbo': return print(runLimbo((json(path) as { testcases: LimboCase[] }).testcases, Date.now()))
    case 'pkits': {
      const leftOut = new Set(Object.keys((JSON.parse(readFileSync(leftOutFile, 'utf8')) as { pkits: object }).pkits))
      console.log(`left out by name, with reasons in tests/pki-verify/left-out.json: ${leftOut.size}`)
      return print(runPkits(readPkits(path), leftOut))
    }
    case 'wycheproof': return Math.max(...paths.map((each) => {
      console.log(basename(each))
      return print(runWycheproof(json(each) as WycheproofFile))
    }))
    default: return usage()
  }
}

function print({ total, agree, disagreements }: Tally): number {
  for (const { id, expected, found, why } of disagreements) console.log(`disagree ${id}: expected ${expected}, found ${found} (${why})`)
  console.log(`agree ${agree} of ${total}`)
  return disagreements.length === 0 ? 0 : 1
}

function usage(): number {
  console.error('vectors limbo FILE | pkits DIR | wycheproof FILE…')
  return 2
}

if (import.meta.main) process.exitCode = main(process.argv[2], process.argv.slice(3))
