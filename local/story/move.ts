/**
 * The person moves to another municipality: the signing certificate lapses, the authentication certificate lives; OCSP and
 * the CRL say so; the four information items wait for a new certificate, which gets the remaining life only.
 */
import { buildOcspRequest, certIdFor } from '../../core/pki/ocsp-request.ts'
import { readOcspResponse } from '../../core/pki/ocsp-read.ts'
import { parseCaCertificate, type CaCertificate } from '../../core/pki/certificate.ts'
import { readCrl } from '../../core/pki/crl.ts'
import { certificateActs } from './counter.ts'
import { isRefused, must, pins, sha256, signed, until, type Issued, type Items, type Progress, type Scene } from './scene.ts'
import { fourInformation, verdict } from './partner.ts'
import type { Teller } from './teller.ts'

/** The same person, at the address it moves to. */
export const newAddress = '東京都清瀬市中里五丁目842番地'

export async function moveActs(scene: Scene, progress: Progress, story: Teller): Promise<void> {
  const { home, away } = scene
  const issuers = await caCertificates(scene)
  const today = (await scene.citizen.query<{ serverInfo: { today: string } }>('{ serverInfo { today } }')).data.serverInfo.today
  const moved: Items = { ...scene.items, address: newAddress }

  await story.act('Before the move: OCSP says good for both certificates', 'RFC 6960 · 公的個人認証法 第18条・第37条', async (check) => {
    progress.ocspGood = await ocsp(scene, issuers.authentication, progress.authentication)
    check('authentication: good', statusIn(progress.ocspGood, issuers.authentication, progress.authentication) === 'good')
    check('signing: good', statusIn(await ocsp(scene, issuers.signature, progress.signing), issuers.signature, progress.signing) === 'good')
  })

  await story.act('The person moves out of Yokohama and into Kiyose, presenting the card', '住民基本台帳法 第22条・第24条 · 公的個人認証法 第12条', async (check) => {
    const out = await must<{ lapsedCertificates: number }>(home, 'recordResidentEvent', { person: scene.person, kind: 'MOVE_OUT', occurredOn: today, plannedOn: today }, 'RecordedResidentEvent', 'lapsedCertificates')
    check('one certificate lapsed with the move-out: the signing one', out.lapsedCertificates === 1, out)
    await must(away, 'recordResidentEvent', { person: scene.person, kind: 'MOVE_IN', occurredOn: today, cardPresented: true, items: moved }, 'RecordedResidentEvent', 'id')
    progress.before = progress.signing
    const signing = await ocsp(scene, issuers.signature, progress.before)
    progress.ocspRevoked = signing
    check('OCSP: the signing certificate is revoked', statusIn(signing, issuers.signature, progress.before) === 'revoked')
    check('OCSP: the authentication certificate lives', statusIn(await ocsp(scene, issuers.authentication, progress.authentication), issuers.authentication, progress.authentication) === 'good')
    const answer = await verdict(scene, progress.document, progress.signature, progress.before.der)
    check('the old signature no longer verifies, for revocation alone', answer.checks.filter((c) => !c.passed).map((c) => c.name).join() === 'REVOCATION', answer)
  })

  await story.act('The list of revoked certificates carries it', 'RFC 5280 5 · 公的個人認証法 第16条', async (check) => {
    progress.crl = await until('the CRL', async () => {
      const answer = await fetch(new URL(`/crl/${progress.before.issuer}/141003.crl`, scene.url))
      if (!answer.ok) return null
      const der = new Uint8Array(await answer.arrayBuffer())
      return [...readCrl(der).entries()].some((entry) => entry.serial === progress.before.serial) ? der : null
    })
    const entry = [...readCrl(progress.crl).entries()].find((e) => e.serial === progress.before.serial)
    check('listed with reason affiliationChanged (3)', entry?.reason === 3, entry)
  })

  await story.act('The four information items wait: the old ones are not passed off as unchanged', '公的個人認証法 第18条第3項', async (check) => {
    const answer = await fourInformation(scene, progress.consent)
    check('AWAITING_NEW_CERTIFICATE', isRefused(answer) && answer.code === 'AWAITING_NEW_CERTIFICATE', answer)
  })

  progress.signing = await certificateActs(scene, progress, story, 'signature', { officer: away, items: moved, again: true })

  await story.act('The new certificate has the remaining life only; the new address is released', '公的個人認証法施行規則 第13条 · 公的個人認証法 第18条第3項', async (check) => {
    check('it ends with the authentication certificate', progress.signing.expiresOn === progress.authentication.expiresOn, progress.signing.expiresOn)
    const answer = await fourInformation(scene, progress.consent)
    check('the new address, in the state CHANGED', !isRefused(answer) && answer.address === newAddress && answer.freshness === 'CHANGED', answer)
    const signature = signed(await progress.card.sign(pins.signature, sha256(progress.document)))
    const now = await verdict(scene, progress.document, signature, progress.signing.der)
    check('a signature with the new key verifies', now.valid, now)
  })
}

export async function caCertificates(scene: Scene): Promise<{ signature: CaCertificate; authentication: CaCertificate }> {
  const { data } = await scene.bank.query<{ trustAnchors: { authority: string; certificate: string }[] }>('{ trustAnchors { authority certificate } }')
  const of = (authority: string): CaCertificate => parseCaCertificate(new Uint8Array(Buffer.from(data.trustAnchors.find((a) => a.authority === authority)!.certificate, 'base64')))
  return { signature: of('SIGNATURE'), authentication: of('AUTHENTICATION') }
}

/** CertIDs by SHA-1, as openssl makes them unless told otherwise: the saved answers are checked with it. It identifies, it protects nothing. */
const idOf = (issuer: CaCertificate, certificate: Issued) => certIdFor(issuer, certificate.serial, 'sha1')

async function ocsp(scene: Scene, issuer: CaCertificate, certificate: Issued): Promise<Uint8Array> {
  const request = buildOcspRequest([idOf(issuer, certificate)])
  const answer = await fetch(new URL('/ocsp', scene.url), { method: 'POST', headers: { 'content-type': 'application/ocsp-request' }, body: request as BodyInit })
  if (answer.status !== 200) throw new Error(`OCSP answered HTTP ${answer.status}`)
  return new Uint8Array(await answer.arrayBuffer())
}

function statusIn(response: Uint8Array, issuer: CaCertificate, certificate: Issued): string {
  const read = readOcspResponse(response, issuer, Date.now())
  if (read.outcome !== 'answered') throw new Error(`OCSP: ${read.outcome}`)
  const asked = Buffer.from(idOf(issuer, certificate).der)
  return read.responses.find((r) => asked.equals(r.certId))?.status ?? 'unknown'
}

