/** CMS and CAdES-BES: what is built verifies here and at openssl, what openssl builds verifies here, and nothing changed does. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toPem } from '../../core/pki/certificate.ts'
import { buildSignedData, cmsLimits, parseSignedData, verifySignedData, type SignedDataInput, type SignerCheckName, type Verification } from '../../core/pki/cms.ts'
import { bitString, Malformed, nullValue, oid, sequence } from '../../core/pki/der.ts'
import { parseCertificate, type Certificate } from '../../core/pki/parse.ts'
import { SignerFault } from '../../core/pki/signer.ts'
import { digestOf, type Hash } from '../../core/pki/verify.ts'
import { have, inFolder, run } from '../pki/tools.ts'
import { encodeCertificate, ext, keyNumber, name, now, proper, type Key } from './forge.ts'
import { readDer, signDigestWith } from './card.ts'

type Kind = 'rsa' | 'p256' | 'p384'
interface Holder { readonly kind: Kind; readonly key: KeyObject; readonly certificate: Certificate }
const holders = new Map<Kind, Holder>()
/** Certified by a forged authority on P-256: trust is not what is tested here. */
const authority = proper('anchor', name('CMS CA'), keyNumber(0), name('CMS CA'), keyNumber(0))
function holderOf(kind: Kind): Holder {
  const known = holders.get(kind)
  if (known !== undefined) return known
  const { privateKey, publicKey } = kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: kind === 'p256' ? 'prime256v1' : 'secp384r1' })
  const key: Key = { privateKey, spki: Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' })), id: Uint8Array.of(1, 2, 3, holders.size) }
  const der = encodeCertificate({ subject: name(`Holder ${kind}`), issuer: name('CMS CA'), key, issuerKey: keyNumber(0), notAfter: now + 3650 * 86_400_000, extensions: [ext.keyUsage(0, 1), ext.ski(key), ext.aki(keyNumber(0))] })
  const made = { kind, key: privateKey, certificate: parseCertificate(der) }
  holders.set(kind, made)
  return made
}
const kinds: readonly Kind[] = ['rsa', 'p256', 'p384']
const hashes: readonly Hash[] = ['sha256', 'sha384', 'sha512']
const text = Buffer.from('同意します。\n')

const build = ({ certificate, key }: Holder, over: Partial<SignedDataInput> = {}): Promise<Uint8Array> =>
  buildSignedData({ content: { attached: text }, certificate, hash: 'sha256', signingTime: now, signDigest: (digest) => signDigestWith(key, over.hash ?? 'sha256', digest), ...over })
const verdicts = (der: Uint8Array, over: Partial<Verification> = {}) => verifySignedData({ signed: parseSignedData(der), form: 'cades-bes', ...over })
const failed = (der: Uint8Array, over: Partial<Verification> = {}): SignerCheckName[] => verdicts(der, over).flatMap((v) => v.checks.filter((c) => !c.passed).map((c) => c.name))

describe.each(kinds)('built with %s', (kind) => {
  test.each(hashes)('%s: attached, detached, from a digest', async (hash) => {
    const holder = holderOf(kind)
    const attached = await build(holder, { hash })
    expect(verdicts(attached)).toMatchObject([{ valid: true, signingTime: now, certificate: { serial: holder.certificate.serial } }])
    for (const content of [{ detached: text }, { digest: digestOf(hash, text) }]) {
      const detached = await build(holder, { hash, content })
      expect(parseSignedData(detached).content).toBeNull()
      expect(failed(detached, { detached: { content: text } })).toEqual([])
      expect(failed(detached, { detached: { hash, digest: digestOf(hash, text) } })).toEqual([])
      expect(failed(detached)).toEqual(['messageDigest'])
      expect(failed(detached, { detached: { content: Buffer.from('異議') } })).toEqual(['messageDigest'])
      expect(failed(detached, { detached: { hash: hash === 'sha256' ? 'sha384' : 'sha256', digest: digestOf(hash, text) } })).toEqual(['messageDigest'])
    }
    expect(failed(attached, { detached: { content: text } })).toEqual(['messageDigest'])
  })
  test('a key that is not the certificate\'s is found before anything goes out', async () => {
    const stranger = kind === 'rsa' ? holderOf('p256') : holderOf('rsa')
    await expect(build(holderOf(kind), { signDigest: (digest) => signDigestWith(stranger.key, 'sha256', digest) })).rejects.toThrow(SignerFault)
  })
})

