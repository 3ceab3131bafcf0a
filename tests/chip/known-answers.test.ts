import { createHash, createPublicKey, publicDecrypt, constants, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../core/chip/apdu.ts'
import { codeB, attributesFile, eraDate, parseAttributes } from '../../core/chip/applications/text.ts'
import { readAll, readTemplate, readTlv } from '../../core/chip/tlv.ts'
import { holder, makeTestChip, Reader, recordKeys } from './fixture.ts'

const text = 'D3921000310001010408'
const visual = 'D3921000310001010402'
const jpki = 'D392F000260100000001'

/** A whole file, read in extended form after the PIN (ASCII) of that file was verified. */
function file(reader: Reader, aid: string, id: string, pinFile?: string, pin?: string): Uint8Array {
  expect(reader.word(`00A4040C0A${aid}`)).toBe('9000')
  if (pinFile !== undefined && pin !== undefined) {
    expect(reader.word(`00A4020C02${pinFile}`)).toBe('9000')
    expect(reader.word(`00200080${pin.length.toString(16).padStart(2, '0')}${Buffer.from(pin).toString('hex')}`)).toBe('9000')
  }
  expect(reader.word(`00A4020C02${id}`)).toBe('9000')
  const answer = reader.apdu('00B00000000000')
  expect(answer.slice(-4)).toBe('9000')
  return fromHex(answer.slice(0, -4))
}

const sha256 = (b: Uint8Array): string => createHash('sha256').update(b).digest('hex').toUpperCase()

/** The key of a CV certificate's body or a `90 … 91 …` value. */
function rsaKey(value: Uint8Array) {
  const [e, n] = readAll(value)!
  return createPublicKey({ key: { kty: 'RSA', e: Buffer.from(e!.value).toString('base64url'), n: Buffer.from(n!.value).toString('base64url') }, format: 'jwk' })
}
const verifies = (key: ReturnType<typeof rsaKey>, data: Uint8Array, signature: Uint8Array): boolean => verify('sha256', data, key, signature)

/** The record key, from EF 0004 of the input-support application. */
const recordKey = (reader: Reader) => rsaKey(readTemplate(file(reader, text, '0004'), 0x7f21)!.get(0x5f4e)!.subarray(32))

describe('four attributes (EF 0002)', () => {
  const known = 'FF2065DF2108000E002000590064DF220FE9BB92E6A190E38080E5B9B9E4B99F'
    + 'DF2336E69DB1E4BAACE983BDE6B885E780ACE5B882E8A6B3E5B883E5AD90E58D97EFBC91EFBC92EFBC8DEFBC97EFBC8DEFBC92EFBC90EFBC92'
    + 'DF24083139383030323137DF250131'

  it('is byte-equal to the published test card: 104 octets', () => {
    const bytes = attributesFile({ name: holder.name, address: holder.address, birthDate: '19800217', sex: '1' })
    expect(toHex(bytes)).toBe(known)
    expect(bytes).toHaveLength(104)
    expect(toHex(file(new Reader(makeTestChip()), text, '0002', '0015', '55021720352285'))).toMatch(new RegExp(`^${known}(FF)+$`))
  })

  it('parses back, filler ignored, and takes long values', () => {
    const long = { name: '長', address: '番'.repeat(150), birthDate: '20010203', sex: '9' } as const
    const bytes = attributesFile(long)
    expect(toHex(bytes.subarray(0, 4))).toBe('FF2082' + toHex(bytes.subarray(3, 4)))
    expect(parseAttributes(bytes)).toEqual(long)
    const table = readTlv(readTlv(bytes)!.value)!.value
    const starts = [0, 2, 4, 6].map((i) => (table[i]! << 8) | table[i + 1]!)
    expect(starts.map((at) => readTlv(bytes, at)!.tag)).toEqual([0xdf22, 0xdf23, 0xdf24, 0xdf25])
    expect(parseAttributes(bytes.subarray(0, 60))).toBeNull()
  })

  it('has its offsets right in each length class of the outer tag', () => {
    for (const n of [1, 20, 25, 26, 60, 66, 67, 68, 150]) {
      const bytes = attributesFile({ name: '名', address: '番'.repeat(n), birthDate: '20010203', sex: '0' })
      const table = readTlv(readTlv(bytes)!.value)!.value
      expect([0, 2, 4, 6].map((i) => readTlv(bytes, (table[i]! << 8) | table[i + 1]!)!.tag)).toEqual([0xdf22, 0xdf23, 0xdf24, 0xdf25])
    }
  })
})

describe('照合番号B', () => {
  it('is era date, year of expiry, security code', () => {
    expect(codeB('1980-02-17', '2035-02-17', '2285')).toBe('55021720352285')
  })
  it.each([
    ['2020-02-24', '020224'], ['1989-01-07', '640107'], ['1989-01-08', '010108'], ['2019-04-30', '310430'], ['2019-05-01', '010501'],
    ['1926-12-24', '151224'], ['1926-12-25', '011225'], ['1912-07-29', '450729'], ['1912-07-30', '010730'], ['1868-01-25', '010125'],
  ])('%s is %s in the era', (day, expected) => expect(eraDate(day)).toBe(expected))
  it('refuses a date before Meiji', () => expect(() => eraDate('1868-01-24')).toThrow(RangeError))
})

describe('input-support application', () => {
  const reader = new Reader(makeTestChip())

  it('My Number is 17 octets, two of them filler', () => {
    expect(toHex(file(reader, text, '0001', '0011', '5678'))).toBe(`FF100C${Buffer.from('537686677188').toString('hex').toUpperCase()}FFFF`)
  })

  it('integrity record: 336 octets, digests of file and value, signature of the certified key', () => {
    const record = file(reader, text, '0003', '0011', '5678')
    expect(record).toHaveLength(336)
    expect(toHex(record.subarray(0, 8))).toBe('FF3082014BDF3120')
    const fields = readTemplate(record, 0xff30)!
    expect(toHex(fields.get(0xdf31)!)).toBe(sha256(file(reader, text, '0001', '0011', '5678')))
    const attributes = readTlv(file(reader, text, '0002', '0011', '5678'))!
    expect(toHex(fields.get(0xdf32)!)).toBe(sha256(attributes.value.subarray(11)))
    expect(toHex(record.subarray(75, 80))).toBe('DF33820100')
    expect(verifies(recordKey(reader), record.subarray(5, 75), fields.get(0xdf33)!)).toBe(true)
  })

  it('CV certificate: 568 octets, signed by the root', () => {
    const certificate = file(reader, text, '0004')
    expect(certificate).toHaveLength(568)
    expect(toHex(certificate.subarray(0, 10))).toBe('7F218202335F4E820129')
    expect(toHex(certificate.subarray(307, 312))).toBe('5F37820100')
    expect(toHex(certificate.subarray(10 + 7, 10 + 9))).toBe('0805')
  })

  it('basic information: lengths longer than needed, 256 octets on the card', () => {
    const basic = file(reader, text, '0005')
    expect(basic).toHaveLength(256)
    expect(toHex(basic.subarray(0, 12))).toBe('FF4082009FDF410401030E01')
    expect(toHex(basic.subarray(12, 15))).toBe('DF4210')
    expect(toHex(basic.subarray(31, 36))).toBe('DF43820080')
    expect(toHex(basic.subarray(164))).toBe('FF'.repeat(92))
  })

  it('own key: certified by the record key, and answers with P2 00 without a PIN', () => {
    const own = file(reader, text, '0007', '0011', '5678')
    expect(toHex(own.subarray(0, 5))).toBe('FF50820213')
    const fields = readTemplate(own, 0xff50)!
    expect(verifies(recordKey(reader), own.subarray(5, 5 + 270), fields.get(0xdf52)!)).toBe(true)
    reader.apdu(`00A4040C0A${text}`)
    const signature = reader.apdu('802A000003AABBCC00')
    expect(toHex(publicDecrypt({ key: rsaKey(fields.get(0xdf51)!), padding: constants.RSA_PKCS1_PADDING }, fromHex(signature.slice(0, -4))))).toBe('AABBCC')
  })

  it('session key: A1 { 90, 91 }', () => {
    expect(toHex(file(reader, text, '0006', '0014', '537686677188').subarray(0, 13))).toBe('A18201099003010001918201' + '00')
  })
})

describe('card-face application', () => {
  const reader = new Reader(makeTestChip())

  it('age record', () => {
    const record = file(reader, visual, '0001', '0011', '550217')
    expect(toHex(record.subarray(0, 16))).toBe('FF1082021EDF1108' + toHex(Buffer.from('19800217')))
    const fields = readTemplate(record, 0xff10)!
    expect(verifies(recordKey(reader), record.subarray(5, 5 + 11 + 270), fields.get(0xdf13)!)).toBe(true)
  })

  it('face: offset table, threefold digest, formats of the images', () => {
    const face = file(reader, visual, '0002', '0012', '55021720352285')
    const outer = readTlv(face)!
    const fields = readAll(outer.value)!
    const table = fields[0]!
    expect(table.tag).toBe(0xdf21)
    const starts = Array.from({ length: table.value.length / 2 }, (_, i) => (table.value[2 * i]! << 8) | table.value[2 * i + 1]!)
    expect(starts.map((at) => readTlv(face, at)!.tag)).toEqual([0xdf22, 0xdf23, 0xdf24, 0xdf25, 0xdf26, 0xdf27, 0xdf28, 0xdf29, 0xdf2a])
    const bytes = (from: number, to: number): Uint8Array => outer.value.subarray(fields[from]!.start, fields[to]!.end)
    const digests = sha256(bytes(1, 3)) + sha256(bytes(4, 5)) + sha256(bytes(6, 6))
    const opened = publicDecrypt({ key: recordKey(reader), padding: constants.RSA_PKCS1_PADDING }, fields[7]!.value)
    expect(toHex(opened)).toBe(`3071300D060960864801650304020105000460${digests}`)
    expect(toHex(fields[4]!.value.subarray(0, 8))).toBe('89504E470D0A1A0A')
    expect(toHex(fields[6]!.value.subarray(0, 8))).toBe('0000000C6A502020')
    expect(Buffer.from(fields[8]!.value).toString()).toBe('20350217')
    expect(toHex(fields[9]!.value.subarray(16, 26))).toBe('000000180000000C0100')
  })

  it('My Number image: 72×12, one bit, signed, opened by A alone', () => {
    const record = file(reader, visual, '0005', '0013', '537686677188')
    const fields = readTemplate(record, 0xff40)!
    expect(toHex(fields.get(0xdf41)!.subarray(16, 26))).toBe('000000480000000C0100')
    const signed = record.subarray(5, record.length - 261)
    expect(verifies(recordKey(reader), signed, fields.get(0xdf43)!)).toBe(true)
    reader.apdu(`00A4040C0A${visual}`)
    expect(reader.word('002000920E3535303231373230333532323835')).toBe('9000')
    expect(reader.word('00B0850000')).toBe('6982')
  })

  it('basic information names the municipality', () => {
    const basic = file(reader, visual, '0003')
    expect(toHex(basic.subarray(0, 12))).toBe('FF3082013BDF310406030E01')
    expect(Buffer.from(readTemplate(basic, 0xff30)!.get(0xdf34)!).toString()).toBe('13221')
    expect(readTemplate(basic, 0xff30)!.get(0xdf35)).toHaveLength(272)
  })

  it('CV certificates of both applications: one subject, signed by the root', () => {
    const certificates = [text, visual].map((aid) => readTemplate(file(reader, aid, '0004'), 0x7f21)!)
    const root = recordKeys.root.withKey((k) => createPublicKey(k))
    for (const c of certificates) {
      expect(verify('sha256', c.get(0x5f4e)!, root, c.get(0x5f37)!)).toBe(true)
      expect(verify('sha256', c.get(0x5f4e)!, recordKey(reader), c.get(0x5f37)!)).toBe(false)
    }
    const [a, b] = certificates.map((c) => c.get(0x5f4e)!)
    expect(toHex(a!.subarray(16))).toBe(toHex(b!.subarray(16)))
    expect(toHex(a!.subarray(0, 16))).not.toBe(toHex(b!.subarray(0, 16)))
  })
})

describe('JPKI and common applications', () => {
  const reader = new Reader(makeTestChip())

  it('token information: 160 octets of CK_TOKEN_INFO', () => {
    const token = file(reader, jpki, '0006')
    expect(token).toHaveLength(160)
    expect(Buffer.from(token.subarray(0, 32)).toString()).toBe('JPKIAPICCTOKEN2'.padEnd(32))
    expect(toHex(token.subarray(96, 124))).toBe('0000040D0000000100000000000000010000000000000010' + '00000006')
    expect(Buffer.from(token.subarray(140)).toString()).toBe('0301' + '9'.repeat(16))
  })

  it('presence flags of a card as shipped', () => expect(toHex(file(reader, jpki, '0008'))).toBe('000000'))

  it('common record by SFI, as myna reads it: byte-equal to the published test card', () => {
    reader.apdu('00A4040C0AD3921000310001010100')
    expect(reader.apdu('00B2010C00')).toBe('011C' + toHex(Buffer.from('4000000127198431322120350217')) + '9000')
  })

  it('GET DATA in the state after power-on', () => {
    const fresh = new Reader(makeTestChip())
    expect(fresh.apdu('00CA5F5100')).toBe('DA13FF8131FB468012392F31C173C601C03B9000')
    expect(fresh.apdu('00CA00F000')).toBe('31333232319000')
    expect(fresh.apdu('00CA00F200')).toBe('32303335303231379000')
    expect(fresh.apdu('00CA00420' + '0')).toMatch(/^393030303031300805303031.{8}9000$/)
    expect(fresh.word('00CA7F2100')).toBe('6700')
    fresh.apdu('00A4040C0AD3921000310001010408')
    expect(fresh.apdu('00CA5F5100')).toBe('DA13FF8131FB468012392F31C173C601C03B9000')
    expect(fresh.word('00CA00F000')).toBe('6A88')
    expect(fresh.word('00CADF3005')).toBe('6A88')
  })

  it('the chain of GET DATA: root, intermediate, the key of INTERNAL AUTHENTICATE', () => {
    const fresh = new Reader(makeTestChip())
    const object = (tag: string) => new Map(readAll(fromHex(fresh.apdu(`00CA${tag}000000`).slice(0, -4)))!.map((t) => [t.tag, t.value]))
    const [upper, lower] = [object('00F8'), object('7F21')]
    const root = recordKeys.root.withKey((k) => createPublicKey(k))
    expect(verify('sha256', upper.get(0x5f4e)!, root, upper.get(0x5f37)!)).toBe(true)
    expect(verify('sha256', lower.get(0x5f4e)!, rsaKey(upper.get(0x5f4e)!.subarray(32)), lower.get(0x5f37)!)).toBe(true)
    expect(toHex(lower.get(0x5f4e)!.subarray(0, 16))).toBe(toHex(upper.get(0x5f4e)!.subarray(16, 32)))
    expect(fresh.apdu('00CA00F700')).toBe(`${toHex(lower.get(0x5f4e)!.subarray(0, 16))}9000`)
    fresh.apdu('00A4040C0AD3921000310001010100')
    const answer = fresh.apdu('008800990411223344' + '00')
    expect(verify('sha256', fromHex('11223344'), rsaKey(lower.get(0x5f4e)!.subarray(32)), fromHex(answer.slice(0, -4)))).toBe(true)
  })

  it('the 住基 application refers to the same key as the common one', () => {
    const read = (aid: string): string => {
      reader.apdu(`00A4040C0A${aid}`)
      return reader.apdu('00B2011400')
    }
    expect(read('D3921000310001010401')).toMatch(/^0110.{32}9000$/)
    expect(read('D3921000310001010401')).toBe(read('D3921000310001010100'))
  })
})
