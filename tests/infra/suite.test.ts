/** What a suite does where a part is missing, and what of a kept build is trusted. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { filesToRun, missingOf } from '../harness/suite.ts'
import { hashOf, intact } from '../lambda/ric.ts'

const folder = mkdtempSync(join(tmpdir(), 'mynagate-suite-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('what is missing is named with what to do, and takes along what needs it alone', () => {
  const part = (name: string, files: RegExp, why?: string) => ({ name, files, look: () => { if (why !== undefined) throw new Error(`${why}\nand much more`) } })
  const missing = missingOf([part('there', /./), part('jq', /steps/, 'jq is missing; on Debian: apt-get install jq')])
  expect(missing.map(({ part: { name }, why }) => [name, why])).toEqual([['jq', 'jq is missing; on Debian: apt-get install jq']])
  expect(filesToRun(['a/site.test.ts', 'a/steps.test.ts'], missing)).toEqual({ files: ['a/site.test.ts'], skipped: ['a/steps.test.ts'] })
  expect(filesToRun(['a/site.test.ts'], []).skipped).toEqual([])
})

test('a kept build is used as it was built, or not at all', () => {
  const at = join(folder, 'node_modules/aws-lambda-ric')
  mkdirSync(at, { recursive: true })
  writeFileSync(join(at, 'index.mjs'), 'client')
  writeFileSync(join(at, 'rapid-client.node'), 'native')
  expect(intact(folder)).toBe(false)
  writeFileSync(join(folder, 'complete'), hashOf(folder))
  expect(intact(folder)).toBe(true)
  writeFileSync(join(at, 'rapid-client.node'), 'another')
  expect(intact(folder)).toBe(false)
  writeFileSync(join(folder, 'complete'), hashOf(folder))
  rmSync(join(at, 'rapid-client.node'))
  writeFileSync(join(folder, 'complete'), hashOf(folder))
  expect(intact(folder)).toBe(false)
})
