import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../core/chip/apdu.ts'
import { attestationKey } from '../../core/chip/chip.ts'
import { CardError, generateKey, readCaCertificate, readCertificate, readFourItems, readMyNumber, setPins, signDigest, writeCertificate } from '../../core/chip/client.ts'
import { signDigestP384 } from '../../core/chip/ecdsa.ts'
import { drawDigits, drawText } from '../../core/chip/face/glyphs.ts'
import { encodeJp2 } from '../../core/chip/face/jp2.ts'
import { encodePng } from '../../core/chip/face/png.ts'
import { portrait } from '../../core/chip/face/portrait.ts'
import { makeChip, PersonalisationError, type Personalisation } from '../../core/chip/make.ts'
import { verifyKeyAttestation } from '../../core/chip/order.ts'
import { cardCertificates, exportRecordKeys, importRecordKeys } from '../../core/chip/records.ts'
import { fakeRandom, holder, makePersonalisedChip, makeTestChip, personalisation, pins, present, Reader, recordKeys, shapedCertificate } from './fixture.ts'

describe('makeChip', () => {
  it.each<[string, Partial<Personalisation>]>([
    ['holder.name', { holder: { ...holder, name: '' } }],
    ['holder.address', { holder: { ...holder, address: '番'.repeat(201) } }],
    ['holder.birthDate', { holder: { ...holder, birthDate: '1867-12-31' } }],
    ['holder.birthDate', { holder: { ...holder, birthDate: '1980-2-17' } }],
    ['holder.birthDate', { holder: { ...holder, birthDate: '1980-02-32' } }],
    ['myNumber', { myNumber: '12345678901' }],
    ['cardNumber', { cardNumber: '1' }],
    ['municipality', { municipality: '132217' }],
    ['expiry', { expiry: '20350217' }],
    ['securityCode', { securityCode: '22850' }],
    ['caCertificates', { caCertificates: { signature: new Uint8Array(2561), authentication: new Uint8Array(1) } }],
    ['orderKey', { orderKey: Uint8Array.of(1, 2, 3) }],
    ['orderKey', { orderKey: Uint8Array.from(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'der', type: 'spki' })) }],
    ['atr', { atr: Uint8Array.of(0x3b) }],
    ['tries', { tries: { a: 0, b: 10 } }],
    ['freeSpace', { freeSpace: { code: -1, data: 0, volatile: 0 } }],
    ['pins.signature', { pins: { signature: 'ABCDEF' } }],
    ['pins.authentication', { pins: { authentication: '12345' } }],
  ])('refuses %s', (field, over) => {
    expect(() => makeChip({ ...personalisation, ...over }, fakeRandom())).toThrow(new PersonalisationError(field))
  })

  it('never normalises a name', () => {
    const name = '葛\u{e0100}飾　か\u3099く'
    const reader = new Reader(makeTestChip({ holder: { ...holder, name } }))
    return expect(readFourItems(reader.transmit, pins.text)).resolves.toEqual({ name, address: holder.address, birthDate: '19800217', sex: '1' })
  })

  it('options: tries of the codes, ATR, no PINs as shipped', () => {
    const reader = new Reader(makeTestChip({ tries: { a: 7, b: 4 }, atr: Uint8Array.of(0x3b, 0x80, 0x80, 0x01, 0x01), pins: {} }))
    reader.apdu('00A4040C0AD3921000310001010408')
    expect([reader.word('00200094'), reader.word('00200095'), reader.word('00200091'), reader.word('002000910435363738')]).toEqual(['63C7', '63C4', '63C3', '6985'])
    reader.apdu('00A4040C0AD3921000310001010402')
    expect([reader.word('00200093'), reader.word('00200092'), reader.word('00200091')]).toEqual(['63C7', '63C4', '63C4'])
    reader.apdu('00A40400 00')
    expect(reader.apdu('00CA5F5100')).toBe('808001019000')
  })

  it('record keys go to the agency\'s store and back: same certificates', () => {
    const again = importRecordKeys(exportRecordKeys(recordKeys))
    const certificate = (keys: typeof recordKeys): string => toHex(cardCertificates(keys, '13221', '400000012719843', recordKeys.root).visual)
    expect(certificate(again)).toBe(certificate(recordKeys))
    expect(certificate({ ...again, mark: Uint8Array.of(0, 0, 0, 0) })).not.toBe(certificate(recordKeys))
    expect(() => importRecordKeys({ ...exportRecordKeys(recordKeys), root: Uint8Array.of(1) })).toThrow(RangeError)
  })
})