describe.skipIf(!have('openssl'))('openssl', () => {
  const certificatePem = (holder: Holder): string => toPem('CERTIFICATE', holder.certificate.der)
  const keyPem = (holder: Holder): string => holder.key.export({ type: 'pkcs8', format: 'pem' }) as string

  test.each(kinds.flatMap((kind) => hashes.map((hash) => [kind, hash] as const)))('verifies what is built: %s, %s', async (kind, hash) => {
    const holder = holderOf(kind)
    const attached = await build(holder, { hash })
    const detached = await build(holder, { hash, content: { detached: text } })
    await inFolder((_, put) => {
      const common = ['cms', '-verify', '-binary', '-inform', 'DER', '-cades', '-x509_strict', '-purpose', 'any', '-attime', String(now / 1000), '-CAfile', put('ca.pem', toPem('CERTIFICATE', authority.der))]
      expect(run('openssl', [...common, '-in', put('a.der', attached)])).toMatchObject({ status: 0 })
      expect(run('openssl', [...common, '-in', put('d.der', detached), '-content', put('t', text)])).toMatchObject({ status: 0 })
      expect(run('openssl', [...common, '-in', put('d.der', detached), '-content', put('u', 'other')]).status).not.toBe(0)
    })
  })

  const sizes = [0, 1, 128, 65536]
  test.each(kinds.flatMap((kind) => [['-cades'], ['-cades', '-keyid'], []].map((options) => [kind, options] as const)))('builds what verifies: %s %j', async (kind, options) => {
    const holder = holderOf(kind)
    await inFolder((folder, put) => {
      const who = ['-signer', put('c.pem', certificatePem(holder)), '-inkey', put('k.pem', keyPem(holder))]
      for (const [i, size] of sizes.entries()) {
        const content = Buffer.alloc(size, i)
        for (const attach of [['-nodetach'], []]) {
          const sign = run('openssl', ['cms', '-sign', '-binary', '-outform', 'DER', '-md', hashes[i % 3]!, ...attach, ...options, ...who, '-in', put('t', content), '-out', `${folder}/o.der`])
          expect(sign.status, sign.output).toBe(0)
          const der = readDer(`${folder}/o.der`)
          const over = attach.length === 0 ? { detached: { content } } : {}
          expect(failed(der, { ...over, form: options.length > 0 ? 'cades-bes' : 'cms' })).toEqual([])
          if (options.length === 0) expect(failed(der, over)).toEqual(['signingCertificate'])
        }
      }
    })
  })

  test('several signers are judged each for itself', async () => {
    await inFolder((folder, put) => {
      const who = kinds.flatMap((kind) => ['-signer', put(`${kind}.pem`, certificatePem(holderOf(kind))), '-inkey', put(`${kind}.key`, keyPem(holderOf(kind)))])
      expect(run('openssl', ['cms', '-sign', '-cades', '-binary', '-outform', 'DER', '-md', 'sha384', ...who, '-in', put('t', text), '-out', `${folder}/o.der`]).status).toBe(0)
      const signed = parseSignedData(readDer(`${folder}/o.der`))
      const all = verifySignedData({ signed, form: 'cades-bes', detached: { content: text } })
      expect(all.map((v) => v.valid)).toEqual([true, true, true])
      expect(new Set(all.map((v) => v.certificate?.serial)).size).toBe(3)
      const broken = { ...signed, signers: signed.signers.map((s, i) => (i === 1 ? { ...s, signature: s.signature.toReversed() } : s)) }
      expect(verifySignedData({ signed: broken, form: 'cades-bes', detached: { content: text } }).map((v) => v.valid)).toEqual([true, false, true])
    })
  })

  test('refused: SHA-1, no signed attributes, RSA-PSS, streaming BER', async () => {
    const holder = holderOf('rsa')
    await inFolder((folder, put) => {
      const make = (...options: string[]): Uint8Array => {
        const result = run('openssl', ['cms', '-sign', '-binary', '-outform', 'DER', '-nodetach', '-signer', put('c.pem', certificatePem(holder)), '-inkey', put('k.pem', keyPem(holder)), ...options, '-in', put('t', text), '-out', `${folder}/o.der`])
        expect(result.status, result.output).toBe(0)
        return readDer(`${folder}/o.der`)
      }
      expect(failed(make('-md', 'sha1'), { form: 'cms' })).toEqual(['algorithm', 'messageDigest', 'signature'])
      expect(failed(make('-md', 'sha256', '-noattr'), { form: 'cms' })).toEqual(['contentType', 'messageDigest', 'signature'])
      expect(failed(make('-md', 'sha256', '-keyopt', 'rsa_padding_mode:pss'), { form: 'cms' })).toEqual(['algorithm', 'signature'])
      expect(() => parseSignedData(make('-md', 'sha256', '-stream', '-indef'))).toThrow(Malformed)
    })
  })
})

