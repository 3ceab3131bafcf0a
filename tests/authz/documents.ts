/**
 * Documents made from the schema: every root field with arguments that name what is a tenant's, and below it everything
 * there is, each field of each type once, in as many documents as the limits of the gateway demand.
 */
import { getNamedType, isEnumType, isInputObjectType, isInterfaceType, isLeafType, isListType, isNonNullType, isObjectType, isRequiredArgument, isRequiredInputField, isUnionType, parse, type GraphQLField, type GraphQLInputType, type GraphQLNamedType, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import { createHash, sign } from 'node:crypto'
import { dayOf } from '../../core/law/time.ts'
import { exceeded, limits, mostCostly } from '../../schema/limits.ts'
import { preparer } from '../../schema/prepare.ts'
import { keyNamed, type TestWorld } from '../harness/world.ts'
import type { Tenant } from './land.ts'

export type Values = Readonly<Record<string, unknown>>
/** A field and what is asked below it; `on`: the type it is a field of. */
export interface Node { readonly on: string; readonly field: string; readonly args: string; readonly below: readonly Node[]; readonly leaf: boolean }
export interface Question { readonly root: 'Query' | 'Mutation'; readonly field: string; readonly declared: string; readonly passed: string; readonly variables: Values; readonly tree: readonly Node[]; readonly leaf: boolean }

export const globalId = (id: string): string => Buffer.from(id).toString('base64url')
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

// ---------------------------------------------------------------- what stands below a field

/** Arguments of fields below the root that demand some. */
const below: Readonly<Record<string, string>> = {
  'ConsentRequest.document': '(items: [NAME])', 'Statistics.daily': '(from: "2026-03-01", to: "2026-03-31")', 'DailyCounts.averages': '(convention: CALENDAR_DAYS)',
}
const deepest = 8

export const membersOf = (schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLObjectType[] =>
  isUnionType(type) ? type.getTypes() : isInterfaceType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : []

/** Everything below a type, each `Type.field` once, nearest first. */
export function everything(schema: GraphQLSchema, type: GraphQLNamedType): readonly Node[] {
  interface Open { readonly on: string; readonly field: string; readonly args: string; readonly below: Node[]; readonly leaf: boolean }
  const met = new Set<string>()
  const top: Open[] = []
  let round: { readonly type: GraphQLNamedType; readonly into: Node[] }[] = [{ type, into: top }]
  for (let depth = 0; depth < deepest && round.length > 0; depth++) {
    const next: typeof round = []
    for (const { type: named, into } of round) {
      for (const member of membersOf(schema, named)) {
        for (const field of Object.values(member.getFields())) {
          const cell = `${member.name}.${field.name}`
          if (met.has(cell)) continue
          met.add(cell)
          const inner = getNamedType(field.type)
          const node: Open = { on: member.name, field: field.name, args: argsBelow(member.name, field), below: [], leaf: isLeafType(inner) }
          into.push(node)
          if (!node.leaf) next.push({ type: inner, into: node.below })
        }
      }
    }
    round = next
  }
  return top
}

function argsBelow(parent: string, field: GraphQLField<unknown, unknown>): string {
  const args = field.args.some((arg) => arg.name === 'first') ? '(first: 3)' : (below[`${parent}.${field.name}`] ?? '')
  if (args === '' && field.args.some(isRequiredArgument)) throw new Error(`${parent}.${field.name} demands arguments that the proof does not know: name them in tests/authz/documents.ts`)
  return args
}

/** As a selection; what holds nothing but its name is asked for that. */
export function selection(tree: readonly Node[]): string {
  const byType = Map.groupBy(tree, (node) => node.on)
  const parts = [...byType].map(([on, nodes]) => `... on ${on} { ${nodes.map((node) => `${node.field}${node.args}${node.leaf ? '' : ` ${selection(node.below)}`}`).join(' ')} }`)
  return `{ __typename ${parts.join(' ')} }`
}

export const documentOf = ({ root, field, declared, passed, leaf }: Question, tree: readonly Node[]): string => `${root.toLowerCase()}${declared} { ${field}${passed} ${leaf ? '' : selection(tree)} }`

/** The same tree in parts that the gateway takes. */
export function documentsFor(schema: GraphQLSchema, question: Question, tree: readonly Node[] = question.tree): string[] {
  const text = documentOf(question, tree)
  if (fits(schema, text, question.variables)) return [text]
  const [a, b] = halves(tree)
  if (a.length === 0 || b.length === 0) throw new Error(`${question.field} does not fit the limits of the gateway`)
  // An act is done once: what is left out of its answer is left out.
  return question.root === 'Mutation' ? documentsFor(schema, question, a) : [...documentsFor(schema, question, a), ...documentsFor(schema, question, b)]
}

const prepares = new WeakMap<GraphQLSchema, ReturnType<typeof preparer>>()
function fits(schema: GraphQLSchema, text: string, variables: Values): boolean {
  if (exceeded(parse(text)) !== null || (text.match(/[\w]+|[{}():!]|\.\.\./g) ?? []).length > limits.tokens - 20) return false
  const prepare = prepares.get(schema) ?? preparer(schema, false)
  prepares.set(schema, prepare)
  const outcome = prepare(text)
  if ('thrown' in outcome) throw outcome.thrown
  // Members of a union with fields of one name and other types: asked one after the other.
  if ('invalid' in outcome) return false
  const cost = outcome.prepared.operations.get('')!(variables)
  return typeof cost === 'number' && cost <= mostCostly
}

/** Two trees that together are the one, of about the same size. */
function halves(tree: readonly Node[]): [Node[], Node[]] {
  const sizeOf = (node: Node): number => 1 + node.below.reduce((sum, one) => sum + sizeOf(one), 0)
  const half = tree.reduce((sum, node) => sum + sizeOf(node), 0) / 2
  const [a, b]: [Node[], Node[]] = [[], []]
  let size = 0
  for (const node of tree) {
    const own = sizeOf(node)
    if (size + own <= half) a.push(node)
    else if (size < half && node.below.length > 1) {
      const [first, second] = halves(node.below)
      if (first.length > 0) a.push({ ...node, below: first })
      if (second.length > 0) b.push({ ...node, below: second })
    } else b.push(node)
    size += own
  }
  return a.length === 0 && b.length > 1 ? [b.slice(0, 1), b.slice(1)] : [a, b]
}

/** Without the field at the end of a path of names. */
export const without = (tree: readonly Node[], [name, ...rest]: readonly string[]): readonly Node[] =>
  tree.flatMap((node) => (node.field !== name ? [node] : rest.length === 0 ? [] : [{ ...node, below: without(node.below, rest) }]))

// ---------------------------------------------------------------- root fields

/** Arguments that may be left out, and are given here: they say whose it is about. */
const alsoGiven: Readonly<Record<string, readonly string[]>> = { access: ['partner'], manifest: ['partner'], registerDocuments: ['partner'], setAccess: ['partner'], statistics: ['municipality'], consentRadius: ['purpose'] }
const certificateAct = /^(confirmApplicant|deliverCertificate|notifyAgency|recordKeyOnCard|withdrawCertificateApplication|registerSmartphoneKey|withdrawSmartphoneApplication|smartphoneKeyText)$/

/** What an argument or a field of an input is given, by its name; the root field may want another thing of that name. */
function named(world: TestWorld, of: Tenant, where: string, name: string): unknown {
  const today = dayOf(world.clock.now())
  const known: Readonly<Record<string, () => unknown>> = {
    application: () => globalId(of.ids[certificateAct.test(where) ? 'certificateApplication' : /^(startProduction|withdrawCardApplication|dropCardApplication)$/.test(where) ? 'waitingApplication' : 'cardApplication']!), order: () => globalId(of.ids['cardOrder']!), request: () => globalId(of.ids['openRequest']!),
    partner: () => globalId(of.partner), service: () => globalId(of.partner), municipality: () => of.municipality, municipalities: () => [of.municipality], code: () => (where === 'livesInMunicipality' ? of.municipality : undefined), link: () => globalId(of.ids['accountLink']!),
    representative: () => globalId(of.person), delivery: () => globalId(of.ids['delivery'] ?? of.ids['webhook']!), ground: () => (where === 'revokeCertificate' ? 'HOLDER_REQUEST' : undefined),
    card: () => globalId(of.ids[/OfficerCard$/.test(where) ? 'officerCard' : 'card']!), reset: () => globalId(of.ids['pinReset']!), kid: () => `enc-${of.name}`, client: () => `${of.partner}-server`, cardNumber: () => of.card.cardNumber,
    certificate: () => (/^(verify|certificateStatus|corresponding|giveConsent|answerLogin)/.test(where) ? base64(of.certificate.der) : globalId(of.ids['certificate']!)), signatures: () => [],
    signature: () => base64(sign('sha256', Buffer.from('a text'), keyNamed('holder-signature'))), digest: () => base64(createHash('sha256').update('a text').digest()), evidence: () => base64(new Uint8Array(32)), hash: () => 'SHA256',
    size: () => (where === 'requestGrant' ? 1 : null), url: () => 'https://hook.example/', addresses: () => [`https://${of.name}.example/back`], documentRule: () => 'ANY', kind: () => (where === 'correspondingCertificate' ? 'AUTHENTICATION' : undefined),
    act: () => (where === 'decisionChallenge' ? 'GRANT_SUSPEND' : { position: '0' }), keyId: () => world.authorities.all[0]!.keyId, issuer: () => world.authorities.all[0]!.keyId,
    from: () => (where === 'auditConsistency' ? '1' : where === 'auditEntries' ? '0' : today), to: () => (where === 'auditConsistency' ? '1' : today), first: () => 5, present: () => [], requestUri: () => of.words.requestUri, requestId: () => of.words.requestId,
    name: () => (/ordinance/i.test(where) ? of.words.ordinance : undefined), documents: () => (where === 'registerDocuments' ? [`{ partner { id } } # ${of.name}`] : undefined),
  }
  return known[name]?.() ?? (of.ids[name] === undefined ? undefined : globalId(of.ids[name]))
}

let count = 0
/** A value that an input takes. `id` names the thing that the field itself is called after. */
function filled(world: TestWorld, of: Tenant, where: string, name: string, type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return filled(world, of, where, name, type.ofType)
  const known = name === 'id' ? (of.ids[where] === undefined ? undefined : globalId(of.ids[where])) : named(world, of, where, name)
  if (known !== undefined) return known
  if (isListType(type)) return [filled(world, of, where, name, type.ofType)]
  if (isEnumType(type)) return type.getValues()[0]!.name
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
    const given = type.isOneOf ? fields.slice(0, 1) : fields.filter((field) => isRequiredInputField(field) || alsoGiven[where]?.includes(field.name))
    return Object.fromEntries(given.map((field) => [field.name, filled(world, of, where, field.name, field.type)]))
  }
  switch (type.name) {
    // Of a kind that this land has none of: an id of the tenant's all the same, of another kind.
    case 'ID': return globalId(of.ids['card']!)
    case 'IdempotencyKey': return `authz-key-${count++}`
    case 'Date': return dayOf(world.clock.now())
    case 'DateTime': return new Date(world.clock.now()).toISOString()
    case 'Bytes': return base64(Uint8Array.of(48, 0))
    case 'Int': case 'Float': return 1
    case 'Boolean': return false
    case 'MunicipalityCode': return of.municipality
    case 'LogSize': return '0'
    case 'KeyId': return 'A'.repeat(40)
    default: return 'device-0001'
  }
}

/** Every root field, asked about what is `of`'s. `node` is asked for each of its things. */
export function questionsAbout(schema: GraphQLSchema, world: TestWorld, of: Tenant, root: 'Query' | 'Mutation'): Question[] {
  const type = root === 'Query' ? schema.getQueryType()! : schema.getMutationType()!
  return Object.values(type.getFields()).flatMap((field) => {
    const tree = everything(schema, getNamedType(field.type))
    const names = field.name === 'node' ? Object.keys(of.ids) : [field.name]
    return names.map((name): Question => {
      const given = field.args.filter((arg) => isRequiredArgument(arg) || arg.name === 'first' || alsoGiven[field.name]?.includes(arg.name))
      const variables = Object.fromEntries(given.map((arg) => [arg.name, field.name === 'node' ? globalId(of.ids[name]!) : filled(world, of, field.name, arg.name, arg.type)]))
      return {
        root, field: field.name, variables, tree, leaf: isLeafType(getNamedType(field.type)),
        declared: given.length === 0 ? '' : `(${given.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ')})`, passed: given.length === 0 ? '' : `(${given.map((arg) => `${arg.name}: $${arg.name}`).join(', ')})`,
      }
    })
  })
}

