/**
 * What GnuTLS and pkilint say of everything that is issued: `node tests/interop/pki.ts [--optional]`. One line per
 * check, then `N passed, M failed`. A tool that cannot be had is a failure; with `--optional` it is skipped, loudly.
 * GnuTLS holds dates against the clock on the wall, so everything here is dated today.
 */
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromPem, toPem } from '../../core/pki/certificate.ts'
import { ocspResponse, type OcspResponder } from '../../core/pki/ocsp.ts'
import { certIdFor } from '../../core/pki/ocsp-request.ts'
import { localSigner } from '../../core/pki/signer.ts'
import { authority, caKindOf, day, endEntityInput, endEntityKinds, generationNames, holderSigner, issue, listOf, responderOf, type TestAuthority } from '../pki/authority.ts'

const pkilintVersion = '0.13.3'
const optional = process.argv.includes('--optional')
const folder = mkdtempSync(join(tmpdir(), 'mynagate-interop-'))
const now = Math.floor(Date.now() / 1000) * 1000
const lastSecond = (days: number): number => Math.floor(now / day + days) * day + 53_999_000

const tally = { passed: 0, failed: 0, skipped: 0 }
function report(passed: boolean, what: string, why: string): void {
  tally[passed ? 'passed' : 'failed']++
  console.log(`${passed ? 'pass' : 'FAIL'}  ${what}${passed ? '' : `\n      ${why.trim().split('\n').slice(-6).join('\n      ')}`}`)
}
function missing(tool: string): void {
  if (optional) console.log(`SKIP  ${tool} is not to be had; its checks did not run`)
  else report(false, tool, 'is not to be had (--optional skips it)')
  tally.skipped++
}
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
function run(tool: string, args: readonly string[]): { status: number; output: string } {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { encoding: 'utf8', timeout: 120_000 })
  return { status: error === undefined ? (status ?? -1) : -1, output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}` }
}

// ---------------------------------------------------------------- material

interface Item { readonly what: string; readonly authority: string; readonly path: string; readonly kind: 'ca' | 'leaf' | 'responder' | 'crl' | 'ocsp' }

async function material(): Promise<Item[]> {
  const items: Item[] = []
  for (const generation of generationNames) {
    for (const ca of ['signature', 'authentication'] as const) {
      const from = await authority(ca, generation)
      const name = `${generation} ${ca}`
      const path = put(`${generation}-${ca}-ca.pem`, toPem('CERTIFICATE', from.certificate.der))
      const add = (kind: Item['kind'], what: string, file: string, content: string | Uint8Array) => items.push({ kind, what: `${name}: ${what}`, authority: path, path: put(`${generation}-${ca}-${file}`, content) })
      add('ca', 'CA certificate', 'ca-copy.pem', toPem('CERTIFICATE', from.certificate.der))
      for (const kind of endEntityKinds.filter((k) => caKindOf(k) === ca)) {
        const input = endEntityInput(kind, from.certificate, { notBefore: now - day, notAfter: lastSecond(1_800) })
        add('leaf', `${kind} certificate`, `${kind}.pem`, toPem('CERTIFICATE', await issue(from, input)))
      }
      for (const [what, by, signer] of [['RSA-2048 responder by key', 'key', holderSigner('rsa2048-sha256')], ['P-256 responder by name', 'name', localSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)]] as const) {
        const responder = await responderOf(from, signer, by, now)
        add('responder', what, `${by}-responder.pem`, toPem('CERTIFICATE', responder.certificate))
        add('ocsp', `answer of the ${what}`, `${by}.ocsp`, await answer(from, responder))
      }
      const entries = [{ serial: '40AB', revokedAt: now - day, reason: 1 }, { serial: '7F00000000000000000000000000000000000001', revokedAt: now - day, reason: null }] as const
      for (const [what, list] of [['list of two', entries], ['empty list', []]] as const) add('crl', what, `${list.length}.crl.pem`, toPem('X509 CRL', await listOf(from, list, { number: BigInt(now), thisUpdate: now - 1_000, nextUpdate: now + 7 * day })))
    }
  }
  return items
}

function answer(from: TestAuthority, responder: OcspResponder): Promise<Uint8Array> {
  const dates = { thisUpdate: now - 60_000, nextUpdate: now + day }
  return ocspResponse({
    responder, producedAt: now - 60_000, nonce: new Uint8Array(32).fill(1),
    responses: [{ certId: certIdFor(from.certificate, '40AB', 'sha1').der, status: 'revoked', at: now - day, reason: 1, ...dates }, { certId: certIdFor(from.certificate, '40AC').der, status: 'good', ...dates }],
  })
}

// ---------------------------------------------------------------- GnuTLS

function gnutls(items: readonly Item[]): void {
  if (run('certtool', ['--version']).status !== 0 || run('ocsptool', ['--version']).status !== 0) return missing('GnuTLS (certtool, ocsptool)')
  for (const { kind, what, authority: ca, path } of items) {
    const commands: Record<Item['kind'], [string, string[]]> = {
      ca: ['certtool', ['--verify', '--load-ca-certificate', ca, '--infile', path]],
      leaf: ['certtool', ['--verify', '--load-ca-certificate', ca, '--infile', path]],
      responder: ['certtool', ['--verify', '--load-ca-certificate', ca, '--infile', path]],
      crl: ['certtool', ['--verify-crl', '--load-ca-certificate', ca, '--infile', path]],
      ocsp: ['ocsptool', ['--verify-response', '--load-response', path, '--load-trust', ca]],
    }
    const [tool, args] = commands[kind]
    const { status, output } = run(tool, args)
    report(status === 0 && !/not verified|failure|error:/i.test(output), `GnuTLS ${args[0]}  ${what}`, output)
  }
  // The other authority's key must not do: a check that can only say yes is none.
  const [ours, theirs] = [items.find((i) => i.kind === 'leaf')!, items.find((i) => i.kind === 'leaf' && i.authority !== items[0]!.authority)!]
  report(run('certtool', ['--verify', '--load-ca-certificate', theirs.authority, '--infile', ours.path]).status !== 0, 'GnuTLS --verify  refuses a certificate under another authority', 'accepted')
}

// ---------------------------------------------------------------- pkilint

/** Remarks that the profile brings with it: a CPS pointer as JPKI has one; the way the key identifier was made. */
const remarks: ReadonlySet<string> = new Set(['pkix.certificate_policies_policy_has_qualifier', 'pkix.subject_key_identifier_method_1_identified'])

function pkilint(items: readonly Item[]): void {
  const bin = installed()
  if (bin === null) return missing(`pkilint ${pkilintVersion}`)
  for (const { kind, what, authority: ca, path } of items) {
    const lints: Record<Item['kind'], [string, string[]][]> = {
      ca: [['lint_pkix_cert', [path]]],
      leaf: [['lint_pkix_cert', [path]], ['lint_pkix_signer_signee_cert_chain', [ca, path]]],
      responder: [['lint_pkix_cert', [path]], ['lint_pkix_signer_signee_cert_chain', [ca, path]]],
      crl: [['lint_crl', ['-t', 'CRL', '-p', 'PKIX', path]]],
      ocsp: [['lint_ocsp_response', [path]]],
    }
    for (const [tool, args] of lints[kind]) {
      const { output } = run(join(bin, tool), ['lint', '-f', 'JSON', ...args])
      const findings = findingsIn(output)
      report(findings !== null && findings.every((code) => remarks.has(code)), `pkilint ${tool}  ${what}`, findings?.join('\n') ?? output)
    }
  }
  // A control: the same certificate with a negative serial number must be found out.
  const der = Buffer.from(fromPem(readFileSync(items.find((i) => i.kind === 'leaf')!.path, 'utf8')))
  der[der.indexOf(Buffer.from('a0030201020214', 'hex')) + 7]! |= 0x80
  const found = findingsIn(run(join(bin, 'lint_pkix_cert'), ['lint', '-f', 'JSON', put('negative.pem', toPem('CERTIFICATE', der))]).output)
  report(found !== null && found.some((code) => !remarks.has(code)), 'pkilint lint_pkix_cert  finds a negative serial number', 'found nothing')
}

/** Codes of the findings; null where the tool printed no report. */
function findingsIn(output: string): string[] | null {
  try {
    const { results } = JSON.parse(output) as { results: { finding_descriptions: { code: string }[] }[] }
    return results.flatMap((r) => r.finding_descriptions.map((f) => f.code))
  } catch {
    return null
  }
}

/** A virtual environment of its own, kept between runs where PKILINT_VENV says. */
function installed(): string | null {
  const home = process.env['PKILINT_VENV'] ?? join(folder, 'venv')
  const bin = join(home, 'bin')
  if (existsSync(join(bin, 'lint_pkix_cert'))) return bin
  mkdirSync(home, { recursive: true })
  if (run('python3', ['-m', 'venv', home]).status !== 0) return null
  return run(join(bin, 'pip'), ['install', '--quiet', '--disable-pip-version-check', `pkilint==${pkilintVersion}`]).status === 0 ? bin : null
}

try {
  const items = await material()
  gnutls(items)
  pkilint(items)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${tally.passed} passed, ${tally.failed} failed${tally.skipped > 0 ? `, ${tally.skipped} tools missing` : ''}`)
process.exitCode = tally.failed === 0 ? 0 : 1
