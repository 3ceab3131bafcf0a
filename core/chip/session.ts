/**
 * What an accepted order of the issuer allows in the rest of the session. The session outlives SELECT, because the PINs
 * of a card lie in several applications; it ends with reset, with the next order, with `80 DA 01 01`, and with the first
 * command of a user (VERIFY with a value, signature): a terminal that hands the reader on leaves nothing behind.
 */
import { equal, type Application, type CertificateKind, type IssuerSession } from './state.ts'
import type { PinReference } from './order.ts'

/** Where each PIN of a card is. */
export const pinPlaces: Readonly<Record<PinReference, { readonly application: Application['kind']; readonly id: number }>> = {
  authentication: { application: 'jpki', id: 0x18 },
  signature: { application: 'jpki', id: 0x1b },
  text: { application: 'text', id: 0x11 },
  juki: { application: 'juki', id: 0x1c },
  common: { application: 'common', id: 0x1c },
}
/** Of every area in the free space. */
export const areaPin = 0x06

export function mayIssuerSetPin(issuer: IssuerSession | null, application: Application, pin: number): boolean {
  if (issuer === null) return false
  if (issuer.mode === 'write') return application.kind === 'area' && equal(application.aid, issuer.aid)
  if (issuer.mode === 'unblock') return equal(application.aid, issuer.aid) && pin === issuer.pin
  if (application.kind === 'jpki') return issuer.kinds.some((kind) => pinPlaces[kind].id === pin)
  return Object.values(pinPlaces).some((place) => place.application === application.kind && place.id === pin)
}

export const mayWriteArea = (issuer: IssuerSession | null, application: Application): boolean =>
  issuer?.mode === 'write' && application.kind === 'area' && equal(application.aid, issuer.aid)

/** The kinds whose key and certificate this session may write; empty where none. */
export const personalising = (issuer: IssuerSession | null): readonly CertificateKind[] => (issuer?.mode === 'personalise' ? issuer.kinds : [])
