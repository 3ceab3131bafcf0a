/**
 * The import law of the house, read from the import statements. Each room may reach only what its row names; what is
 * forbidden everywhere but in one file (AWS, SST, the embedded database) stands below it with its file.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

interface Import { readonly file: string; readonly target: string; readonly typeOnly: boolean }

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], { encoding: 'utf8' }).split('\n').filter((f) => f !== '')
const sources = tracked.filter((f) => !f.startsWith('tests/'))

/** Every static, dynamic and re-exporting import of a file; relative ones resolved to paths from the root. */
export function importsOf(file: string, text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const found: Import[] = []
  for (const match of code.matchAll(/(?:^|\n|;)\s*(import|export)(\s+type)?\s[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g)) {
    const specifier = match[3] ?? match[4] ?? match[5]!
    const target = specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier
    found.push({ file, target, typeOnly: match[2] !== undefined })
  }
  return found
}

const roomOf = (path: string): string => (path.startsWith('core/') ? path.split('/').slice(0, 2).join('/') : path.includes('/') ? path.split('/')[0]! : '.')
const rooms = ['functions', 'schema', 'core/law', 'core/pki', 'core/chip', 'db', 'local', 'web', 'client', 'stacks']
/** The door to GraphQL and its sub-room. */
const ofGraphql = (file: string): boolean => file === 'functions/graphql.ts' || file.startsWith('functions/graphql/')
const inside = (target: string): boolean => rooms.includes(roomOf(target)) && target.includes('/') && target.endsWith('.ts')

/** Rooms a room may import, itself aside. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  functions: ['core/law', 'core/pki', 'core/chip', 'db', 'schema', 'web'],
  schema: ['core/law'],
  db: ['core/law'],
  'core/law': ['core/pki', 'core/chip'],
  'core/pki': [],
  'core/chip': [],
  local: ['functions', 'schema', 'core/law', 'core/pki', 'core/chip', 'db', 'web', 'client'],
  web: ['core/law', 'client'],
  client: ['core/pki', 'core/chip'],
  stacks: [],
}

/** Packages a pure room may use; rooms not named are free. */
const packages: Readonly<Record<string, RegExp>> = {
  // The table of national holidays is data; a fixed weekday rule is wrong for 2020.
  'core/law': /^@holiday-jp\/holiday_jp\/lib\/holidays\.js$/,
  'core/pki': /^(@peculiar\/|@noble\/|node:crypto$)/,
  // node:zlib: the card-face images are PNG.
  'core/chip': /^node:(crypto|zlib)$/,
  stacks: /^(sst|node:)/,
}

/** Packages that one file alone may use, and why. */
const reserved: readonly { readonly pattern: RegExp; readonly files: RegExp; readonly why: string }[] = [
  { pattern: /^@aws-sdk\/client-kms/, files: /^(core\/pki\/kms\.ts|local\/|functions\/environment\.ts)/, why: 'the signer is the only part of core that knows AWS; the doormat and the local ceremony make the client' },
  { pattern: /^sst($|\/)/, files: /^functions\/environment\.ts$/, why: 'the doormat reads what the site linked' },
  { pattern: /^@electric-sql\/pglite/, files: /^db\/embedded\.ts$/, why: 'the embedded database never reaches a deployed bundle' },
  { pattern: /^pg$/, files: /^db\/postgres\.ts$/, why: 'a door over Neon does not load the other driver too' },
  { pattern: /^(drizzle-orm|pg(\/|$)|@neondatabase\/)/, files: /^db\//, why: 'only the archive speaks SQL' },
  { pattern: /^@simplewebauthn\//, files: /^functions\/environment\/webauthn\.ts$/, why: 'passkeys are verified behind a port of the law; the library is loaded by the door that meets one, and by no other' },
  { pattern: /^@pothos\//, files: /^schema\//, why: 'only the counter speaks GraphQL types' },
  { pattern: /^(oidc-provider|@graphql-yoga\/render-graphiql)/, files: /^local\//, why: 'offline edition only' },
]

const all = sources.flatMap((file) => importsOf(file, readFileSync(file, 'utf8')))

function violations(imports: readonly Import[]): string[] {
  const bad: string[] = []
  for (const { file, target, typeOnly } of imports) {
    const from = roomOf(file)
    if (!rooms.includes(from)) continue
    const say = (why: string) => bad.push(`${file} → ${target}: ${why}`)
    if (inside(target) || target.startsWith('tests/')) {
      const to = roomOf(target)
      if (to !== from && !(mayImport[from] ?? []).includes(to)) say(`${from} may not import ${to}`)
      if (from === 'functions' && to === 'functions' && target !== 'functions/environment.ts' && file !== 'functions/environment.ts' && !target.startsWith('functions/environment') && !(ofGraphql(file) && ofGraphql(target))) say('a door does not import another door')
      if (from === 'functions' && to === 'schema' && !ofGraphql(file)) say('only the graphql door has GraphQL in its bundle')
      if (from === 'functions' && to === 'web' && file !== 'functions/pages.ts') say('only the pages door serves pages')
      if (from === 'core/law' && target === 'core/pki/kms.ts') say('the law does not know the KMS')
      if (from === 'web' && to === 'core/law' && !typeOnly) say('pages know the law as types only')
    } else {
      const allowed = packages[from]
      if (allowed !== undefined && !allowed.test(target) && !reserved.some((rule) => rule.pattern.test(target) && rule.files.test(file))) say(`not a package of ${from}`)
      for (const rule of reserved) if (rule.pattern.test(target) && !rule.files.test(file)) say(rule.why)
    }
  }
  return bad
}

describe('the house', () => {
  test('every import keeps the table', () => {
    expect(violations(all)).toEqual([])
  })

  test('the reader of imports sees what it must', () => {
    const planted = importsOf('core/law/x.ts', "import { a } from '../pki/kms.ts'\nimport type { B } from '../../db/open.ts'\nconst c = await import('@aws-sdk/client-kms')\nexport { d } from '../../local/main.ts'\nimport 'node:fs'\n")
    expect(violations(planted)).toHaveLength(6)
    expect(violations(importsOf('functions/ocsp.ts', "import { s } from '../schema/index.ts'"))).toHaveLength(1)
    expect(violations(importsOf('schema/x.ts', "import { d } from '../db/open.ts'\nimport { sql } from 'drizzle-orm'"))).toHaveLength(2)
  })

  test('the law reads no clock, no process and no Date', () => {
    const bad = sources.filter((f) => f.startsWith('core/law/') || f.startsWith('core/chip/')).filter((f) => {
      const code = readFileSync(f, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '').replace(/'[^'\n]*'|`[^`]*`/g, '')
      return /\bnew Date\b|\bDate\.(now|parse|UTC)\b|\bprocess\./.test(code) || /\bMath\.random\b|\bperformance\./.test(code)
    })
    expect(bad).toEqual([])
  })

  test('core has no import cycles that a runtime would see', () => {
    const edges = new Map<string, string[]>()
    for (const { file, target, typeOnly } of all) if (file.startsWith('core/') && target.startsWith('core/') && !typeOnly && !onlyTypes(file, target)) edges.set(file, [...(edges.get(file) ?? []), target])
    const cycles: string[] = []
    const visit = (node: string, path: readonly string[]): void => {
      if (path.includes(node)) { cycles.push([...path.slice(path.indexOf(node)), node].join(' → ')); return }
      for (const next of edges.get(node) ?? []) if (path.length < 40) visit(next, [...path, node])
    }
    for (const start of edges.keys()) visit(start, [])
    expect([...new Set(cycles)].slice(0, 5)).toEqual([])
  })

  test('what the documents link to is there', () => {
    const documents = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md', ':!tests/vectors'], { encoding: 'utf8' }).split('\n').filter((f) => f !== '')
    const links = documents.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, to]) => ({ file, to: to! })).filter(({ to }) => !/^[a-z]+:/.test(to)))
    expect(links.length).toBeGreaterThan(20)
    expect(links.filter(({ file, to }) => !existsSync(join(dirname(file), to)))).toEqual([])
  })

  test('no source file outgrows a reader', () => {
    const long = sources.filter((f) => !f.startsWith('db/migrations/')).map((f) => [f, readFileSync(f, 'utf8').split('\n').length] as const).filter(([, lines]) => lines > 301)
    expect(long).toEqual([])
  })
})

/** `import { type A, type B } from …` counts as a type import too. */
function onlyTypes(file: string, target: string): boolean {
  const text = readFileSync(file, 'utf8')
  const clauses = [...text.matchAll(/import\s*\{([^}]*)\}\s*from\s*['"]([^'"]+)['"]/g)].filter((m) => normalize(join(dirname(file), m[2]!)) === target)
  return clauses.length > 0 && clauses.every((m) => m[1]!.split(',').map((s) => s.trim()).filter(Boolean).every((s) => s.startsWith('type ')))
}
