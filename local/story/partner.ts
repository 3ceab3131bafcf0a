/**
 * At the partner's: login with the card, a signed document, and the four information items under a signed consent that
 * is withdrawn again.
 */
import { b64, must, pins, refusedWith, sha256, signed, tell, isRefused, type Answered, type Progress, type Scene } from './scene.ts'
import type { Teller } from './teller.ts'

export async function loginActs(scene: Scene, progress: Progress, story: Teller): Promise<void> {
  const { bank } = scene
  const { card } = progress

  await story.act('A partner logs the person in', '公的個人認証法 第38条', async (check) => {
    const challenge = await must<{ id: string; message: string }>(bank, 'createLoginChallenge', {}, 'LoginChallenge', 'id message')
    const digest = sha256(challenge.message)
    const wrong = await card.authenticate('9999', digest)
    check('a wrong PIN is refused by the card and the counter falls to 2', wrong.outcome === 'wrong' && wrong.triesLeft === 2, wrong)
    const signature = signed(await card.authenticate(pins.authentication, digest))
    const certificate = b64(await card.authenticationCertificate())
    const answer = { challenge: challenge.id, certificate, signature: b64(signature) }
    const login = await must<{ subject: string; assurance: { identity: string; authentication: string } }>(bank, 'answerLoginChallenge', answer, 'Login', 'subject assurance { identity authentication }')
    check('logged in, both assurance levels 3, under a name of the partner’s own', login.assurance.identity === 'IAL3' && login.assurance.authentication === 'AAL3' && login.subject.length >= 32, login)
    await refusedWith(check, 'the same answer once more (replay)', 'CHALLENGE_SPENT', tell(bank, 'answerLoginChallenge', answer, 'Login', 'subject'))
  })

  await story.act('The person signs a document; the partner verifies it', '公的個人認証法 第19条 · 電子署名法 第3条', async (check) => {
    progress.document = new TextEncoder().encode(`口座開設申込書\n申込日 2026年\n氏名 ${scene.items.name}\n`)
    progress.signature = signed(await card.sign(pins.signature, sha256(progress.document)))
    const verify = async (document: Uint8Array) => verdict(scene, document, progress.signature, progress.signing.der)
    const good = await verify(progress.document)
    check('every check of the verdict holds', good.valid && good.checks.every((c) => c.passed), good)
    const flipped = Uint8Array.from(progress.document)
    flipped[0]! ^= 1
    const bad = await verify(flipped)
    check('one flipped bit is detected, and only the signature check fails', !bad.valid && bad.checks.filter((c) => !c.passed).map((c) => c.name).join() === 'SIGNATURE', bad)
  })
}

export interface VerdictAnswer { readonly valid: boolean; readonly checks: readonly { readonly name: string; readonly passed: boolean; readonly why: string | null }[] }

export async function verdict(scene: Scene, document: Uint8Array, signature: Uint8Array, certificate: Uint8Array): Promise<VerdictAnswer> {
  const { data } = await scene.bank.query<{ verifySignature: Answered<VerdictAnswer> }>(
    'query ($input: VerifySignatureInput!) { verifySignature(input: $input) { __typename ... on Verdict { valid checks { name passed why } } ... on Refused { code message foundState field } } }',
    { input: { hash: 'SHA256', digest: b64(sha256(document)), signature: b64(signature), certificate: b64(certificate) } })
  if (isRefused(data.verifySignature)) throw new Error(`verifySignature was refused: ${data.verifySignature.code}`)
  return data.verifySignature
}

// ---------------------------------------------------------------- consent and the four information items

export async function consentActs(scene: Scene, progress: Progress, story: Teller): Promise<void> {
  const { bank, citizen } = scene
  await story.act('The partner asks for name and address for a stated purpose', '公的個人認証法施行規則 第35条の2', async (check) => {
    const purpose = await must<{ id: string; version: number }>(bank, 'registerPurpose', {
      name: '顧客情報の更新', textJa: '口座の名義と住所を最新に保つため', textEn: 'To keep the name and address of the account up to date', items: ['NAME', 'ADDRESS', 'BIRTH_DATE'],
    }, 'Purpose', 'id version')
    await refusedWith(check, 'an item that the purpose does not name', 'PURPOSE_NOT_REGISTERED', tell(bank, 'requestConsent', { purpose: purpose.id, required: ['NAME', 'SEX'], optional: [] }, 'ConsentRequest', 'id'))
    progress.consent = await consentTo(scene, progress, purpose.id, check)
    progress.receipt = await receiptOf(scene, progress.consent)
  })

  await story.act('The partner reads exactly those items, and a log entry appears', '公的個人認証法 第18条第3項', async (check) => {
    const answer = await fourInformation(scene, progress.consent)
    check('name and address, as the certificate has them', !isRefused(answer) && answer.name === scene.items.name && answer.address === scene.items.address, answer)
    check('nothing that was not consented to', !isRefused(answer) && answer.birthDate === null && answer.sex === null, answer)
    check('the state is CURRENT', !isRefused(answer) && answer.freshness === 'CURRENT', answer)
    const { data } = await citizen.query<{ me: { accessLog: { nodes: { items: string[]; released: boolean }[] } } }>('{ me { accessLog(first: 5) { nodes { items released } } } }')
    const entry = data.me.accessLog.nodes[0]
    check('the person sees who read what', entry?.released === true && entry.items.join() === 'NAME,ADDRESS', data)
  })
}