describe('nothing changed verifies', () => {
  test('one flipped bit anywhere: malformed, or refused, or outside of what is signed', async () => {
    const holder = holderOf('p256')
    const der = await build(holder)
    const signed = parseSignedData(der)
    const at = (part: Uint8Array): [number, number] => [Buffer.from(der).indexOf(part), part.length]
    const covered = [at(signed.content!), at(signed.signers[0]!.signature), at(holder.certificate.spki), at(signed.signers[0]!.attributes!.messageDigest)]
    fc.assert(fc.property(fc.nat(der.length * 8 - 1), (bit) => {
      const broken = der.slice()
      broken[bit >> 3]! ^= 1 << (bit & 7)
      let valid = false
      try {
        valid = verdicts(broken).some((v) => v.valid)
      } catch (error) {
        expect(error).toBeInstanceOf(Malformed)
      }
      if (covered.some(([from, length]) => bit >> 3 >= from && bit >> 3 < from + length)) expect(valid).toBe(false)
    }), { numRuns: 400 })
  })

  test('another certificate with the same name, number and key is not the one that was meant', async () => {
    const holder = holderOf('rsa')
    const signed = parseSignedData(await build(holder))
    const key: Key = { privateKey: holder.key, spki: holder.certificate.spki, id: Uint8Array.of(9) }
    const twin = parseCertificate(encodeCertificate({ subject: name('Somebody Else'), issuer: name('CMS CA'), key, issuerKey: keyNumber(0), serial: Buffer.from(holder.certificate.serial, 'hex') }))
    const [verdict] = verifySignedData({ signed: { ...signed, certificates: [twin] }, form: 'cms' })
    expect(verdict!.checks.filter((c) => !c.passed).map((c) => c.name)).toEqual(['signingCertificate'])
  })

  test('no certificate of the signer, and one offered beside the message', async () => {
    const holder = holderOf('p384')
    const signed = { ...parseSignedData(await build(holder)), certificates: [] }
    const missing = verifySignedData({ signed, form: 'cades-bes' })[0]!
    expect(missing.checks.filter((c) => !c.passed).map((c) => c.name)).toEqual(['algorithm', 'certificate', 'signingCertificate', 'signature'])
    expect(verifySignedData({ signed, form: 'cades-bes', certificates: [holder.certificate] })[0]!.valid).toBe(true)
  })

  test('attributes passed off as content', async () => {
    const holder = holderOf('p256')
    const signed = parseSignedData(await build(holder))
    const lifted = { ...signed, content: signed.signers[0]!.attributes!.encoded, signers: signed.signers.map((s) => ({ ...s, attributes: null })) }
    expect(verifySignedData({ signed: lifted, form: 'cms' })[0]!.valid).toBe(false)
  })

  test('nobody signed: no verdict that could be valid', async () => {
    const signed = parseSignedData(await build(holderOf('p256')))
    expect(verifySignedData({ signed: { ...signed, signers: [] }, form: 'cms' })).toEqual([])
  })
})

test('caps: size, certificates, signers', async () => {
  const der = await build(holderOf('p256'))
  expect(() => parseSignedData(der, { ...cmsLimits, maxBytes: der.length - 1 })).toThrow(/limit/)
  for (const what of ['signers', 'certificates', 'attributes'] as const) expect(() => parseSignedData(der, { ...cmsLimits, [what]: 0 })).toThrow(/limit/)
})

test('other structures are malformed', () => {
  for (const der of [sequence(), sequence(oid('1.2.840.113549.1.7.1'), nullValue), bitString(Uint8Array.of(1)), new Uint8Array()]) expect(() => parseSignedData(der)).toThrow(Malformed)
})
