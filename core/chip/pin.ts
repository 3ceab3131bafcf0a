/**
 * PINs: VERIFY, retry query, CHANGE REFERENCE DATA and CHANGE KEY (ISO/IEC 7816-4 11.5.6, 11.5.7; JICSAP).
 * A wrong value costs a try and drops an earlier success; the one that takes the last try answers 63C0; after that every
 * value answers 6984 (6983 by option) while the query still answers 63C0. A value of the wrong length counts as wrong.
 */
import type { Command } from './apdu.ts'
import { Secret } from './secret.ts'
import {
  answer, currentApplication, fileOf, free, withFile,
  type Access, type Chip, type ElementaryFile, type Outcome, type PinFile, type PinForm, type Session,
} from './state.ts'
import { mayIssuerSetPin } from './session.ts'
import { sw, triesLeft } from './sw.ts'
import { text } from './tlv.ts'

export const pinFile = (id: number, value: string | null, tries: number, form: PinForm): PinFile =>
  ({ type: 'pin', id, value: value === null ? null : new Secret(text(value)), tries, left: tries, form })

/** A PIN file nobody can open: blocked on every issued card. */
export const blockedPin = (id: number, tries: number): PinFile => ({ type: 'pin', id, value: null, tries, left: 0, form: { kind: 'fixed' } })

declare const seal: unique symbol
/** Proof that the condition of a file holds in this session (its PIN was verified, or it has none). Made only here. */
export interface PinVerified { readonly [seal]: true }
const granted = Object.freeze({}) as PinVerified

export const pinVerified = (session: Session, access: Access): PinVerified | null =>
  access === free || (access > 0 && (access & session.verified) !== 0) ? granted : null

/** Whether a value may be set as that PIN. */
export function fits(form: PinForm, value: Uint8Array): boolean {
  const s = Buffer.from(value).toString('latin1')
  switch (form.kind) {
    case 'digits': return s.length === form.length && /^[0-9]+$/.test(s)
    case 'signature': return /^[A-Z0-9]{6,16}$/.test(s) && /[A-Z]/.test(s) && /[0-9]/.test(s)
    case 'fixed': return false
  }
}

/** `00 20 00 P2`: P2 80 the current EF, 80+SFI another one, which becomes current. Without data: the tries left. */
export function verify(chip: Chip, c: Command): Outcome {
  if (c.p1 !== 0) return answer(chip, sw.wrongParameters)
  const found = referenced(chip, c.p2)
  if (typeof found === 'number') return answer(chip, found)
  const { file, at } = found
  if (c.data.length === 0) return answer(at, triesLeft(file.left))
  if (file.left === 0) return answer(at, at.card.blockedWord)
  if (file.value === null) return answer(at, sw.conditions)
  if (!file.value.equals(c.data)) {
    const session = { ...at.session, verified: at.session.verified & ~(1 << file.id) }
    return answer({ card: withFile(at.card, session.df, { ...file, left: file.left - 1 }), session }, triesLeft(file.left - 1))
  }
  const card = file.left === file.tries ? at.card : withFile(at.card, at.session.df, { ...file, left: file.tries })
  return answer({ card, session: { ...at.session, verified: at.session.verified | (1 << file.id) } }, sw.ok)
}

/** `00 24 01 P2`, `80 32 00 P2`: a new value for a PIN that was verified, or that the issuer's session may set. */
export function changePin(chip: Chip, c: Command): Outcome {
  const found = referenced(chip, c.p2)
  if (typeof found === 'number') return answer(chip, found)
  const { file, at } = found
  const application = currentApplication(at)!
  const byIssuer = mayIssuerSetPin(at.session.issuer, application, file.id)
  if (file.form.kind === 'fixed') return answer(at, sw.conditions)
  if (!byIssuer && (at.session.verified & (1 << file.id)) === 0) return answer(at, sw.securityStatus)
  if (c.data.length === 0) return answer(at, sw.wrongLength)
  if (!fits(file.form, c.data)) return answer(at, sw.wrongData)
  const card = withFile(at.card, at.session.df, { ...file, value: new Secret(c.data), left: file.tries })
  return answer({ card, session: at.session }, sw.ok)
}

function referenced(chip: Chip, p2: number): { file: PinFile; at: Chip } | number {
  if ((p2 & 0x80) === 0 || (p2 & 0x60) !== 0) return sw.wrongParameters
  const application = currentApplication(chip)
  if (application === null) return sw.noCurrentFile
  if (application.area?.locked === true) return sw.conditions
  const id = p2 === 0x80 ? chip.session.ef : p2 & 0x1f
  if (id === 0) return sw.noCurrentFile
  const file: ElementaryFile | null = fileOf(application, id)
  if (file === null) return sw.dataNotFound
  if (file.type !== 'pin') return sw.incompatibleFile
  return { file, at: id === chip.session.ef ? chip : { card: chip.card, session: { ...chip.session, ef: id, record: 0 } } }
}
