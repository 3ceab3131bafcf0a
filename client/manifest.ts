/**
 * The documents that a client sends, known by their hash: made at build time, registered once (`registerDocuments`), and from
 * then on asked by `documentId`. A document is hashed as it stands, octet for octet: format it before, not after.
 */
import { createHash } from 'node:crypto'
import type { Gateway } from './gateway.ts'

/** What a request names a registered document by. */
export const documentId = (document: string): string => `sha256:${createHash('sha256').update(document, 'utf8').digest('hex')}`

/** By the id, in the order of ids, so that the same documents give the same file. */
export type ClientManifest = Readonly<Record<string, string>>

/** What the gateway takes at once. */
const atOnce = 50

/** Registers them all, under the scope `partner`; what is registered already stays. Returns how many are registered then. */
export async function registerManifest(gateway: Pick<Gateway, 'query'>, manifest: ClientManifest): Promise<number> {
  const documents = Object.values(manifest)
  let registered = 0
  for (let from = 0; from < documents.length; from += atOnce) {
    const { data } = await gateway.query<{ registerDocuments: { readonly documents?: readonly unknown[]; readonly code?: string; readonly message?: string } }>(
      'mutation ($input: RegisterDocumentsInput!) { registerDocuments(input: $input) { ... on Manifest { documents { id } } ... on Refused { code message } } }', { input: { documents: documents.slice(from, from + atOnce), idempotencyKey: crypto.randomUUID() } })
    const answer = data.registerDocuments
    if (answer.documents === undefined) throw new Error(`${answer.code}: ${answer.message}`)
    registered = answer.documents.length
  }
  return registered
}

/** Throws where a document is not well-formed text: its hash would be that of another one. */
export function manifestOf(documents: Iterable<string>): ClientManifest {
  const entries = new Map<string, string>()
  for (const document of documents) {
    if (!document.isWellFormed()) throw new RangeError('a document that is not well-formed Unicode')
    entries.set(documentId(document), document)
  }
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}
