/**
 * Free space: a seal-registration card by ordinance, a civil-servant identity card by the minister's rule, an area of a
 * private body by the minister's confirmation; each asked for by one and approved by another, installed by order and
 * receipt, locked and unlocked; one right suspended by one person and resumed by two.
 */
import { randomUUID } from 'node:crypto'
import type { Gateway } from '../../client/gateway.ts'
import { encodeCivilServantIdentity, encodeSealRegistration, parseCivilServantIdentity, parseSealRegistration } from '../../core/chip/applications/area-records.ts'
import { CardError, closeOrder } from '../../core/chip/client.ts'
import { readArea, setAreaPin, writeArea } from '../../core/chip/client-area.ts'
import { present } from './counter.ts'
import { b64, must, refusedWith, sha256, tell, type Progress, type Scene } from './scene.ts'
import type { Teller } from './teller.ts'

/** An area of the story: its right, its installation, its name on the chip. */
export interface Area { readonly aid: string; readonly grant: string; readonly installation: string }
export interface Areas { readonly seal: Area; readonly staff: Area; readonly club: Area }

export const sealOrdinance = { municipality: '141003', name: '横浜市印鑑条例', article: '第7条', promulgatedOn: '2015-12-22' } as const
const freshAid = (): string => `D3921000319999${randomUUID().replaceAll('-', '').slice(0, 8).toUpperCase()}`
const octetsOf = (aid: string): Uint8Array => Uint8Array.from(Buffer.from(aid, 'hex'))
const room = { quota: { code: 0, data: 512, volatile: 0 }, records: { count: 4, size: 64 }, pin: { digits: 4, tries: 3 }, validFrom: '2026-01-01', validUntil: '2036-03-31' }
const pin = '4321'

