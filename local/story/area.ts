/**
 * Free space: a municipality is granted an area by ordinance, installs its seal-registration card on the chip, writes and
 * reads it back.
 */
import { randomUUID } from 'node:crypto'
import { encodeSealRegistration, parseSealRegistration } from '../../core/chip/applications/area-records.ts'
import { CardError, closeOrder } from '../../core/chip/client.ts'
import { readArea, setAreaPin, writeArea } from '../../core/chip/client-area.ts'
import { present } from './counter.ts'
import { b64, must, refusedWith, sha256, tell, type Progress, type Scene } from './scene.ts'
import type { Teller } from './teller.ts'

export async function areaActs(scene: Scene, progress: Progress, story: Teller): Promise<void> {
  const { home, agency } = scene
  const aid = `D3921000319999${randomUUID().replaceAll('-', '').slice(0, 8).toUpperCase()}`
  let grant = ''
  let installation = ''

  await story.act('The municipality asks for an area by ordinance; the agency approves', '番号法 第18条第1号', async (check) => {
    const basis = { ordinance: { municipality: '141003', name: '横浜市印鑑条例', article: '第7条', promulgatedOn: '2015-12-22' } }
    const input = { basis, purpose: '印鑑登録証', label: '印鑑登録証', aid, quota: { code: 0, data: 512, volatile: 0 }, records: { count: 4, size: 64 }, pin: { digits: 4, tries: 3 }, evidence: b64(sha256('横浜市印鑑条例')), validFrom: '2026-01-01', validUntil: '2036-03-31' }
    await refusedWith(check, 'an ordinance of another municipality', 'LEGAL_BASIS_MISSING', tell(home, 'requestGrant', { ...input, basis: { ordinance: { ...basis.ordinance, municipality: '132217' } } }, 'Grant', 'id'))
    const asked = await must<{ id: string; state: string }>(home, 'requestGrant', input, 'Grant', 'id state')
    grant = asked.id
    await refusedWith(check, 'installing before it is approved', 'LEGAL_BASIS_MISSING', tell(home, 'orderInstallation', { grant, card: progress.cardId }, 'Installation', 'id'))
    const approved = await must<{ state: string }>(agency, 'approveGrant', { grant }, 'Grant', 'state')
    check('approved by other eyes', approved.state === 'APPROVED', approved)
  })

  await story.act('The seal-registration card (印鑑登録証) is installed on the chip', '番号法 第18条第1号', async (check) => {
    const ordered = await must<{ id: string; state: string; order: string }>(home, 'orderInstallation', { grant, card: progress.cardId }, 'Installation', 'id state order')
    installation = ordered.id
    const receipt = await present(home, progress, ordered.order)
    const forged = Uint8Array.from(receipt)
    forged[forged.length - 1]! ^= 1
    await refusedWith(check, 'a forged receipt', 'RECEIPT_INVALID', tell(home, 'confirmInstallation', { installation, receipt: b64(forged) }, 'Installation', 'state'))
    const installed = await must<{ state: string }>(home, 'confirmInstallation', { installation, receipt: b64(receipt) }, 'Installation', 'state')
    check('installed, by the chip’s own receipt', installed.state === 'INSTALLED', installed)
  })

  await story.act('The registration number is written and read back', '横浜市印鑑条例 (example)', async (check) => {
    const opened = await must<{ order: string }>(home, 'orderAreaWrite', { installation }, 'Installation', 'order')
    const receipt = await present(home, progress, opened.order)
    const { transmit } = progress.card
    const area = Uint8Array.from(Buffer.from(aid, 'hex'))
    const registration = { registrationNumber: '0012345678', municipality: '14100', issuedOn: '20261125' }
    await writeArea(transmit, area, [encodeSealRegistration(registration)])
    await setAreaPin(transmit, area, '4321')
    await closeOrder(transmit)
    const done = await must<{ state: string }>(home, 'confirmInstallation', { installation, receipt: b64(receipt) }, 'Installation', 'state')
    check('still installed', done.state === 'INSTALLED', done)

    await progress.card.reset()
    const closed = await readArea(transmit, area).then(() => 'read', (error: unknown) => (error instanceof CardError ? error.sw.toString(16) : String(error)))
    check('not readable without its PIN (6982)', closed === '6982', closed)
    const shut = await writeArea(transmit, area, [encodeSealRegistration({ ...registration, registrationNumber: '1' })]).then(() => 'written', (error: unknown) => (error instanceof CardError ? error.sw.toString(16) : String(error)))
    check('not writable without an order (6982)', shut === '6982', shut)
    const records = await readArea(transmit, area, '4321')
    const read = Array.isArray(records) ? parseSealRegistration(records[0] as Uint8Array) : null
    check('the number read back is the one written', read?.registrationNumber === registration.registrationNumber, records)
  })
}