describe('client', () => {
  it('reads certificates, the four items and My Number; a wrong PIN is a value', async () => {
    const reader = new Reader(await makePersonalisedChip())
    expect(await readCertificate(reader.transmit, 'authentication')).toEqual(shapedCertificate(0xaa))
    expect(await readCertificate(reader.transmit, 'signature', pins.signature)).toEqual(shapedCertificate(0x55))
    expect(await readCertificate(reader.transmit, 'signature', 'WRONG1')).toEqual({ outcome: 'wrong', triesLeft: 4 })
    await expect(readCertificate(reader.transmit, 'signature')).rejects.toEqual(new CardError('read', 0x6982))
    expect(await readCaCertificate(reader.transmit, 'signature')).toEqual(personalisation.caCertificates.signature)
    expect(await readMyNumber(reader.transmit, pins.text)).toBe('537686677188')
    expect(await readMyNumber(reader.transmit, '0000')).toEqual({ outcome: 'wrong', triesLeft: 2 })
    expect(await signDigest(reader.transmit, 'authentication', '0000', new Uint8Array(32))).toEqual({ outcome: 'wrong', triesLeft: 2 })
    await expect(signDigest(reader.transmit, 'authentication', '1234', new Uint8Array(20))).rejects.toThrow(RangeError)
  })

  it('says blocked, for the attempt that blocks and for those after it, with either status word', async () => {
    for (const blockedWord of [0x6984, 0x6983] as const) {
      const reader = new Reader(makeTestChip({ blockedWord }))
      await readMyNumber(reader.transmit, '0000')
      await readMyNumber(reader.transmit, '0000')
      expect(await readMyNumber(reader.transmit, '0000')).toEqual({ outcome: 'blocked' })
      expect(await readMyNumber(reader.transmit, pins.text)).toEqual({ outcome: 'blocked' })
    }
  })

  it('tells a card that is no such card, one without certificate, and one that says nothing', async () => {
    await expect(readMyNumber(async () => Uint8Array.of(0x6a, 0x82), '1234')).rejects.toEqual(new CardError('select application', 0x6a82))
    await expect(readMyNumber(async () => new Uint8Array(0), '1234')).rejects.toMatchObject({ sw: 0 })
    expect(new CardError('select application', 0x6a82).message).toBe('select application: file or application not found (6A82)')
    expect(await readCertificate(new Reader(makeTestChip()).transmit, 'authentication')).toBeNull()
  })

  it('does not run on for ever where a card promises more than it gives', async () => {
    const liar = async (c: Uint8Array): Promise<Uint8Array> => (c[1] === 0xb0 && c[4] === 4 ? Uint8Array.of(0x30, 0x82, 0x7f, 0xff, 0x90, 0) : Uint8Array.of(0x90, 0))
    await expect(readCertificate(liar, 'authentication')).rejects.toBeInstanceOf(CardError)
  })
})

describe('the drafted P-384 profile', () => {
  it('makes keys on board and signs a digest and a message', async () => {
    const reader = new Reader(makeTestChip({ profile: 'p384' }))
    present(reader, { kind: 'PERSONALISE', certificates: ['authentication', 'signature'] })
    const { publicKey } = verifyKeyAttestation(await generateKey(reader.transmit, 'signature'), attestationKey(reader.chip.card))!
    await writeCertificate(reader.transmit, 'signature', shapedCertificate(1))
    await setPins(reader.transmit, pins)
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
    expect(key.asymmetricKeyDetails).toEqual({ namedCurve: 'secp384r1' })
    const message = Buffer.from('申請書')
    for (const hash of ['sha256', 'sha384', 'sha512']) {
      const signed = await signDigest(reader.transmit, 'signature', pins.signature, createHash(hash).update(message).digest(), 'p384')
      if (signed.outcome !== 'signed') throw new Error(signed.outcome)
      expect(signed.signature).toHaveLength(96)
      expect(verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, signed.signature)).toBe(true)
      expect(verify(hash, Buffer.from('別'), { key, dsaEncoding: 'ieee-p1363' }, signed.signature)).toBe(false)
    }
    const whole = reader.apdu(`802A039A${message.length.toString(16).padStart(2, '0')}${toHex(message)}00`)
    expect(verify('sha384', message, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(whole.slice(0, -4), 'hex'))).toBe(true)
    expect([reader.word('802A019A010100'), reader.word('802A009A010100')]).toEqual(['6A86', '6985'])
  })

  it('draws another nonce for each signature and throws away those out of range', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const digest = createHash('sha384').update('m').digest()
    const nonces = [new Uint8Array(48), new Uint8Array(48).fill(0xff), new Uint8Array(48).fill(1), new Uint8Array(48).fill(2)]
    const random = { bytes: () => nonces.shift()! }
    const first = signDigestP384(privateKey, digest, random)
    expect(nonces).toHaveLength(1)
    const second = signDigestP384(privateKey, digest, random)
    expect(toHex(first)).not.toBe(toHex(second))
    for (const s of [first, second]) expect(verify('sha384', Buffer.from('m'), { key: publicKey, dsaEncoding: 'ieee-p1363' }, s)).toBe(true)
  })
})

