/**
 * The checks on a certificate about to be signed. The rules of the RFC are asked of the decoded bytes alone; then
 * every field is held against the expectation. Each finding names its section.
 *
 * @rfc 5280 4.1, 4.2, A.1 · 6960 4.2.2.2
 */
import type { CaCertificate } from './certificate.ts'
import { children, decode, Malformed, tags, type Element } from './der.ts'
import { extensionOf, hexOf, ocspSigning, type Extension, type KnownExtension } from './extension.ts'
import { base64, bytesOfBase64, encodeFields, readFields, type DecodedFields } from './fields.ts'
import { characterCount, decodeBirthDate } from './holder.ts'
import type { Finding } from './lint.ts'
import { encodeName, nameOf, upperBounds, type Name } from './names.ts'
import type { Expectation } from './plan.ts'
import { extensionOids, fitsProfile, fitsResponder, generationOf, generations, keyUsageBits, profiles, type CertificateKind } from './profile.ts'
import { keyIdentifier } from './signer.ts'
