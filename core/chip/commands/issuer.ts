/**
 * PUT DATA `80 DA 01 00` carries an order and its signature (order ‖ 9E signature), in one extended APDU or chained;
 * `80 DA 01 01` ends the issuer's session; `00 46 80 00` makes a key pair on board. All ours: see order.ts.
 */
import { emptyCertificate, filesOf, presenceAfter, ef as jpkiEf } from '../applications/jpki.ts'
import { installArea } from '../applications/area.ts'
import type { Command } from '../apdu.ts'
import { orderHash, parseOrder, signKeyProof, signReceipt, verifyOrder, type Operation, type Order, type OrderOutcome } from '../order.ts'
import { freshKey, spkiOf } from '../rsa.ts'
import type { Secret } from '../secret.ts'
import { areaPin, personalising, pinPlaces } from '../session.ts'
import {
  answer, currentApplication, equal, fileOf, powerOn, withFile,
  type Card, type CertificateKind, type Chip, type IssuerSession, type Outcome, type PinFile, type Random,
} from '../state.ts'
import { sw } from '../sw.ts'
import { readTlv } from '../tlv.ts'

export function putData(chip: Chip, c: Command): Outcome {
  if (c.p1 !== 0x01 || c.p2 > 0x01) return answer(chip, sw.wrongParameters)
  if (c.p2 === 0x01) return answer({ card: chip.card, session: { ...chip.session, issuer: null } }, sw.ok)
  const body = readTlv(c.data)
  const signature = body === null ? null : readTlv(c.data, body.end)
  const order = body === null ? null : parseOrder(c.data.subarray(0, body.end))
  if (body === null || order === null || signature?.tag !== 0x9e || signature.end !== c.data.length) return answer(chip, sw.wrongData)
  const octets = c.data.subarray(0, body.end)
  if (!verifyOrder(octets, signature.value, chip.card.orderKey)) return answer(chip, sw.securityStatus)
  if (order.cardNumber !== chip.card.cardNumber || order.counter <= chip.card.orderCounter) return answer(chip, sw.conditions)
  return accept(chip, order, octets, c.le)
}

/** The counter is spent whatever the outcome; the receipt says it, and stays readable (GET DATA 01D2). */
function accept(chip: Chip, order: Order, octets: Uint8Array, le: number): Outcome {
  const attestation = chip.card.attestation
  if (attestation === null) return answer(chip, sw.broken)
  const { card, outcome, issuer } = perform(chip.card, order)
  const lastReceipt = signReceipt({ cardNumber: order.cardNumber, counter: order.counter, orderHash: orderHash(octets), outcome }, attestation)
  const after: Card = { ...card, orderCounter: order.counter, lastReceipt }
  const session = after.applications.length === chip.card.applications.length ? { ...chip.session, issuer } : { ...powerOn, issuer }
  return answer({ card: after, session: { ...session, verified: 0 } }, sw.ok, le < lastReceipt.length ? new Uint8Array(0) : lastReceipt)
}

interface Effect { readonly card: Card; readonly outcome: OrderOutcome; readonly issuer: IssuerSession | null }

function perform(card: Card, order: Order): Effect {
  const op = order.operation
  const refused = (outcome: OrderOutcome): Effect => ({ card, outcome, issuer: null })
  switch (op.kind) {
    case 'PERSONALISE': return { card, outcome: 'done', issuer: { mode: 'personalise', kinds: op.certificates, counter: order.counter } }
    case 'DESTROY_KEYS': return { card: op.certificates.reduce(eraseKey, card), outcome: 'done', issuer: null }
    case 'UNBLOCK': {
      const place = pinPlaces[op.pin]
      return unblock(card, card.applications.findIndex((a) => a.kind === place.application), place.id)
    }
    case 'INSTALL': {
      const installed = installArea(card, op)
      return typeof installed === 'string' ? refused(installed) : { card: installed, outcome: 'done', issuer: null }
    }
    default: {
      const df = areaIndex(card, op)
      if (df < 0) return refused('not-found')
      if (op.kind === 'UNBLOCK_AREA') return unblock(card, df, areaPin)
      return onArea(card, df, op)
    }
  }
}

const areaIndex = (card: Card, op: Extract<Operation, { aid: Uint8Array }>): number => card.applications.findIndex((a) => a.kind === 'area' && equal(a.aid, op.aid))

function onArea(card: Card, df: number, op: Operation): Effect {
  const application = card.applications[df]!
  const area = application.area!
  if (op.kind === 'DELETE') return { card: { ...card, applications: card.applications.filter((_, i) => i !== df) }, outcome: 'done', issuer: null }
  if (op.kind === 'WRITE_AREA') {
    return area.locked ? { card, outcome: 'not-possible', issuer: null } : { card, outcome: 'done', issuer: { mode: 'write', aid: application.aid } }
  }
  const changed = { ...application, area: { ...area, locked: op.kind === 'LOCK' } }
  return { card: { ...card, applications: card.applications.map((a, i) => (i === df ? changed : a)) }, outcome: 'done', issuer: null }
}

function unblock(card: Card, df: number, id: number): Effect {
  const application = card.applications[df]
  const file = application === undefined ? null : fileOf(application, id)
  if (application === undefined || file?.type !== 'pin') return { card, outcome: 'not-found', issuer: null }
  const open: PinFile = { ...file, left: file.tries }
  return { card: withFile(card, df, open), outcome: 'done', issuer: { mode: 'unblock', application: application.kind, aid: application.aid, pin: id } }
}

function eraseKey(card: Card, kind: CertificateKind): Card {
  return replaceKey(card, kind, null)
}

/** A new key (or none) makes the old certificate meaningless: it goes with the old key. */
function replaceKey(card: Card, kind: CertificateKind, key: Secret | null): Card {
  const df = card.applications.findIndex((a) => a.kind === 'jpki')
  const application = card.applications[df]!
  let after = card
  for (const f of application.files) {
    if (f.type === 'key' && f.id === filesOf[kind].key) after = withFile(after, df, { ...f, key })
    if (f.type === 'binary' && f.id === filesOf[kind].certificate) after = withFile(after, df, { ...f, data: emptyCertificate })
    if (f.type === 'binary' && f.id === jpkiEf.presence) after = withFile(after, df, presenceAfter(f, kind, emptyCertificate))
  }
  return after
}

/** Data `83 01 <key EF>`. The answer is the chip's proof: the public key with what this chip says about it, signed. */
export function generateKeyPair(chip: Chip, c: Command, random: Random): Outcome {
  if (c.p1 !== 0x80 || c.p2 !== 0x00) return answer(chip, sw.wrongParameters)
  const application = currentApplication(chip)
  const { issuer } = chip.session
  if (application?.kind !== 'jpki' || issuer?.mode !== 'personalise' || chip.card.attestation === null) return answer(chip, sw.securityStatus)
  if (c.data.length !== 3 || c.data[0] !== 0x83 || c.data[1] !== 1) return answer(chip, sw.wrongData)
  const kind = personalising(issuer).find((k) => filesOf[k].key === c.data[2])
  const file = kind === undefined ? null : fileOf(application, filesOf[kind].key)
  if (kind === undefined || file?.type !== 'key') return answer(chip, sw.dataNotFound)
  if (c.le < 600) return answer(chip, sw.wrongLength)
  const key = freshKey(file.algorithm, random)
  const proof = signKeyProof({ cardNumber: chip.card.cardNumber, counter: issuer.counter, kind, publicKey: spkiOf(key) }, chip.card.attestation)
  return answer({ card: replaceKey(chip.card, kind, key), session: chip.session }, sw.ok, proof)
}