/** Request, document, signature of the card, consent. */
async function consentTo(scene: Scene, progress: Progress, purpose: string, check: (what: string, held: boolean, found?: unknown) => void): Promise<string> {
  const { bank, citizen } = scene
  const request = await must<{ id: string }>(bank, 'requestConsent', { purpose, required: ['NAME', 'ADDRESS'], optional: ['BIRTH_DATE'] }, 'ConsentRequest', 'id')
  const { data } = await citizen.query<{ consentRequest: { partner: { name: string }; document: { text: string } } }>(
    'query ($id: ID!) { consentRequest(id: $id) { partner { name } document(items: [NAME, ADDRESS]) { ... on ConsentDocument { text } } } }', { id: request.id })
  const { text } = data.consentRequest.document
  check('the document to be signed names recipient, purpose and items', text.includes(data.consentRequest.partner.name) && text.includes('"items":["name","address"]'), text)
  const signature = signed(await progress.card.sign(pins.signature, sha256(text)))
  const certificate = b64(progress.signing.der)
  await refusedWith(check, 'a consent that leaves a required item out', 'ITEMS_NOT_OFFERED', tell(citizen, 'giveConsent', { request: request.id, items: ['NAME'], certificate, signature: b64(signature) }, 'Consent', 'id'))
  const consent = await must<{ id: string; limitedBy: string; state: string }>(citizen, 'giveConsent', { request: request.id, items: ['NAME', 'ADDRESS'], certificate, signature: b64(signature) }, 'Consent', 'id limitedBy state')
  check('in force, for ten years at most', consent.state === 'IN_FORCE' && consent.limitedBy === 'TEN_YEARS', consent)
  return consent.id
}

async function receiptOf(scene: Scene, consent: string): Promise<string> {
  const { data } = await scene.citizen.query<{ consent: { receipt: string } }>('query ($id: ID!) { consent(id: $id) { receipt } }', { id: consent })
  return data.consent.receipt
}

export interface FourInformationAnswer { readonly name: string | null; readonly address: string | null; readonly birthDate: string | null; readonly sex: string | null; readonly freshness: string }

export async function fourInformation(scene: Scene, consent: string): Promise<Answered<FourInformationAnswer>> {
  const { data } = await scene.bank.query<{ fourInformation: Answered<FourInformationAnswer> }>(
    'query ($consent: ID!) { fourInformation(consent: $consent) { __typename ... on FourInformationRelease { name address birthDate sex freshness asOf } ... on Refused { code message foundState field } } }', { consent })
  return data.fourInformation
}

export async function withdrawalActs(scene: Scene, progress: Progress, story: Teller): Promise<void> {
  await story.act('The person withdraws the consent; the next read is refused', '公的個人認証法施行規則 第35条の2第5項', async (check) => {
    const withdrawn = await must<{ state: string }>(scene.citizen, 'withdrawConsent', { consent: progress.consent }, 'Consent', 'state')
    check('withdrawn', withdrawn.state === 'WITHDRAWN', withdrawn)
    const refused = await fourInformation(scene, progress.consent)
    check('refused with CONSENT_NOT_IN_FORCE', isRefused(refused) && refused.code === 'CONSENT_NOT_IN_FORCE', refused)
    const unknown = await fourInformation(scene, Buffer.from('cns_00000000000000000000000000').toString('base64url'))
    check('an unknown consent looks the same', isRefused(unknown) && unknown.code === 'CONSENT_NOT_IN_FORCE', unknown)
    const { data } = await scene.citizen.query<{ me: { accessLog: { nodes: { refusal: string | null }[] } } }>('{ me { accessLog(first: 2) { nodes { refusal } } } }')
    check('the refused read stands in the log too', data.me.accessLog.nodes[0]?.refusal === 'CONSENT_NOT_IN_FORCE', data)
  })
}

