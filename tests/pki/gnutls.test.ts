/** A second opinion besides OpenSSL's on certificates in phones: GnuTLS verifies one of each kind, in both generations. */
import { describe, expect, test } from 'vitest'
import { assemble, caTbs, parseCaCertificate, toPem } from '../../core/pki/certificate.ts'
import { lintCa, signLinted } from '../../core/pki/lint.ts'
import type { AuthorityKind } from '../../core/pki/names.ts'
import type { Generation } from '../../core/pki/profile.ts'
import { localSigner } from '../../core/pki/signer.ts'
import { caKindOf, day, endEntityInput, generationNames, issue, newKey, newSerial, settings, type TestAuthority } from './authority.ts'
import { have, inFolder, run } from './tools.ts'

/** GnuTLS of this age holds dates against the clock on the wall: everything here is dated today. */
const today = Math.floor(Date.now() / 1_000) * 1_000
const lastSecond = (days: number): number => Math.floor(today / day + days) * day + 53_999_000
async function authority(ca: AuthorityKind, generation: Generation): Promise<TestAuthority> {
  const key = newKey(generation)
  const signer = localSigner(key)
  const input = { ca, serial: newSerial(), spki: signer.spki, notBefore: today - day, notAfter: lastSecond(3650) }
  const linted = lintCa(caTbs(input, settings), input, settings)
  return { ca, certificate: parseCaCertificate(assemble(linted, await signLinted(signer, linted))), signer, key }
}
const kinds = ['smartphone-signature', 'smartphone-authentication'] as const

describe.skipIf(!have('certtool'))('GnuTLS', () => {
  test.each(generationNames.flatMap((generation) => kinds.map((kind) => [generation, kind] as const)))('verifies %s %s, and not under the other authority', async (generation, kind) => {
    const from = await authority(caKindOf(kind), generation)
    const certificate = await issue(from, endEntityInput(kind, from.certificate, { notBefore: today - 3_600_000, notAfter: lastSecond(1800) }))
    const other = await authority(kind === 'smartphone-signature' ? 'authentication' : 'signature', generation)
    await inFolder((_, put) => {
      const verify = (name: string, ca: Uint8Array) => run('certtool', ['--verify', '--load-ca-certificate', put(`${name}.pem`, toPem('CERTIFICATE', ca)), '--infile', leaf])
      const leaf = put('leaf.pem', toPem('CERTIFICATE', certificate))
      const right = verify('ca', from.certificate.der)
      expect(right.output).toContain('The certificate is trusted.')
      expect(right.status).toBe(0)
      expect(verify('other', other.certificate.der).status).not.toBe(0)
    })
  })
})
