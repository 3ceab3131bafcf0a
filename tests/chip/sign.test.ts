/** What each P1 of COMPUTE DIGITAL SIGNATURE and INTERNAL AUTHENTICATE really sign, checked with the public key. */
import { constants, createHash, createPublicKey, publicDecrypt, verify } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { toHex } from '../../core/chip/apdu.ts'
import { attestationKey } from '../../core/chip/chip.ts'
import { generateKey } from '../../core/chip/client.ts'
import { verifyKeyAttestation } from '../../core/chip/order.ts'
import { spkiOf } from '../../core/chip/rsa.ts'
import { makeTestChip, present, Reader } from './fixture.ts'

const message = Buffer.from('申請書')
const digest = createHash('sha256').update(message).digest()
const digestInfo = `3031300D060960864801650304020105000420${toHex(digest)}`
const reader = new Reader(makeTestChip())
let key: ReturnType<typeof createPublicKey>

const hex = (n: number): string => n.toString(16).padStart(2, '0')
function sign(p1: number, data: Uint8Array): Buffer {
  const answer = reader.apdu(`802A${hex(p1)}97${hex(data.length)}${toHex(data)}00`)
  expect(answer.slice(-4)).toBe('9000')
  return Buffer.from(answer.slice(0, -4), 'hex')
}
const recovered = (signature: Buffer): string => toHex(publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature))
const pss = (signature: Buffer): boolean => verify('sha256', message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature)

describe('COMPUTE DIGITAL SIGNATURE', () => {
  beforeAll(async () => {
    present(reader, { kind: 'PERSONALISE', certificates: ['authentication'] })
    const proof = verifyKeyAttestation(await generateKey(reader.transmit, 'authentication'), attestationKey(reader.chip.card))!
    key = createPublicKey({ key: Buffer.from(proof.publicKey), format: 'der', type: 'spki' })
    reader.apdu('00A4040C0AD392F000260100000001')
    reader.apdu('002000980431323334')
  })

  it('00: what was sent', () => expect(recovered(sign(0, Buffer.from('any octets')))).toBe(toHex(Buffer.from('any octets'))))
  it('01: bare digest of the message', () => expect(recovered(sign(1, message))).toBe(toHex(digest)))
  it('02: DigestInfo of the digest', () => expect(recovered(sign(2, digest))).toBe(digestInfo))
  it('03: DigestInfo of the digest of the message', () => expect(recovered(sign(3, message))).toBe(digestInfo))
  it('04 and 05: PSS, another salt each time', () => {
    const signatures = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? sign(4, digest) : sign(5, message)))
    for (const s of signatures) expect(pss(s)).toBe(true)
    expect(new Set(signatures.map(toHex)).size).toBe(12)
  })
  it('the padding is type 1, to the whole block', () => {
    const block = toHex(publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, sign(0, Uint8Array.of(0xaa))))
    expect(block).toBe(`0001${'FF'.repeat(252)}00AA`)
  })

  it('INTERNAL AUTHENTICATE: DigestInfo of the challenge, by the key of the common application', () => {
    const common = reader.chip.card.applications.find((a) => a.kind === 'common')!.files.find((f) => f.id === 0x19)
    if (common?.type !== 'key' || common.key === null) throw new Error('no key')
    reader.apdu('00A4040C0AD3921000310001010100')
    const answer = reader.apdu(`00880099${hex(message.length)}${toHex(message)}00`)
    const own = createPublicKey({ key: Buffer.from(spkiOf(common.key)), format: 'der', type: 'spki' })
    expect(verify('sha256', message, own, Buffer.from(answer.slice(0, -4), 'hex'))).toBe(true)
  })
})