describe('images of the card face', () => {
  /** Rows of `#` and `.` from a PNG of one bit. */
  function picture(png: Uint8Array): string[] {
    const b = Buffer.from(png)
    const width = b.readUInt32BE(16)
    const height = b.readUInt32BE(20)
    const raw = inflateSync(b.subarray(b.indexOf('IDAT') + 4, b.indexOf('IEND') - 8))
    const stride = Math.ceil(width / 8) + 1
    return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_x, x) => (raw[y * stride + 1 + (x >> 3)]! & (0x80 >> (x & 7)) ? '.' : '#')).join(''))
  }

  it('digits are legible', () => {
    expect(picture(encodePng(drawDigits('17'))).map((r) => r.trimEnd())).toEqual([
      '............', '............', '..#...#####.', '.##.......#.', '..#......#..', '..#.....#...', '..#....#....', '..#....#....', '.###...#....', '............', '............', '............',
    ])
  })

  it('every digit differs, characters show their code point, full-width digits are digits', () => {
    expect(new Set(Array.from({ length: 10 }, (_, d) => picture(encodePng(drawDigits(String(d)))).join('\n'))).size).toBe(10)
    const [a, b] = ['山', '川'].map((c) => picture(encodePng(drawText(c, 16))).join('\n'))
    expect(a).not.toBe(b)
    expect(picture(encodePng(drawText('　', 16))).join('')).toMatch(/^\.+$/)
    expect(picture(encodePng(drawText('７', 1)))).toEqual(picture(encodePng(drawText('7', 1))))
    expect(picture(encodePng(drawText('あいう', 2)))).toHaveLength(32)
    expect(picture(encodePng(drawText('　'.repeat(40), 20)))).toEqual(Array.from({ length: 32 }, () => '.'.repeat(320)))
  })

  it('CRC of each chunk is right', () => {
    const b = Buffer.from(encodePng(drawDigits('1')))
    expect(b.subarray(-4).toString('hex')).toBe('ae426082')
  })

  // The two hashes were taken when OpenJPEG 2.5.0 decoded these files to the pictures that went in (tests/interop/jp2.ts does it again).
  it('JPEG 2000: known answers', () => {
    expect(toHex(encodeJp2(5, 3, (x, y) => x * 40 + y)).toLowerCase()).toBe(
      '0000000c6a5020200d0a870a00000014667479706a703220000000006a7032200000002d6a703268000000166968647200000003000000050001070700000000000f636f6c7201000000000011'
      + '0000006c6a703263ff4fff510029000000000005000000030000000000000000000000400000004000000000000000000001070101ff52000c00000001000004040001ff5c00044040'
      + 'ff90000a0000000000210001ff93df808006b6098e24599f0716f2add18c4fff6bffd9')
    const hash = (b: Uint8Array): string => createHash('sha256').update(b).digest('hex')
    expect(hash(encodeJp2(65, 66, (x, y) => (x * 3 + y) & 255))).toBe('13bc2d9cad5d5d93cacdbe64421872486ba3f4c48d6af38da91d7427c45d4dfd')
    expect(hash(portrait(Uint8Array.of(1, 2, 3, 4, 5)))).toBe('a9b9c1a0fa9a1af07b1137970f78fc3ab7c7cd00a038887f780f0bba57fc2a71')
  })
})
