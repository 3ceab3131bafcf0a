/**
 * At the counters: the card from application to hand-over, the two certificates act by act, and the orders by which a
 * terminal may work on a chip.
 */
import { closeOrder, generateKey, presentOrder, setPins, writeCertificate } from '../../core/chip/client.ts'
import { sandboxCard } from '../../client/card.ts'
import type { Gateway } from '../../client/gateway.ts'
import { b64, must, pins, refusedWith, tell, unb64, until, type Issued, type Items, type Progress, type Scene } from './scene.ts'
import type { Teller } from './teller.ts'

export async function cardActs(scene: Scene, progress: Partial<Progress>, story: Teller): Promise<void> {
  const { home, agency, citizen } = scene
  let cardNumber = ''

  await story.act('A resident applies for a card', '番号法 第16条の2', async (check) => {
    const application = await must<{ id: string; state: string }>(citizen, 'applyForCard', { person: scene.person, channel: 'WEB' }, 'CardApplication', 'id state')
    check('the application is received', application.state === 'RECEIVED', application)
    progress.application = application.id
    await refusedWith(check, 'a second application while one is open', 'APPLICATION_OPEN', tell(citizen, 'applyForCard', { person: scene.person, channel: 'WEB' }, 'CardApplication', 'id'))
  })

  await story.act('The agency makes the card and ships it; the municipality sends the notice', '番号法 第16条の2', async (check) => {
    const made = await must<{ card: { id: string; cardNumber: string; state: string; expiresOn: string } }>(
      agency, 'startProduction', { application: progress.application }, 'Production', 'card { id cardNumber state expiresOn }')
    progress.cardId = made.card.id
    cardNumber = made.card.cardNumber
    check('the card number has 15 digits', /^\d{15}$/.test(cardNumber), cardNumber)
    check('the card ends on a birthday of its holder', made.card.expiresOn.slice(5) === scene.items.birthDate.slice(5), made.card.expiresOn)
    const chip = await fetch(new URL('/sandbox/cards', scene.url), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ cardNumber }) })
    const { attestationKey } = (await chip.json()) as { attestationKey: string }
    check('the factory made a chip', chip.ok, chip.status)
    await must(agency, 'shipCard', { application: progress.application, attestationKey }, 'CardApplication', 'state')
    const notice = await must<{ state: string }>(home, 'sendNotice', { application: progress.application }, 'CardApplication', 'state')
    check('the notice is sent', notice.state === 'NOTICE_SENT', notice)
  })

  await story.act('The mayor confirms identity and hands the card over; the holder sets the PINs', '番号法 第17条第1項', async (check) => {
    progress.card = await sandboxCard(cardNumber, { url: scene.url })
    await refusedWith(check, 'one document without a photo', 'EVIDENCE_INSUFFICIENT',
      tell(home, 'handOverCard', { application: progress.application, documents: ['HEALTH_INSURANCE'], pinsSetBy: 'HOLDER' }, 'CardApplication', 'state'))
    await underOrder(home, progress as Progress, ['SIGNATURE', 'AUTHENTICATION'], async () => setPins(progress.card!.transmit, pins))
    const handed = await must<{ state: string; card: { state: string; usable: boolean } }>(
      home, 'handOverCard', { application: progress.application, documents: ['DRIVING_LICENCE'], pinsSetBy: 'HOLDER' }, 'CardApplication', 'state card { state usable }')
    check('the application is delivered, the card in use', handed.state === 'DELIVERED' && handed.card.state === 'ACTIVE' && handed.card.usable, handed)
  })
}

