/**
 * What is known of SST itself, held against the binary that is installed: that its builder reads what the stacks give it, and
 * that its server still listens on every address, which is why no step deploys before it is shut off from the network.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { optionsOf, read } from '../lambda/bundle.ts'
import { synthesisOf } from './stages.ts'
import { root } from './synthesise.ts'

const packages = readdirSync(join(root, 'node_modules')).filter((name) => /^sst-linux-(x64|arm64)$/.test(name))
const binary = readFileSync(join(root, 'node_modules', packages[0]!, 'bin/sst')).toString('latin1')

describe('the builder', () => {
  test.each([...read.properties, ...read.esbuild])('reads %s', (name) => {
    expect(binary).toContain(`json:"${name}"`)
  })
  test('and nothing that it does not read is given to it', () => {
    for (const { properties } of synthesisOf('production').builds) expect(optionsOf(properties)).toMatchObject({ mainFields: ['module', 'main'], conditions: ['module'], keepNames: true, minify: true, splitting: true, target: 'es2024' })
    const { properties } = synthesisOf('production').builds[0]!
    expect(() => optionsOf({ ...properties, treeShaking: true })).toThrow('reads no treeShaking')
    expect(() => optionsOf({ ...properties, esbuild: { minifySyntax: false } })).toThrow('reads no minifySyntax')
  })
})

describe('the server', () => {
  test('of this version listens on every address: the day this fails, shut.sh may go', () => {
    expect(binary).toContain('0.0.0.0:%d')
  })
  const workflows = readdirSync(join(root, '.github/workflows')).filter((file) => file.endsWith('.yml')).map((file) => [file, readFileSync(join(root, '.github/workflows', file), 'utf8')] as const)
  /** Jobs in which SST starts it before the network is shut off from it. */
  const open = (text: string): string[] => text.split(/^ {2}(?=[a-z-]+:$)/m).filter((job) => {
    const [sst, shut] = [job.search(/sst (deploy|diff|remove|refresh|unlock)/), job.search(/steps\/shut\.sh/)]
    return sst >= 0 && (shut < 0 || shut > sst)
  }).map((job) => job.split(':')[0]!)
  test.each(workflows)('%s shuts it off first', (_, text) => {
    expect(open(text)).toEqual([])
    if (text.includes('shut.sh')) expect(open(text.replaceAll('steps/shut.sh', 'steps/knock.sh'))).not.toEqual([])
  })
  test('nobody starts its development server: it stays open for as long as it runs', () => {
    const said = [readFileSync(join(root, 'package.json'), 'utf8'), ...workflows.map(([, text]) => text)].join('\n')
    expect(said).not.toMatch(/\bsst (dev|tunnel|shell)\b/)
  })
})
