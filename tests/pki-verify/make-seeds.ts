/**
 * Wrote the files of seeds/: rich structures of our own making for the fuzzer, which outside corpora lack. Run again
 * (`node tests/pki-verify/make-seeds.ts`) after a change of form; keys are new each time and kept nowhere.
 */
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { buildSignedData } from '../../core/pki/cms.ts'
import { parseCertificate } from '../../core/pki/parse.ts'
import { signDigestWith } from './card.ts'
import { certificateIssuer, crlNumber, deltaOf, encodeCertificate, encodeList, ext, general, invalidityDate, issuingPoint, keyNumber, name, now, type Key } from './forge.ts'

const put = (file: string, der: Uint8Array): void => writeFileSync(new URL(`seeds/${file}`, import.meta.url), der)
const [ca, caKey] = [name('Seed CA'), keyNumber(0)]

for (const namedCurve of ['prime256v1', 'secp384r1', null] as const) {
  const { privateKey, publicKey } = namedCurve === null ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve })
  const key: Key = { privateKey, spki: Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' })), id: Uint8Array.of(1, 2, 3, 4) }
  const certificate = parseCertificate(encodeCertificate({
    subject: name('Seed 髙橋'), issuer: ca, key, issuerKey: caKey,
    extensions: [ext.keyUsage(0, 1), ext.ski(key), ext.aki(caKey), ext.policies('1.2.3', '1.2.4'), ext.crlPoint(name('Shard')), ext.eku('1.3.6.1.5.5.7.3.2'),
      ext.san(general.dns('seed.example'), general.email('a@seed.example'), general.uri('https://seed.example/'), general.ip(192, 0, 2, 1), general.directory(ca), general.other('1.2.3', '東京都'))],
  }))
  put(`cms-${namedCurve ?? 'rsa'}.der`, await buildSignedData({ content: { attached: Buffer.from('同意します。') }, certificate, hash: 'sha384', signingTime: now, signDigest: (d) => signDigestWith(privateKey, 'sha384', d) }))
}
put('ca.der', encodeCertificate({
  subject: ca, issuer: ca, key: caKey, issuerKey: caKey,
  extensions: [ext.ca(3), ext.keyUsage(5, 6), ext.ski(caKey), ext.mappings(['1.2.3', '1.2.4']), ext.policyConstraints(1, 2), ext.inhibitAny(3),
    ext.constraints([general.dns('seed.example'), general.email('.seed.example'), general.ip(192, 0, 2, 0, 255, 255, 255, 0)], [general.directory(ca), general.uri('.example')])],
}))
put('list.der', encodeList({
  issuer: ca, key: caKey, extensions: [crlNumber(7), deltaOf(3), issuingPoint({ point: name('Shard'), user: true, indirect: true })],
  entries: [{ serial: '01' }, { serial: 'FF02', reason: 6, extensions: [invalidityDate(now), certificateIssuer(ca)] }],
}))
