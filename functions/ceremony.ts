/**
 * The key ceremony, invoked by a named human: makes the self-signed certificate of a generation of a certification
 * authority with the key that the KMS already holds, checks it, stores it as a pinned anchor, and returns a transcript to
 * be printed and signed. A key that has a certificate gets no second one.
 *
 * @rfc 5280 4.1 · @law 公的個人認証法 第3条第6項 (発行者署名符号)
 */
import { begin } from '../core/law/act.ts'
import { system } from '../core/law/actor.ts'
import { fromHex, newSerial, toHex, type IssuerKeyId } from '../core/law/ids.ts'
import { isRefusal } from '../core/law/refusal.ts'
import { addMonths, after, dayOf, endOf, hour, second, toRfc3339, type Instant } from '../core/law/time.ts'
import { assemble, caTbs, fingerprint, parseCaCertificate, tbsOf, type CaInput } from '../core/pki/certificate.ts'
import { lintCa, signLinted } from '../core/pki/lint.ts'
import { parseCertificate } from '../core/pki/parse.ts'
import { keyIdentifier, sha256Hex } from '../core/pki/signer.ts'
import { verifySigned } from '../core/pki/verify.ts'
import { ceremonyEnvironment, lazily, type CeremonyEnvironment } from './environment.ts'

export type AuthorityName = 'signature' | 'authentication'
export interface CeremonyRequest {
  /** Which authorities get their certificate now. */
  readonly authorities: readonly AuthorityName[]
  /** The human who invokes it, as the transcript names them. */
  readonly by: string
  /** Who else was there, as the transcript names them. */
  readonly witnesses?: readonly string[]
  /** Whole years; the generations known of the real service live ten. */
  readonly years?: number
  /** From when the new generation issues, epoch milliseconds; at once where absent. Earlier generations go on answering for what they signed. */
  readonly activeFrom?: Instant
}
export interface Generation { readonly ca: AuthorityName; readonly keyId: IssuerKeyId; readonly certificate: Uint8Array; readonly transcript: readonly string[] }

/** The ceremony cannot go on; what it did before is stored and said. */
export class CeremonyRefused extends Error {
  override readonly name = 'CeremonyRefused'
}

export function ceremonyDoor(environment: CeremonyEnvironment): (request: CeremonyRequest) => Promise<Generation[]> {
  return async (request) => {
    const { authorities, by, witnesses = [], years = 10, activeFrom = null } = request
    if (activeFrom !== null && activeFrom < environment.world.clock.now()) throw new CeremonyRefused('a generation cannot begin to issue in the past')
    if (authorities.length === 0 || by.trim() === '' || !Number.isInteger(years) || years < 1 || years > 25) throw new CeremonyRefused('name the authorities, the human who invokes the ceremony, and a life of 1 to 25 years')
    const made: Generation[] = []
    for (const ca of authorities) made.push(await makeGeneration(environment, ca, { people: [by.trim(), ...witnesses], years, activeFrom }))
    return made
  }
}

/** Prints the transcript; the certificates are in the register. */
export const handler = lazily(async () => {
  const door = ceremonyDoor(await ceremonyEnvironment())
  return async (request: CeremonyRequest): Promise<{ readonly transcript: readonly string[] }> => ({ transcript: (await door(request)).flatMap((generation) => generation.transcript) })
})

async function makeGeneration({ world, keys, log }: CeremonyEnvironment, ca: AuthorityName, { people, years, activeFrom }: { readonly people: readonly string[]; readonly years: number; readonly activeFrom: Instant | null }): Promise<Generation> {
  const transcript: string[] = []
  const [by = '', ...witnesses] = people
  const now = world.clock.now()
  const say = (line: string): void => void transcript.push(`${toRfc3339(world.clock.now())} ${line}`)
  const { signer, arn } = keys[ca]
  const keyId = toHex(keyIdentifier(signer.spki)) as IssuerKeyId
  say(`ceremony of the ${ca} authority, invoked by ${by}${witnesses.length === 0 ? '' : `, before ${witnesses.join(', ')}`}`)
  say(`key ${arn}, ${signer.algorithm}, SPKI SHA-256 ${sha256Hex(signer.spki)}, key identifier ${keyId}`)
  if ((await world.issuers.all()).some((issuer) => issuer.keyId === keyId)) throw new CeremonyRefused(`the key ${keyId} has its certificate already`)

  // An hour back: what it certifies at once may begin a little early, for verifiers whose clocks are late.
  const notBefore = after(now, -(now % second) - hour)
  const input: CaInput = { ca, serial: fromHex(newSerial(world.random)), spki: signer.spki, notBefore, notAfter: endOf(addMonths(dayOf(now), years * 12)) }
  const tbs = caTbs(input, world.settings.profile)
  const linted = lintCa(tbs, input, world.settings.profile)
  say(`to be signed, linted: SHA-256 ${sha256Hex(tbs)}, serial ${toHex(input.serial)}, until ${toRfc3339(endOf(addMonths(dayOf(now), years * 12)))}`)
  log('info', 'ceremony.about-to-sign', { ca, keyId, by, tbsSha256: sha256Hex(tbs) })
  const certificate = assemble(linted, await signLinted(signer, linted))

  // The certificate as anyone will read it: the very bytes, under its own key, and the key that is pinned.
  const parsed = parseCertificate(certificate)
  const anchor = parseCaCertificate(certificate)
  if (!verifySigned(parsed, signer.spki) || Buffer.compare(tbsOf(certificate), tbs) !== 0 || anchor.keyId !== keyId) throw new CeremonyRefused('the certificate does not verify as read back')
  say(`signed and read back: certificate SHA-256 ${fingerprint(certificate)}`)

  // Who held it stands in the transcript and in the log of the door: the log of acts holds nobody's name.
  const act = { ...begin('issuer.add', system('ceremony'), now, { ca, by }), subject: keyId, facts: { ca, certificate: fingerprint(certificate) } }
  const stored = await world.issuers.add(act, { ca, keyId, certificate, key: arn, spkiSha256: sha256Hex(signer.spki), activeFrom: activeFrom ?? now })
  if (isRefusal(stored)) throw new CeremonyRefused(`the key ${keyId} got its certificate meanwhile`)
  say(`stored as a pinned anchor; issues from ${toRfc3339(activeFrom ?? now)}; of the active generations the newest does`)
  log('info', 'ceremony.done', { ca, keyId, by })
  return { ca, keyId, certificate, transcript }
}
