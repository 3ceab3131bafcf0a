/**
 * Documents made from the schema: every root field with arguments that name what is A's, and below it everything there is.
 * Each field stands under an alias that says its type, so that an answer says by itself what of which type was seen.
 */
import {
  getNamedType, isAbstractType, isEnumType, isInputObjectType, isInterfaceType, isLeafType, isListType, isNonNullType, isRequiredArgument, isRequiredInputField, isUnionType,
  type GraphQLField, type GraphQLInputType, type GraphQLObjectType, type GraphQLOutputType, type GraphQLSchema,
} from 'graphql'
import { dayOf } from '../../core/law/time.ts'
import type { Land, Tenant } from './land.ts'

export type Values = Readonly<Record<string, unknown>>
export interface Question { readonly root: 'Query' | 'Mutation'; readonly field: string; readonly document: string; readonly variables: Values }

export const globalId = (id: string): string => Buffer.from(id).toString('base64url')
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** Separates type and field in an alias; no name of the schema has two of them. */
export const aliasOf = (type: string, field: string): string => `${type}__${field}`

const deepest = 5
/** Arguments of fields below the root that demand some. */
const below: Readonly<Record<string, string>> = {
  'ConsentRequest.returnAddresses': '',
  'ConsentRequest.document': '(items: [NAME])', 'Statistics.daily': '(from: "2026-03-01", to: "2026-03-31")', 'DailyCounts.averages': '(convention: CALENDAR_DAYS)',
}

/** Everything below a type. A type that stands above itself is not gone into again. */
export function everything(schema: GraphQLSchema, type: GraphQLOutputType, above: readonly string[] = []): string {
  const named = getNamedType(type)
  if (isLeafType(named)) return ''
  const members = isUnionType(named) ? named.getTypes() : isInterfaceType(named) ? schema.getPossibleTypes(named) : [named as GraphQLObjectType]
  const parts = members.filter((member) => !above.includes(member.name)).map((member) => {
    const inside = Object.values(member.getFields()).map((field) => selected(schema, member, field, [...above, member.name])).filter((text) => text !== '').join(' ')
    return isAbstractType(named) ? `... on ${member.name} { __typename ${inside} }` : `__typename ${inside}`
  })
  return parts.length === 0 ? '' : `{ ${parts.join(' ')} }`
}

function selected(schema: GraphQLSchema, parent: GraphQLObjectType, field: GraphQLField<unknown, unknown>, above: readonly string[]): string {
  const leaf = isLeafType(getNamedType(field.type))
  if (!leaf && above.length >= deepest) return ''
  const inside = leaf ? '' : everything(schema, field.type, above)
  if (!leaf && inside === '') return ''
  const args = field.args.some((arg) => arg.name === 'first') ? '(first: 20)' : (below[`${parent.name}.${field.name}`] ?? '')
  if (args === '' && field.args.some(isRequiredArgument)) throw new Error(`${parent.name}.${field.name} demands arguments that the proof does not know: name them in tests/authz/questions.ts`)
  return `${aliasOf(parent.name, field.name)}: ${field.name}${args} ${inside}`
}

// ---------------------------------------------------------------- root fields

/** What an argument or a field of an input is given, by its name; the mutation may want another thing of that name. */
function named(land: Land, of: Tenant, where: string, name: string): unknown {
  const id = (kind: string): string => globalId(of.ids[kind] ?? (() => { throw new Error(`a tenant has no ${kind}`) })())
  const certificateAct = /^(confirmApplicant|deliverCertificate|notifyAgency|recordKeyOnCard|withdrawCertificateApplication|registerSmartphoneKey|withdrawSmartphoneApplication|smartphoneKeyText)$/.test(where)
  const known: Readonly<Record<string, () => unknown>> = {
    application: () => id(certificateAct ? 'certificateApplication' : 'cardApplication'), order: () => id('cardOrder'), request: () => id('openRequest'), partner: () => globalId(of.partner),
    person: () => id('person'), municipality: () => of.municipality, municipalities: () => [of.municipality], delivery: () => globalId(of.ids['delivery'] ?? of.ids['webhook']!), ground: () => (where === 'revokeCertificate' ? 'HOLDER_REQUEST' : undefined),
    certificate: () => (/^(verify|certificateStatus|corresponding|giveConsent|answerLogin)/.test(where) ? base64(of.certificate.der) : id('signature')), signatures: () => [],
    signature: () => base64(land.signature('a text')), digest: () => base64(new Uint8Array(32)), evidence: () => base64(new Uint8Array(32)), hash: () => 'SHA256', size: () => (where === 'requestGrant' ? 1 : null), url: () => 'https://hook.example/',
    act: () => ({ position: '0' }), keyId: () => land.world.authorities.all[0]!.keyId, issuer: () => land.world.authorities.all[0]!.keyId,
    from: () => (where === 'auditConsistency' ? '1' : where === 'auditEntries' ? '0' : dayOf(land.world.clock.now())), to: () => '1', first: () => 5, present: () => [],
  }
  if (name === 'name' && /ordinance/i.test(where)) return of.ordinance
  if (name === 'from' && /Partner|yearly/.test(where)) return dayOf(land.world.clock.now())
  const value = known[name]?.()
  if (value !== undefined) return value
  return of.ids[name] === undefined ? undefined : globalId(of.ids[name])
}

let count = 0
/** A value that an input takes. `id` names the thing that the field itself is called after. */
function filled(land: Land, of: Tenant, where: string, name: string, type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return filled(land, of, where, name, type.ofType)
  const known = name === 'id' ? (of.ids[where] === undefined ? undefined : globalId(of.ids[where])) : named(land, of, where, name)
  if (known !== undefined) return known
  if (isListType(type)) return [filled(land, of, where, name, type.ofType)]
  if (isEnumType(type)) return type.getValues()[0]!.name
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
    return Object.fromEntries((type.isOneOf ? fields.slice(0, 1) : fields.filter(isRequiredInputField)).map((field) => [field.name, filled(land, of, where, field.name, field.type)]))
  }
  switch (type.name) {
    // Of a kind that this land has none of: an id of A's all the same, of another kind.
    case 'ID': return globalId(of.ids['card']!)
    case 'IdempotencyKey': return `authz-key-${count++}`
    case 'Date': return dayOf(land.world.clock.now())
    case 'DateTime': return new Date(land.world.clock.now()).toISOString()
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
export function questionsAbout(schema: GraphQLSchema, land: Land, of: Tenant, root: 'Query' | 'Mutation'): Question[] {
  const type = root === 'Query' ? schema.getQueryType()! : schema.getMutationType()!
  return Object.values(type.getFields()).flatMap((field) => {
    const names = field.name === 'node' ? Object.keys(of.ids) : [field.name]
    return names.map((name): Question => {
      const given = field.args.filter((arg) => isRequiredArgument(arg) || arg.name === 'first')
      const variables = Object.fromEntries(given.map((arg) => [arg.name, field.name === 'node' ? globalId(of.ids[name]!) : filled(land, of, field.name, arg.name, arg.type)]))
      const declared = given.length === 0 ? '' : `(${given.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ')})`
      const passed = given.length === 0 ? '' : `(${given.map((arg) => `${arg.name}: $${arg.name}`).join(', ')})`
      return { root, field: field.name, variables, document: `${root.toLowerCase()} ${declared} { ${aliasOf(root, field.name)}: ${field.name}${passed} ${everything(schema, field.type)} }` }
    })
  })
}
