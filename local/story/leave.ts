/**
 * What `--out DIR` leaves: files that an outsider checks with openssl alone, and the commands to do it with.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toPem } from '../../core/pki/certificate.ts'
import { caCertificates } from './move.ts'
import type { Progress, Scene } from './scene.ts'

const readme = `What this folder holds, and how to check it with openssl alone.

  openssl verify -x509_strict -CAfile sign-ca.pem sign.pem
  openssl verify -x509_strict -CAfile auth-ca.pem auth.pem

The document was signed before the move, with the key of sign-before-move.pem:

  openssl x509 -in sign-before-move.pem -pubkey -noout > before.pub
  openssl dgst -sha256 -verify before.pub -signature document.sig document.txt

The list of revoked certificates, and that the one from before the move is on it:

  openssl crl -in sign.crl -inform DER -CAfile sign-ca.pem -noout -verify
  openssl x509 -in sign-before-move.pem -noout -serial
  openssl crl -in sign.crl -inform DER -noout -text

The answers of the OCSP responder:

  openssl ocsp -respin ocsp-good.der -issuer auth-ca.pem -cert auth.pem -CAfile auth-ca.pem
  openssl ocsp -respin ocsp-revoked.der -issuer sign-ca.pem -cert sign-before-move.pem -CAfile sign-ca.pem

consent-receipt.json: the signed document, its signature and the certificate stand under "proof" (octets in hex).
`

export async function leave(directory: string, scene: Scene, progress: Progress): Promise<void> {
  const ca = await caCertificates(scene)
  mkdirSync(directory, { recursive: true })
  const files: Record<string, string | Uint8Array> = {
    'sign-ca.pem': toPem('CERTIFICATE', ca.signature.der),
    'auth-ca.pem': toPem('CERTIFICATE', ca.authentication.der),
    'sign.pem': toPem('CERTIFICATE', progress.signing.der),
    'auth.pem': toPem('CERTIFICATE', progress.authentication.der),
    'sign-before-move.pem': toPem('CERTIFICATE', progress.before.der),
    'document.txt': progress.document,
    'document.sig': progress.signature,
    'sign.crl': progress.crl,
    'ocsp-good.der': progress.ocspGood,
    'ocsp-revoked.der': progress.ocspRevoked,
    'consent-receipt.json': `${progress.receipt}\n`,
    README: readme,
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)
}
