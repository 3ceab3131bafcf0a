/**
 * The lint and its seal. Bytes that pass become `Linted`, the only thing `signLinted` accepts: the type says so, and a
 * WeakMap that no other file can reach says so at run time. The sealed bytes are a private copy.
 *
 * @rfc 5280 4, 5 · 6960 4.2
 */
import type { CaCertificate, CaInput, EndEntityInput, ResponderInput } from './certificate.ts'
import type { CrlInput } from './crl.ts'
import { certificateFindings } from './lint-certificate.ts'
import { crlFindings } from './lint-crl.ts'
import { ocspFindings } from './lint-ocsp.ts'
import type { OcspInput } from './ocsp.ts'
import { expectCa, expectEndEntity, expectOcspResponder, type Expectation } from './plan.ts'
import type { ProfileSettings } from './profile.ts'
import { SignerFault, type Algorithm, type Signer } from './signer.ts'

/** One thing wrong: a stable code, the section it offends, a sentence without any value of a person. */
export interface Finding { readonly code: string; readonly section: string; readonly text: string }

export class LintFailure extends Error {
  override readonly name = 'LintFailure'
  readonly findings: readonly Finding[]
  constructor(findings: readonly Finding[]) {
    super(findings.map(({ code, section, text }) => `${code} (${section}): ${text}`).join('; '))
    this.findings = findings
  }
}

declare const seal: unique symbol
/** To-be-signed bytes that passed every check. */
export interface Linted { readonly [seal]: true }
export interface LintedContent { readonly tbs: Uint8Array; readonly algorithm: Algorithm; readonly issuerSpki: Uint8Array }

const sealed = new WeakMap<Linted, LintedContent>()

function judge(tbs: Uint8Array, findings: readonly Finding[], algorithm: Algorithm, issuerSpki: Uint8Array): Linted {
  if (findings.length > 0) throw new LintFailure(findings)
  const linted = Object.freeze({}) as Linted
  sealed.set(linted, { tbs: tbs.slice(), algorithm, issuerSpki: issuerSpki.slice() })
  return linted
}

/** What the seal holds. Throws `SignerFault` for anything the lint did not make. */
export function lintedContent(linted: Linted): LintedContent {
  const content = sealed.get(linted)
  if (content === undefined) throw new SignerFault('bytes that no lint has passed')
  return content
}

/** Signs what was linted, with the key it was linted for. Throws `SignerFault`, `SignerAway`. */
export async function signLinted(signer: Signer, linted: Linted): Promise<Uint8Array> {
  const { tbs, algorithm, issuerSpki } = lintedContent(linted)
  if (signer.algorithm !== algorithm || Buffer.compare(signer.spki, issuerSpki) !== 0) throw new SignerFault('the signer is not the key these bytes were linted for')
  return signer.sign(tbs.slice())
}

// ---------------------------------------------------------------- one function per kind; each throws `LintFailure`

export const lintEndEntity = (tbs: Uint8Array, input: EndEntityInput, settings: ProfileSettings): Linted => relint(tbs, expectEndEntity(input, settings), input.issuer)

export const lintOcspResponder = (tbs: Uint8Array, input: ResponderInput, settings: ProfileSettings): Linted => relint(tbs, expectOcspResponder(input, settings), input.issuer)

/** An authority's own certificate, to be signed by its own key. */
export function lintCa(tbs: Uint8Array, input: CaInput, settings: ProfileSettings): Linted {
  const expected = expectCa(input, settings)
  return judge(tbs, certificateFindings(tbs, expected, null), expected.fields.algorithm, input.spki)
}

/** Stored bytes against the stored expectation: what completes a reservation after a crash or a change of settings. */
export function relint(tbs: Uint8Array, expected: Expectation, issuer: CaCertificate): Linted {
  return judge(tbs, certificateFindings(tbs, expected, issuer), issuer.algorithm, issuer.spki)
}

/** A list. `input.entries` is walked a second time, so it must be an iterable that starts anew. */
export const lintCrl = (tbs: Uint8Array, input: CrlInput): Linted => judge(tbs, crlFindings(tbs, input), input.issuer.algorithm, input.issuer.spki)

/** A responder's tbsResponseData, to be signed by the responder's key. */
export const lintOcspResponse = (tbs: Uint8Array, input: OcspInput): Linted => judge(tbs, ocspFindings(tbs, input), input.responder.signer.algorithm, input.responder.signer.spki)
