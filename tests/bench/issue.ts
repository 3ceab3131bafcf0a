/**
 * Issuing without KMS: bytes alone, and bytes with lint, assembly and the check of the signature against the pinned
 * key. The peer is the reading and writing of the same certificate by a schema library.
 */
import 'reflect-metadata'
import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate } from '@peculiar/asn1-x509'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { assemble, endEntityTbs } from '../../core/pki/certificate.ts'
import { lintEndEntity, signLinted } from '../../core/pki/lint.ts'
import { algorithms, digestSigner } from '../../core/pki/signer.ts'
import { authority, endEntityInput, generationNames, settings } from '../pki/authority.ts'
import { measure, print, type Figure } from './figure.ts'

export async function benchIssue(runs = 1_000): Promise<number> {
  const figures: Figure[] = []
  for (const generation of generationNames) {
    const from = await authority('signature', generation)
    const input = endEntityInput('signature', from.certificate)
    const { hash } = algorithms[from.certificate.algorithm]
    const tbs = endEntityTbs(input, settings)
    const stored = await signLinted(from.signer, lintEndEntity(tbs, input, settings))
    // The key answers at once with the signature made before: what is left is our own work, the self-check included.
    const atOnce = digestSigner(from.certificate.algorithm, from.certificate.spki, async () => stored)
    const key = createPublicKey({ key: Buffer.from(from.certificate.spki), format: 'der', type: 'spki' })
    const der = assemble(lintEndEntity(tbs, input, settings), stored)
    const limited = generation === 'rsa2048-sha256'
    figures.push(
      { name: `${generation}: TBS and digest`, value: await measure(runs, () => createHash(hash).update(endEntityTbs(input, settings)).digest()), unit: 'ms', limit: 0.1 },
      { name: `${generation}: the same by a schema library (write only)`, value: await measure(200, reWrite(der)), unit: 'ms' },
      { name: `${generation}: TBS, lint, self-check, assembly`, value: await measure(runs, async () => {
        const linted = lintEndEntity(endEntityTbs(input, settings), input, settings)
        return assemble(linted, await signLinted(atOnce, linted))
      }), unit: 'ms', ...(limited ? { limit: 1 } : {}) },
      { name: `${generation}: of that, one verification`, value: await measure(200, () => verify(hash, tbs, { key, dsaEncoding: 'der' }, stored)), unit: 'ms' },
      { name: `${generation}: octets of a certificate`, value: der.length, unit: 'octets' },
    )
  }
  return print('issue: one certificate, without the call to KMS', figures)
}

function reWrite(der: Uint8Array): () => unknown {
  const parsed = AsnConvert.parse(der, Certificate)
  return () => AsnConvert.serialize(parsed.tbsCertificate)
}

if (import.meta.main) process.exitCode = (await benchIssue()) === 0 ? 0 : 1
