/**
 * Name constraints: each CA's permitted and excluded subtrees stand for themselves and every later name must satisfy
 * all of them, which is the intersection and union of the RFC without computing either. A constraint that cannot be
 * understood refuses; so does a name that no rule can place where its form is constrained.
 *
 * @rfc 5280 4.2.1.10, 6.1.3 (b) (c), 6.1.4 (g)
 */
import type { Certificate } from '../parse.ts'
import type { NameConstraints } from '../parse/extensions.ts'
import { isEmptyName, isWithin, type GeneralName } from '../parse/general-name.ts'
import type { Work } from './work.ts'

const emailAddress = '1.2.840.113549.1.9.1'

/** Null, or what is wrong with the subtrees themselves. */
export function faultInConstraints(constraints: NameConstraints): string | null {
  for (const base of [...constraints.permitted, ...constraints.excluded]) {
    const fine = isConstraint(base)
    if (!fine) return `malformed constraint: ${describe(base)}`
  }
  return null
}

function isConstraint(base: GeneralName): boolean {
  switch (base.kind) {
    case 'dNSName': return base.text === '' || isHost(base.text)
    case 'rfc822Name': return base.text === '' || (base.text.includes('@') ? isMailbox(base.text) : isHost(base.text.replace(/^\./, '')))
    case 'uniformResourceIdentifier': return isHost(base.text.replace(/^\./, ''))
    case 'iPAddress': return isMask(base.octets.subarray(base.octets.length / 2))
    default: return true
  }
}

/** Ones, then zeros. */
function isMask(octets: Uint8Array): boolean {
  const bits = [...octets].map((o) => o.toString(2).padStart(8, '0')).join('')
  return /^1*0*$/.test(bits)
}

/** Null, or the name that one of the constraints refuses. */
export function refusedName(certificate: Certificate, inForce: readonly NameConstraints[], work: Work): string | null {
  if (inForce.length === 0) return null
  const names = namesOf(certificate)
  for (const { permitted, excluded } of inForce) {
    for (const name of names) {
      work.spend('names', permitted.length + excluded.length)
      const allowed = permitted.filter((base) => base.kind === name.kind)
      const forbidden = excluded.filter((base) => base.kind === name.kind)
      if (allowed.length + forbidden.length === 0) continue
      if (!isPlaceable(name)) return `${describe(name)} cannot be compared with a constraint`
      if (forbidden.some((base) => matches(name, base) || mayExpandInto(name, base))) return `${describe(name)} is excluded`
      if (allowed.length > 0 && !allowed.some((base) => matches(name, base))) return `${describe(name)} is not permitted`
    }
  }
  return null
}

/** Subject, alternative names, and the subject's e-mail addresses where no alternative name gives one. */
function namesOf({ subject, known }: Certificate): GeneralName[] {
  const names: GeneralName[] = [...(known.subjectAltName ?? [])]
  if (!names.some((name) => name.kind === 'rfc822Name')) {
    for (const { oid, text } of subject.rdns.flat()) if (oid === emailAddress) names.push({ kind: 'rfc822Name', text: text ?? '' })
  }
  if (!isEmptyName(subject)) names.push({ kind: 'directoryName', name: subject })
  return names
}

/** Whether the comparison means anything for this name. Forms without a rule here are never placeable. */
function isPlaceable(name: GeneralName): boolean {
  switch (name.kind) {
    case 'dNSName': return isHost(name.text.replace(/^\*\./, ''))
    case 'rfc822Name': return isMailbox(name.text)
    case 'uniformResourceIdentifier': return hostOf(name.text) !== null
    case 'iPAddress': case 'directoryName': return true
    default: return false
  }
}

function matches(name: GeneralName, base: GeneralName): boolean {
  if (name.kind === 'dNSName' && base.kind === 'dNSName') return isBelow(name.text, base.text)
  if (name.kind === 'rfc822Name' && base.kind === 'rfc822Name') return matchesMailbox(name.text, base.text)
  if (name.kind === 'uniformResourceIdentifier' && base.kind === 'uniformResourceIdentifier') return matchesHost(hostOf(name.text) ?? '', base.text)
  if (name.kind === 'directoryName' && base.kind === 'directoryName') return isWithin(name.name, base.name)
  if (name.kind === 'iPAddress' && base.kind === 'iPAddress') {
    const width = name.octets.length
    return base.octets.length === 2 * width && name.octets.every((octet, i) => ((octet ^ base.octets[i]!) & base.octets[width + i]!) === 0)
  }
  return false
}

/** `*.example.com` stands for every `x.example.com`, so excluding one of them excludes it. */
function mayExpandInto(name: GeneralName, base: GeneralName): boolean {
  if (name.kind !== 'dNSName' || base.kind !== 'dNSName' || !name.text.startsWith('*.')) return false
  const dot = base.text.indexOf('.')
  return dot > 0 && same(base.text.slice(dot), name.text.slice(1))
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
/** The host itself, or with labels to its left. */
const isBelow = (host: string, base: string): boolean => base === '' || same(host, base) || same(host.slice(-base.length - 1), `.${base}`)
/** A base with a leading period means hosts below it, one without means that host. */
const matchesHost = (host: string, base: string): boolean =>
  base.startsWith('.') ? host.length > base.length && same(host.slice(-base.length), base) : base === '' || same(host, base)

/** The local part is compared with regard to case, the host without. */
function matchesMailbox(mailbox: string, base: string): boolean {
  const at = mailbox.lastIndexOf('@')
  if (!base.includes('@')) return matchesHost(mailbox.slice(at + 1), base)
  const baseAt = base.lastIndexOf('@')
  return mailbox.slice(0, at) === base.slice(0, baseAt) && same(mailbox.slice(at + 1), base.slice(baseAt + 1))
}

/** Preferred name syntax, without a final period. @rfc 1034 3.5 · 1123 2.1 */
export const isHost = (text: string): boolean => text.length <= 253 && /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/i.test(text)
/** local@host; a local part is an atom or a quoted string. @rfc 5321 4.1.2 */
export const isMailbox = (text: string): boolean => {
  const at = text.lastIndexOf('@')
  return /^([a-z0-9!#$%&'*+/=?^_`{|}~.-]+|"[^"\\\r\n]*")$/i.test(text.slice(0, Math.max(at, 0))) && isHost(text.slice(at + 1))
}
/** The host of a URI with an authority; null for none, and for an address in place of a name. */
export function hostOf(uri: string): string | null {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(uri)?.[1]
  const host = authority?.replace(/^.*@/, '').replace(/:\d*$/, '')
  return host === undefined || !isHost(host) || /^[\d.]+$/.test(host) ? null : host
}

function describe(name: GeneralName): string {
  switch (name.kind) {
    case 'rfc822Name': case 'dNSName': case 'uniformResourceIdentifier': return `${name.kind} ${JSON.stringify(name.text.slice(0, 80))}`
    case 'iPAddress': return `iPAddress ${[...name.octets].join('.')}`
    default: return name.kind
  }
}