/** Article 3 or 22, whole. */
export async function certificateActs(scene: Scene, progress: Partial<Progress>, story: Teller, kind: 'signature' | 'authentication', at: { officer: Gateway; items: Items; again?: boolean }): Promise<Issued> {
  const article = kind === 'signature' ? '第3条' : '第22条'
  const name = kind === 'signature' ? '署名用電子証明書' : '利用者証明用電子証明書'
  const outside = kind.toUpperCase()
  const { officer } = at
  let application = ''
  let issued: Issued | null = null

  await story.act(`${at.again === true ? 'Again: application' : 'Application'} for the ${kind} certificate (${name}), and confirmation`, `公的個人認証法 ${article}第2項・第3項`, async (check) => {
    if (at.again !== true) {
      await refusedWith(check, 'items that are not those of the register', 'ITEMS_DIFFER', (async () => {
        const wrong = await must<{ id: string }>(officer, 'applyForCertificate', { card: progress.cardId, kind: outside, items: { ...at.items, address: `${at.items.address}９` } }, 'CertificateApplication', 'id')
        const answer = await tell(officer, 'confirmApplicant', { application: wrong.id }, 'CertificateApplication', 'state')
        await must(officer, 'withdrawCertificateApplication', { application: wrong.id }, 'CertificateApplication', 'state')
        return answer
      })())
    }
    const applied = await must<{ id: string; state: string }>(officer, 'applyForCertificate', { card: progress.cardId, kind: outside, items: at.items }, 'CertificateApplication', 'id state')
    application = applied.id
    const confirmed = await must<{ state: string }>(officer, 'confirmApplicant', { application }, 'CertificateApplication', 'state')
    check('the applicant stands in the register with these items', confirmed.state === 'CONFIRMED', confirmed)
  })

  await story.act('The key pair is made on the chip; the agency is notified', `公的個人認証法 ${article}第4項・第5項`, async (check) => {
    await underOrder(officer, progress as Progress, [outside], async () => {
      const attestation = await generateKey(progress.card!.transmit, kind)
      const recorded = await must<{ state: string }>(officer, 'recordKeyOnCard', { application, attestation: b64(attestation) }, 'CertificateApplication', 'state')
      check('the chip attests its public key; no private key left it', recorded.state === 'KEY_ON_CARD', recorded)
      await must(officer, 'notifyAgency', { application }, 'CertificateApplication', 'state')
      issued = await until('the certificate', async () => {
        const { data } = await officer.query<{ certificateApplication: { state: string; refusedFor: string | null; certificate: (Omit<Issued, 'der'> & { der: string | null }) | null } }>(
          'query ($id: ID!) { certificateApplication(id: $id) { state refusedFor certificate { id der serial issuer expiresOn } } }', { id: application })
        const found = data.certificateApplication
        if (found.state === 'REFUSED') throw new Error(`the agency refused: ${found.refusedFor}`)
        return found.certificate?.der == null ? null : { ...found.certificate, der: unb64(found.certificate.der) }
      })
      await writeCertificate(progress.card!.transmit, kind, issued.der)
    })
  })

  await story.act('The agency issues; the certificate is written to the card and given', `公的個人認証法 ${article}第6項・第7項`, async (check) => {
    const delivered = await must<{ state: string }>(officer, 'deliverCertificate', { application }, 'CertificateApplication', 'state')
    check('delivered', delivered.state === 'DELIVERED', delivered)
    const onCard = kind === 'signature' ? await progress.card!.signingCertificate(pins.signature) : await progress.card!.authenticationCertificate()
    check('the card holds the very bytes that the authority issued', Buffer.compare(onCard, issued!.der) === 0)
    check('the serial has 20 octets', /^[4-7][0-9A-F]{39}$/.test(issued!.serial), issued!.serial)
  })
  return issued!
}

/** Asks for an order, waits for its signature, gives it to the chip, works under it, hands the receipt in. */
async function underOrder(officer: Gateway, progress: Progress, certificates: readonly string[], work: () => Promise<void>): Promise<void> {
  const order = await must<{ id: string }>(officer, 'requestCardOrder', { card: progress.cardId, operation: { personalise: { certificates } } }, 'CardOrder', 'id')
  const receipt = await present(officer, progress, order.id)
  await work()
  await closeOrder(progress.card.transmit)
  const done = await must<{ state: string }>(officer, 'completeCardOrder', { order: order.id, receipt: b64(receipt) }, 'CardOrder', 'state')
  if (done.state !== 'DONE') throw new Error(`the chip did not carry the order out: ${done.state}`)
}

/** Waits until the authority has signed the order, and gives it to the chip. Returns the receipt. */
export async function present(officer: Gateway, progress: Progress, order: string): Promise<Uint8Array> {
  const ready = await until('the signed order', async () => {
    const { data } = await officer.query<{ cardOrder: { signed: { order: string; signature: string } | null } }>('query ($id: ID!) { cardOrder(id: $id) { signed { order signature } } }', { id: order })
    return data.cardOrder.signed
  })
  return presentOrder(progress.card.transmit, unb64(ready.order), unb64(ready.signature))
}
