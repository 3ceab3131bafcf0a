/** The manifest of a client's documents: the hashes are those of their octets, and the file is the same each time. */
import { expect, test } from 'vitest'
import { documentId, manifestOf } from '../../client/manifest.ts'

test('a document is named by the SHA-256 of its UTF-8 octets', () => {
  expect(documentId('')).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(documentId('{ partner { name } }\n')).not.toBe(documentId('{ partner { name } }'))
})

test('the same documents give the same manifest, in whatever order and however often', () => {
  const [a, b] = ['{ partner { name } }', '{ serverInfo { stage } }']
  expect(JSON.stringify(manifestOf([a, b, a]))).toBe(JSON.stringify(manifestOf([b, a])))
  expect(manifestOf([a])).toEqual({ [documentId(a)]: a })
})

test('text that is not well formed has no hash of its own', () => {
  expect(() => manifestOf(['{ a(b: "\ud800") }'])).toThrow(RangeError)
})