export async function areaActs(scene: Scene, progress: Progress, story: Teller): Promise<Areas> {
  const { home, agency, agency2, ministry } = scene
  const grants = { seal: '', staff: '', club: '' }
  const installed = { seal: '', staff: '', club: '' }
  const aids = { seal: freshAid(), staff: freshAid(), club: freshAid() }

  await story.act('The municipality asks for an area by ordinance; the agency approves', '番号法 第18条第1号', async (check) => {
    const input = { ...room, basis: { ordinance: sealOrdinance }, purpose: '印鑑登録証', label: '印鑑登録証', aid: aids.seal, evidence: b64(sha256(sealOrdinance.name)) }
    await refusedWith(check, 'an ordinance of another municipality', 'LEGAL_BASIS_MISSING', tell(home, 'requestGrant', { ...input, basis: { ordinance: { ...sealOrdinance, municipality: '132217' } } }, 'Grant', 'id'))
    grants.seal = (await must<{ id: string }>(home, 'requestGrant', input, 'Grant', 'id')).id
    await refusedWith(check, 'installing before it is approved', 'LEGAL_BASIS_MISSING', tell(home, 'orderInstallation', { grant: grants.seal, card: progress.cardId }, 'Installation', 'id'))
    const approved = await must<{ state: string }>(agency, 'approveGrant', { grant: grants.seal }, 'Grant', 'state')
    check('approved by other eyes', approved.state === 'APPROVED', approved)
  })

  await story.act('The seal-registration card (印鑑登録証) is installed on the chip', '番号法 第18条第1号', async (check) => {
    const ordered = await must<{ id: string; order: string }>(home, 'orderInstallation', { grant: grants.seal, card: progress.cardId }, 'Installation', 'id order')
    installed.seal = ordered.id
    const receipt = await present(home, progress, ordered.order)
    const forged = Uint8Array.from(receipt)
    forged[forged.length - 1]! ^= 1
    await refusedWith(check, 'a forged receipt', 'RECEIPT_INVALID', tell(home, 'confirmInstallation', { installation: installed.seal, receipt: b64(forged) }, 'Installation', 'state'))
    const done = await must<{ state: string }>(home, 'confirmInstallation', { installation: installed.seal, receipt: b64(receipt) }, 'Installation', 'state')
    check('installed, by the chip’s own receipt', done.state === 'INSTALLED', done)
  })

  await story.act('The registration number is written and read back', '横浜市印鑑条例 (example)', async (check) => {
    const registration = { registrationNumber: '0012345678', municipality: '14100', issuedOn: '20261125' }
    const record = encodeSealRegistration(registration)
    check('still installed', (await write(home, progress, installed.seal, aids.seal, record)) === 'INSTALLED')
    const { transmit } = progress.card
    const area = octetsOf(aids.seal)
    await progress.card.reset()
    const closed = await wordOf(readArea(transmit, area))
    check('not readable without its PIN (6982)', closed === '6982', closed)
    const shut = await wordOf(writeArea(transmit, area, [encodeSealRegistration({ ...registration, registrationNumber: '1' })]))
    check('not writable without an order (6982)', shut === '6982', shut)
    const records = await readArea(transmit, area, pin)
    const read = Array.isArray(records) ? parseSealRegistration(records[0] as Uint8Array) : null
    check('the number read back is the one written', read?.registrationNumber === registration.registrationNumber, records)
  })

  await story.act('A civil-servant identity card (国家公務員身分証) by the minister’s rule', '番号法 第18条第2号 · 施行令 第18条', async (check) => {
    const input = { ...room, basis: { ministerialRule: { notice: '総務省告示第314号 (見本)', issuedOn: '2025-10-01' } }, operator: '見本省', purpose: '国家公務員身分証', label: '国家公務員身分証', aid: aids.staff, evidence: b64(sha256('告示')) }
    await refusedWith(check, 'a municipality that names a minister’s rule', 'LEGAL_BASIS_MISSING', tell(home, 'requestGrant', input, 'Grant', 'id'))
    grants.staff = (await must<{ id: string }>(ministry, 'requestGrant', input, 'Grant', 'id')).id
    await refusedWith(check, 'the ministry’s officer approves the own request', 'FOUR_EYES', tell(ministry, 'approveGrant', { grant: grants.staff }, 'Grant', 'id'))
    await must(agency, 'approveGrant', { grant: grants.staff }, 'Grant', 'state')
    installed.staff = await install(home, progress, grants.staff)
    const identity = { organisation: '見本省', staffNumber: 'A-001234', validUntil: '20360331' }
    await write(home, progress, installed.staff, aids.staff, encodeCivilServantIdentity(identity))
    await progress.card.reset()
    const records = await readArea(progress.card.transmit, octetsOf(aids.staff), pin)
    const read = Array.isArray(records) ? parseCivilServantIdentity(records[0] as Uint8Array) : null
    check('the staff number read back is the one written', read?.staffNumber === identity.staffNumber, records)
  })

  await story.act('An area of a private body by the minister’s confirmation', '番号法 第18条第2号 · 主務大臣の確認', async (check) => {
    const input = { ...room, basis: { ministerConfirmation: { number: '確認第7号', confirmedOn: '2026-02-02', procedure: '事務取扱要領 第2版' } }, operator: '見本図書館友の会', purpose: '会員証', label: '会員証', aid: aids.club, evidence: b64(sha256('調査票')) }
    grants.club = (await must<{ id: string }>(agency, 'requestGrant', input, 'Grant', 'id')).id
    await refusedWith(check, 'another officer of the same body approves', 'FOUR_EYES', tell(agency2, 'approveGrant', { grant: grants.club }, 'Grant', 'id'))
    await must(ministry, 'approveGrant', { grant: grants.club }, 'Grant', 'state')
    installed.club = await install(home, progress, grants.club)
    check('locked, by the chip’s receipt', (await ordered(home, progress, 'orderAreaLock', installed.club)) === 'LOCKED')
    const locked = await wordOf(readArea(progress.card.transmit, octetsOf(aids.club), pin))
    check('a locked area does not open (6283)', locked === '6283', locked)
    check('unlocked, by the chip’s receipt', (await ordered(home, progress, 'orderAreaUnlock', installed.club)) === 'INSTALLED')
  })

  await story.act('In an emergency one person suspends; two resume', 'four eyes', async (check) => {
    const grant = grants.club
    const suspended = await must<{ state: string }>(agency, 'suspendGrant', { grant }, 'Grant', 'state')
    check('suspended by one', suspended.state === 'SUSPENDED', suspended)
    await refusedWith(check, 'writing under a suspended right', 'LEGAL_BASIS_MISSING', tell(home, 'orderAreaWrite', { installation: installed.club }, 'Installation', 'id'))
    const first = await must<{ state: string; pendingDecision: string }>(agency, 'resumeGrant', { grant }, 'Grant', 'state pendingDecision')
    check('after one it is still suspended and waits', first.state === 'SUSPENDED' && first.pendingDecision === 'RESUME', first)
    await refusedWith(check, 'the same person a second time', 'FOUR_EYES', tell(agency, 'resumeGrant', { grant }, 'Grant', 'id'))
    const second = await must<{ state: string }>(ministry, 'resumeGrant', { grant }, 'Grant', 'state')
    check('resumed by two', second.state === 'APPROVED', second)
  })

  const area = (name: keyof Areas): Area => ({ aid: aids[name], grant: grants[name], installation: installed[name] })
  return { seal: area('seal'), staff: area('staff'), club: area('club') }
}

/** Orders, gives the order to the chip, hands the receipt in: the state that came of it. */
export async function ordered(officer: Gateway, progress: Progress, what: string, installation: string): Promise<string> {
  const { order } = await must<{ order: string }>(officer, what, { installation }, 'Installation', 'order')
  const receipt = await present(officer, progress, order)
  return (await must<{ state: string }>(officer, 'confirmInstallation', { installation, receipt: b64(receipt) }, 'Installation', 'state')).state
}

async function install(officer: Gateway, progress: Progress, grant: string): Promise<string> {
  const { id, order } = await must<{ id: string; order: string }>(officer, 'orderInstallation', { grant, card: progress.cardId }, 'Installation', 'id order')
  const receipt = await present(officer, progress, order)
  await must(officer, 'confirmInstallation', { installation: id, receipt: b64(receipt) }, 'Installation', 'state')
  return id
}

async function write(officer: Gateway, progress: Progress, installation: string, aid: string, record: Uint8Array): Promise<string> {
  const { order } = await must<{ order: string }>(officer, 'orderAreaWrite', { installation }, 'Installation', 'order')
  const receipt = await present(officer, progress, order)
  const { transmit } = progress.card
  await writeArea(transmit, octetsOf(aid), [record])
  await setAreaPin(transmit, octetsOf(aid), pin)
  await closeOrder(transmit)
  return (await must<{ state: string }>(officer, 'confirmInstallation', { installation, receipt: b64(receipt) }, 'Installation', 'state')).state
}

/** The status word that the card refused with. */
export const wordOf = (answer: Promise<unknown>): Promise<string> => answer.then(() => 'done', (error: unknown) => (error instanceof CardError ? error.sw.toString(16) : String(error)))
