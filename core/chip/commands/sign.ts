/**
 * COMPUTE DIGITAL SIGNATURE (80 2A) and INTERNAL AUTHENTICATE (00 88).
 *
 * P1: 00 type-1 padding of what is sent, unchecked · 01 bare SHA-256 of a message · 02 DigestInfo of a hash ·
 *     03 DigestInfo of a message · 04 PSS of a hash · 05 PSS of a message
 * P2: 80 the current EF, 80+SFI a key, 00 the default key of the 券面 applications.
 * The P-384 profile is drafted only: 00 a digest, 03 a message (SHA-384); the answer is r‖s.
 */
import { createHash } from 'node:crypto'
import { commonEf } from '../applications/common.ts'
import { textEf } from '../applications/text.ts'
import { visualEf } from '../applications/visual.ts'
import type { Command } from '../apdu.ts'
import { signDigestP384 } from '../ecdsa.ts'
import { pinVerified, type PinVerified } from '../pin.ts'
import { digestInfo, rsaRoom, rsaSign, rsaSignPssDigest, sha256 } from '../rsa.ts'
import type { Secret } from '../secret.ts'
import { answer, currentApplication, fileOf, free, type Chip, type KeyFile, type Outcome, type Random } from '../state.ts'
import { sw } from '../sw.ts'
import { target } from './read.ts'

export function computeSignature(chip: Chip, c: Command, random: Random): Outcome {
  if (c.p1 > 5) return answer(chip, sw.wrongParameters)
  const found = signingKey(chip, c.p2)
  if (typeof found === 'number') return answer(chip, found)
  const { file, at } = found
  const proof = pinVerified(at.session, file.use)
  if (proof === null) return answer(at, sw.securityStatus)
  if (file.key === null) return answer(at, sw.dataNotFound)
  if (c.data.length === 0) return answer(at, sw.wrongLength)
  const signature = file.algorithm === 'rsa2048' ? signRsa(proof, file.key, c, random) : signP384(proof, file.key, c, random)
  if (typeof signature === 'number') return answer(at, signature)
  return c.le < signature.length ? answer(at, sw.wrongLength) : answer(at, sw.ok, signature)
}

function signingKey(chip: Chip, p2: number): { file: KeyFile; at: Chip } | number {
  if (p2 === 0x00) {
    const application = currentApplication(chip)
    const id = application?.kind === 'text' ? textEf.key : application?.kind === 'visual' ? visualEf.key : 0
    const file = application === null || id === 0 ? null : fileOf(application, id)
    return file?.type === 'key' ? { file, at: chip } : sw.wrongParameters
  }
  if ((p2 & 0x80) === 0 || (p2 & 0x60) !== 0) return sw.wrongParameters
  const found = target(chip, p2 & 0x1f)
  if (typeof found === 'number') return found
  return found.file.type === 'key' ? { file: found.file, at: found.at } : sw.incompatibleFile
}

function signRsa(_: PinVerified, key: Secret, c: Command, random: Random): Uint8Array | number {
  const hash = c.p1 === 2 || c.p1 === 4
  if (hash && c.data.length !== 32) return sw.conditions
  if (c.p1 === 0 && c.data.length > rsaRoom) return sw.conditions
  const digest = hash ? c.data : sha256(c.data)
  switch (c.p1) {
    case 0: return key.withKey((k) => rsaSign(k, c.data))
    case 1: return key.withKey((k) => rsaSign(k, digest))
    case 2:
    case 3: return key.withKey((k) => rsaSign(k, digestInfo(digest)))
    default: {
      const salt = random.bytes(32)
      return key.withKey((k) => rsaSignPssDigest(k, digest, salt))
    }
  }
}

function signP384(_: PinVerified, key: Secret, c: Command, random: Random): Uint8Array | number {
  if (c.p1 !== 0 && c.p1 !== 3) return sw.wrongParameters
  if (c.p1 === 0 && (c.data.length < 20 || c.data.length > 64)) return sw.conditions
  const digest = c.p1 === 0 ? c.data : Uint8Array.from(createHash('sha384').update(c.data).digest())
  return key.withKey((k) => signDigestP384(k, digest, random))
}

/** `00 88 00 99`: the key of the common application, over the SHA-256 of a challenge. Other keys: 6982 behind a PIN, else 6985. */
export function internalAuthenticate(chip: Chip, c: Command): Outcome {
  const application = currentApplication(chip)
  if (c.p1 !== 0 || (c.p2 & 0xe0) !== 0x80) return answer(chip, sw.wrongParameters)
  const file = application === null ? null : fileOf(application, c.p2 & 0x1f)
  if (file?.type !== 'key') return answer(chip, sw.conditions)
  if (file.use !== free) return answer(chip, sw.securityStatus)
  if (application?.kind !== 'common' || file.id !== commonEf.key || file.key === null) return answer(chip, sw.conditions)
  if (c.data.length === 0 || c.data.length > 255 || c.le < 256) return answer(chip, sw.wrongLength)
  return answer(chip, sw.ok, file.key.withKey((k) => rsaSign(k, digestInfo(sha256(c.data)))))
}
