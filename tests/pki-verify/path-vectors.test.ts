/** x509-limbo and NIST PKITS against validatePath. What is left out stands by name, with its reason, in left-out.json. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { children, contentOf, decode, tlv, type Element } from '../../core/pki/der.ts'
import { validatePath } from '../../core/pki/path.ts'
import { judgeLimbo, judgePkits, pkitsTime, readPkits, runPkits, type LimboCase } from '../../local/vectors.ts'

const folder = new URL('../vectors/', import.meta.url)
const leftOut = JSON.parse(readFileSync(new URL('left-out.json', import.meta.url), 'utf8')) as { limbo: Record<string, string>; pkits: Record<string, string> }
const now = Date.UTC(2026, 10, 1)

describe('x509-limbo', () => {
  const { testcases } = JSON.parse(readFileSync(new URL('x509-limbo/limbo-given.json', folder), 'utf8')) as { testcases: LimboCase[] }
  const judged = testcases.filter(({ id }) => !(id in leftOut.limbo))

  test('every case runs or is left out with a reason', () => {
    expect(testcases).toHaveLength(71)
    expect(Object.keys(leftOut.limbo).filter((id) => !testcases.some((t) => t.id === id))).toEqual([])
    expect(Object.values(leftOut.limbo).every((reason) => reason.length > 20)).toBe(true)
  })
  test.each(judged.map((t) => [t.id, t] as const))('%s', (_, testcase) => {
    const started = process.threadCpuUsage()
    const why = judgeLimbo(testcase, now)
    expect(why === null ? 'SUCCESS' : 'FAILURE', why ?? 'every check passed').toBe(testcase.expected_result)
    expect(process.threadCpuUsage(started).user / 1000).toBeLessThan(500)
  })
  test('an anchor that expires tomorrow is refused the day after', () => {
    const valid = testcases.find((t) => t.expected_result === 'SUCCESS' && t.validation_time === null)!
    expect(judgeLimbo(valid, now)).toBeNull()
    expect(judgeLimbo(valid, Date.UTC(2970, 0, 1))).toMatch(/validity/)
  })
})

describe('NIST PKITS', () => {
  const directory = new URL('pkits/', folder).pathname
  const suite = readPkits(directory)
  const left = new Set(Object.keys(leftOut.pkits))

  test('every file is DER: decoded and encoded again, it has the same bytes', () => {
    const again = (e: Element): Uint8Array => tlv(e.tag, ...((e.tag & 0x20) === 0 ? [contentOf(e)] : children(e).map(again)))
    const files = ['certs', 'crls'].flatMap((kind) => readdirSync(`${directory}${kind}`).map((name) => `${directory}${kind}/${name}`))
    expect(files).toHaveLength(578)
    for (const file of files) expect(Buffer.compare(again(decode(readFileSync(file))), readFileSync(file)), file).toBe(0)
  })
  test('what the parsers refuse is what is wrong on purpose', () => {
    const all = readdirSync(`${directory}certs`)
    // Signatures of a fraction of an octet, and a negative serial number.
    expect(all.filter((name) => !suite.certificates.has(name)).sort()).toEqual(['BadSignedCACert.crt', 'InvalidDSASignatureTest6EE.crt', 'InvalidNegativeSerialNumberTest15EE.crt'])
    expect(suite.crls).toHaveLength(172)
  })
  test('the list names only cases of the suite', () => {
    expect([...left].filter((name) => !suite.ends.includes(`${name}EE.crt`))).toEqual([])
    expect(suite.ends.filter((name) => /^(Valid|Invalid)/.test(name))).toHaveLength(203)
  })
  test('every verdict in a name that is not left out', () => {
    const { total, disagreements } = runPkits(suite, left)
    expect(disagreements).toEqual([])
    expect(total).toBe(203 - left.size)
  })
  test('what is left out for our own scope is refused, never accepted, and so is every Invalid', () => {
    for (const name of [...left].filter((n) => n.startsWith('Invalid') || /DSA|cRLIssuer/.test(n))) expect(judgePkits(suite, `${name}EE.crt`), name).not.toBeNull()
  })
  test('policies: the named check alone agrees with every name under default inputs', () => {
    const anchor = suite.certificates.get('TrustAnchorRootCertificate.crt')!
    const intermediates = [...suite.certificates].filter(([name]) => !name.endsWith('EE.crt')).map(([, c]) => c)
    const names = [...left].filter((name) => /olicy|olicies|inhibit/.test(name))
    expect(names).toHaveLength(42)
    for (const name of names) {
      const verdict = validatePath({ leaf: suite.certificates.get(`${name}EE.crt`)!, intermediates, anchors: [anchor], at: pkitsTime, crls: suite.crls })
      expect(verdict.checks.find((c) => c.name === 'policies')!.passed, name).toBe(name.startsWith('Valid'))
    }
  })
})
