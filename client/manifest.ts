/**
 * The documents that a client sends, known by their hash: made at build time, registered once (`registerDocuments`), and from
 * then on asked by `documentId`. A document is hashed as it stands, octet for octet: format it before, not after.
 */
import { createHash } from 'node:crypto'

/** What a request names a registered document by. */
export const documentId = (document: string): string => `sha256:${createHash('sha256').update(document, 'utf8').digest('hex')}`

/** By the id, in the order of ids, so that the same documents give the same file. */
export type ClientManifest = Readonly<Record<string, string>>

/** Throws where a document is not well-formed text: its hash would be that of another one. */
export function manifestOf(documents: Iterable<string>): ClientManifest {
  const entries = new Map<string, string>()
  for (const document of documents) {
    if (!document.isWellFormed()) throw new RangeError('a document that is not well-formed Unicode')
    entries.set(documentId(document), document)
  }
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}
