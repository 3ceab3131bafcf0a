/**
 * The machine: one command in, the chip after it and the answer out. Pure but for the keys that OpenSSL draws; never
 * throws for any octets. A caller that owns a card saves `chip.card` where it changed, by compare-and-set, and only then
 * lets the answer leave.
 */
import { encodeResponse, parseCommand, type Command } from './apdu.ts'
import { generateKeyPair, putData } from './commands/issuer.ts'
import { getChallenge, getData, readBinary, readRecord } from './commands/read.ts'
import { select } from './commands/select.ts'
import { computeSignature, internalAuthenticate } from './commands/sign.ts'
import { appendRecord, updateBinary, updateRecord } from './commands/write.ts'
import { setPin } from './commands/set-pin.ts'
import { verify } from './pin.ts'
import { answer, concat, currentApplication, none, powerOn, type Card, type Chip, type ElementaryFile, type Outcome, type Random } from './state.ts'
import { sw } from './sw.ts'

export function execute(chip: Chip, command: Uint8Array, random: Random): { readonly chip: Chip; readonly response: Uint8Array } {
  const outcome = chip.card.state === 'broken' ? answer(chip, sw.broken) : run(chip, command, random)
  return { chip: outcome.chip, response: encodeResponse(outcome.data, outcome.sw) }
}

/** Power-on, or a reset of the contacts: everything volatile is gone. */
export const reset = (chip: Chip): Chip => ({ card: chip.card, session: powerOn })

/** The chip as a reader finds it that kept only the persistent part. */
export const insert = (card: Card): Chip => ({ card, session: powerOn })

/**
 * Somebody tried to force the keys out: every private key and PIN is erased for good, and the chip answers 6F00 to all.
 */
export function tamper(chip: Chip): Chip {
  const erase = (f: ElementaryFile): ElementaryFile => (f.type === 'key' ? { ...f, key: null } : f.type === 'pin' ? { ...f, value: null, left: 0 } : f)
  const applications = chip.card.applications.map((a) => ({ ...a, files: a.files.map(erase) }))
  return { card: { ...chip.card, state: 'broken', applications, attestation: null }, session: powerOn }
}

/** SPKI (P-256) of the key this chip was born with: checks its receipts and key proofs. */
export const attestationKey = (card: Card): Uint8Array => card.attestationKey

/** Octets of an order with its signature, at most. */
const chainRoom = 4096

function run(chip: Chip, octets: Uint8Array, random: Random): Outcome {
  const c = parseCommand(octets)
  if (c === null) return answer(unchained(chip), sw.wrongLength)
  const refused = classOf(c)
  if (refused !== 0) return answer(unchained(chip), refused)
  if ((c.cla & 0x10) !== 0) return chain(chip, c)
  const { chain: pending } = chip.session
  if (pending === null) return dispatch(chip, c, random)
  if (pending.header !== headerOf(c)) return dispatch(unchained(chip), c, random)
  return dispatch(unchained(chip), { ...c, data: concat(pending.data, c.data) }, random)
}

const unchained = (chip: Chip): Chip => (chip.session.chain === null ? chip : { card: chip.card, session: { ...chip.session, chain: null } })

/** 0 where the class is ours: 00 or 80, or 90 for a chained order. */
function classOf(c: Command): number {
  const { cla } = c
  if (cla === 0x00 || cla === 0x80) return 0
  if (cla === 0x90 && c.ins === 0xda) return 0
  const family = cla & 0xe0
  if (family === 0x40 || family === 0x60) return sw.channelNotSupported
  if (family !== 0x00 && family !== 0x80) return sw.unknownClass
  if ((cla & 0x03) !== 0) return sw.channelNotSupported
  return (cla & 0x0c) !== 0 ? sw.secureMessagingNotSupported : sw.unknownClass
}

const headerOf = (c: Command): number => (c.ins << 16) | (c.p1 << 8) | c.p2

function chain(chip: Chip, c: Command): Outcome {
  const before = chip.session.chain?.header === headerOf(c) ? chip.session.chain.data : none
  if (before.length + c.data.length > chainRoom) return answer(unchained(chip), sw.wrongLength)
  return answer({ card: chip.card, session: { ...chip.session, chain: { header: headerOf(c), data: concat(before, c.data) } } }, sw.ok)
}

function dispatch(chip: Chip, c: Command, random: Random): Outcome {
  switch ((c.cla << 8) | c.ins) {
    case 0x00a4: return select(chip, c)
    case 0x00b0: return readBinary(chip, c)
    case 0x00b2: return readRecord(chip, c)
    case 0x0020: return verify(c.data.length === 0 ? chip : userTakesOver(chip), c)
    case 0x0024:
    case 0x8032: return setPin(chip, c)
    case 0x802a: return computeSignature(userTakesOver(chip), c, random)
    case 0x0088: return internalAuthenticate(chip, c)
    case 0x0084: return getChallenge(chip, c, random)
    case 0x00ca: return getData(chip, c)
    case 0x00d6: return updateBinary(chip, c)
    case 0x00dc: return updateRecord(chip, c)
    case 0x00e2: return appendRecord(chip, c)
    case 0x0046: return generateKeyPair(chip, c, random)
    case 0x80da: return putData(chip, c)
    case 0x80a2: return setPublicKey(chip, c)
    case 0x80ae: return setSessionKey(chip, c)
    case 0x80fc: return answer(chip, sw.wrongLength)
    default: return answer(chip, sw.unknownInstruction)
  }
}

const userTakesOver = (chip: Chip): Chip => (chip.session.issuer === null ? chip : { card: chip.card, session: { ...chip.session, issuer: null } })

/** SET PUBLIC IC KEY: no terminal certificate of ours exists, so a well-formed one is not trusted. */
function setPublicKey(chip: Chip, c: Command): Outcome {
  if (c.p1 !== 0x00 || c.p2 !== 0xc1) return answer(chip, sw.wrongParameters)
  return answer(chip, c.data.length === 307 ? sw.securityStatus : sw.wrongLength)
}

/** SET SESSION KEY: secure messaging is not in this card; the refusals before it are the real card's. */
function setSessionKey(chip: Chip, c: Command): Outcome {
  if (c.p1 !== 0x00 || c.p2 !== 0x00) return answer(chip, sw.wrongParameters)
  const application = currentApplication(chip)
  if (application?.kind === 'visual' || application?.kind === 'common') return answer(chip, sw.sessionKeyRefused)
  return answer(chip, application?.kind !== 'text' || (chip.session.verified & (1 << 0x11)) === 0 ? sw.securityStatus : sw.notSupported)
}
