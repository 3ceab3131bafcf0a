/** Key specs and algorithms that the stand-in knows, as tables. Anything else is refused as KMS refuses it. */
import { KmsError } from './errors.ts'

export type KeyUsage = 'SIGN_VERIFY' | 'ENCRYPT_DECRYPT' | 'GENERATE_VERIFY_MAC'
export type HashName = 'sha256' | 'sha384' | 'sha512'
export type SigningScheme = { readonly scheme: 'pkcs1' | 'pss' | 'ecdsa'; readonly hash: HashName }

export const signingAlgorithms = {
  RSASSA_PKCS1_V1_5_SHA_256: { scheme: 'pkcs1', hash: 'sha256' },
  RSASSA_PKCS1_V1_5_SHA_384: { scheme: 'pkcs1', hash: 'sha384' },
  RSASSA_PKCS1_V1_5_SHA_512: { scheme: 'pkcs1', hash: 'sha512' },
  RSASSA_PSS_SHA_256: { scheme: 'pss', hash: 'sha256' },
  RSASSA_PSS_SHA_384: { scheme: 'pss', hash: 'sha384' },
  RSASSA_PSS_SHA_512: { scheme: 'pss', hash: 'sha512' },
  ECDSA_SHA_256: { scheme: 'ecdsa', hash: 'sha256' },
  ECDSA_SHA_384: { scheme: 'ecdsa', hash: 'sha384' },
  ECDSA_SHA_512: { scheme: 'ecdsa', hash: 'sha512' },
} as const satisfies Record<string, SigningScheme>
export type SigningAlgorithm = keyof typeof signingAlgorithms

export type Curve = 'P-256' | 'P-384' | 'P-521'
export type SpecFacts =
  | { readonly kind: 'rsa'; readonly bits: number; readonly usages: readonly KeyUsage[]; readonly signing: readonly SigningAlgorithm[] }
  | { readonly kind: 'ec'; readonly curve: Curve; readonly usages: readonly KeyUsage[]; readonly signing: readonly SigningAlgorithm[] }
  | { readonly kind: 'symmetric' | 'hmac'; readonly usages: readonly KeyUsage[]; readonly signing: readonly [] }

const rsa = (Object.keys(signingAlgorithms) as SigningAlgorithm[]).filter((name) => name.startsWith('RSASSA'))
export const specs = {
  RSA_2048: { kind: 'rsa', bits: 2048, usages: ['SIGN_VERIFY'], signing: rsa },
  RSA_3072: { kind: 'rsa', bits: 3072, usages: ['SIGN_VERIFY'], signing: rsa },
  RSA_4096: { kind: 'rsa', bits: 4096, usages: ['SIGN_VERIFY'], signing: rsa },
  ECC_NIST_P256: { kind: 'ec', curve: 'P-256', usages: ['SIGN_VERIFY'], signing: ['ECDSA_SHA_256'] },
  ECC_NIST_P384: { kind: 'ec', curve: 'P-384', usages: ['SIGN_VERIFY'], signing: ['ECDSA_SHA_384'] },
  ECC_NIST_P521: { kind: 'ec', curve: 'P-521', usages: ['SIGN_VERIFY'], signing: ['ECDSA_SHA_512'] },
  SYMMETRIC_DEFAULT: { kind: 'symmetric', usages: ['ENCRYPT_DECRYPT'], signing: [] },
  HMAC_256: { kind: 'hmac', usages: ['GENERATE_VERIFY_MAC'], signing: [] },
} as const satisfies Record<string, SpecFacts>
export type KeySpec = keyof typeof specs

export function keySpec(text: string): KeySpec {
  if (!Object.hasOwn(specs, text)) throw new KmsError('UnsupportedOperationException', `KeySpec ${text} is not supported`)
  return text as KeySpec
}

export function signingAlgorithm(text: string): SigningAlgorithm {
  if (!Object.hasOwn(signingAlgorithms, text)) throw new KmsError('ValidationException', `SigningAlgorithm ${text} is not one of ${Object.keys(signingAlgorithms).join(', ')}`)
  return text as SigningAlgorithm
}
export const factsOf = (spec: KeySpec): SpecFacts => specs[spec]
export const digestLength: Readonly<Record<HashName, number>> = { sha256: 32, sha384: 48, sha512: 64 }
