/** What holds for every field of the schema, not for one: audiences, keys, payloads, words. */
import { GraphQLObjectType, GraphQLSchema, GraphQLString, isEnumType, isInputObjectType, isInterfaceType, isNonNullType, isObjectType, isUnionType } from 'graphql'
import { describe, expect, test } from 'vitest'
import { refusals } from '../../core/law/refusal.ts'
import { audienceOf, close } from '../../schema/audience.ts'
import { schema } from './fixture.ts'

const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'))
const mutations = Object.values(schema.getMutationType()!.getFields())
const queries = Object.values(schema.getQueryType()!.getFields())

describe('closed by default', () => {
  test('every root field names an audience, and no mutation is public', () => {
    expect([...queries, ...mutations].filter((field) => audienceOf(field) === undefined)).toEqual([])
    expect(mutations.filter((field) => audienceOf(field) === 'everyone')).toEqual([])
    expect(queries.filter((field) => audienceOf(field) === 'everyone').map((field) => field.name).toSorted()).toEqual(['auditCheckpoint', 'auditConsistency', 'caIncidents', 'cardProfile', 'errorCatalogue', 'municipalities', 'publicBodies', 'publishedFigures', 'receiptKeys', 'serverInfo', 'smartphones', 'trustAnchors'])
  })

  test('a root field without an audience does not build', () => {
    const open = new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { secret: { type: GraphQLString } } }) })
    expect(() => close(open)).toThrow('Query.secret names no audience')
  })
})

describe('every mutation', () => {
  test.each(mutations.map((field) => [field.name, field] as const))('%s(input: XInput!): XPayload! with an idempotency key', (name, field) => {
    const title = name[0]!.toUpperCase() + name.slice(1)
    expect(String(field.type)).toBe(`${title}Payload!`)
    expect(field.args.map((arg) => `${arg.name}: ${arg.type}`)).toEqual([`input: ${title}Input!`])
    const input = schema.getType(`${title}Input`)
    if (!isInputObjectType(input)) throw new Error('no input')
    expect(String(input.getFields()['idempotencyKey']?.type)).toBe('IdempotencyKey!')
    const payload = schema.getType(`${title}Payload`)
    if (!isUnionType(payload)) throw new Error('no union')
    expect(payload.getTypes().map((member) => member.name)).toContain('Refused')
    expect(payload.getTypes()).toHaveLength(2)
  })

  test('the acts of the procedures are all there', () => {
    expect(mutations.map((field) => field.name).sort()).toEqual([
      'registerDocuments', 'setAccess', 'answerLoginWithPasskey', 'enrolPasskey', 'offerPasskey', 'removePasskey', 'rotateWebhookSecret', 'unlinkAccount', 'accreditPartner', 'concludeAgreement', 'reportDelegation', 'receiveConsentWithdrawal', 'suspendPartner', 'resumePartner', 'endPartner', 'endPurpose', 'registerWebhook', 'removeWebhook', 'resendWebhookDelivery', 'addCardNote', 'printApplicationForm', 'provePinReset', 'readMyNumber', 'recordNotCollected', 'recordPinReset', 'reportCardLost', 'returnCard', 'answerLoginChallenge', 'applyForCard', 'applyForCertificate', 'applyForSmartphoneCertificate', 'registerSmartphoneKey', 'withdrawSmartphoneApplication', 'approveGrant', 'completeCardOrder', 'confirmApplicant', 'confirmInstallation', 'createLoginChallenge', 'deliverCertificate',
      'dropCardApplication', 'giveConsent', 'handOverCard', 'mailCard', 'notifyAgency', 'orderAreaWrite', 'orderAreaUnblock', 'orderAreaLock', 'orderAreaUnlock', 'orderAreaRemoval', 'orderInstallation', 'orderPinReset', 'suspendGrant', 'resumeGrant', 'endGrant', 'repealOrdinance', 'recordCaIncident', 'recordKeyOnCard', 'recordResidentEvent', 'recordPersonName', 'enterResident', 'registerPurpose',
      'requestCardOrder', 'requestConsent', 'requestGrant', 'resumeCard', 'revokeCertificate', 'sendNotice', 'shipCard', 'startProduction', 'suspendCard', 'withdrawCardApplication', 'withdrawCertificateApplication', 'withdrawConsent', 'proposeOfficerCard', 'confirmOfficerCard', 'endOfficerCard', 'delegateDecisions', 'endDelegation', 'registerReturnAddresses', 'startConsent', 'startPinReset', 'declineConsent', 'recordRepresentation', 'endRepresentation', 'registerKey', 'retireKey',
    ].sort())
  })
})

test('one document can ask a payload for its thing and for its refusal: no field of both has two types', () => {
  const refused = schema.getType('Refused')
  if (!isObjectType(refused)) throw new Error('no type')
  const clashes = types.filter((type) => isUnionType(type)).flatMap((union) => union.getTypes().flatMap((member) =>
    Object.values(member.getFields()).filter((field) => { const other = refused.getFields()[field.name]; return other !== undefined && String(other.type) !== String(field.type) }).map((field) => `${member.name}.${field.name}`)))
  expect(clashes).toEqual([])
})

test('every refusal of the law is a value of RefusalCode, and nothing else is', () => {
  const codes = schema.getType('RefusalCode')
  if (!isEnumType(codes)) throw new Error('no enum')
  expect(codes.getValues().map((value) => value.name).sort()).toEqual(Object.keys(refusals).sort())
})

test('everything has a description', () => {
  const silent: string[] = []
  const say = (where: string, description: string | null | undefined) => { if (description == null || description === '') silent.push(where) }
  for (const type of types) {
    if (['Boolean', 'String', 'Int', 'ID', 'Float'].includes(type.name)) continue
    say(type.name, type.description)
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        say(`${type.name}.${field.name}`, field.description)
        for (const arg of field.args) say(`${type.name}.${field.name}(${arg.name}:)`, arg.description)
      }
    }
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) say(`${type.name}.${field.name}`, field.description)
    if (isEnumType(type)) for (const value of type.getValues()) say(`${type.name}.${value.name}`, value.description)
  }
  expect(silent).toEqual([])
})

test('a list is a connection where it can grow, and its page is asked for', () => {
  const connections = types.filter((type) => isObjectType(type)).flatMap((type) => Object.values(type.getFields()).filter((field) => String(field.type).endsWith('Connection!')))
  expect(connections.map((field) => field.name).sort()).toEqual(['accessLog', 'cardApplications', 'cards', 'certificates', 'consents', 'deliveries', 'grants', 'inbox', 'logins', 'municipalities', 'publicBodies'])
  for (const field of connections) expect(field.args.map((arg) => arg.name)).toEqual(expect.arrayContaining(['after', 'before', 'first', 'last']))
})

test('text from outside passes the guard: no input takes a bare String', () => {
  const bare: string[] = []
  for (const type of types) if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) if (/\bString\b/.test(String(field.type))) bare.push(`${type.name}.${field.name}`)
  for (const field of [...queries, ...mutations]) for (const arg of field.args) if (/\bString\b/.test(String(arg.type)) && !['after', 'before'].includes(arg.name)) bare.push(`${field.name}(${arg.name}:)`)
  expect(bare).toEqual([])
})

test('the My Number is nowhere: of attempts to read one there is a record, which partners may not ask, and no field or argument that could hold it', () => {
  const names = types.flatMap((type) => (isObjectType(type) || isInputObjectType(type) ? [type.name, ...Object.keys(type.getFields())] : [type.name]))
  expect(names.filter((name) => /my_?number|individual_?number|kojin/i.test(name)).sort()).toEqual([
    'MyNumberReading', 'MyNumberReadingResult', 'MyNumberReadings', 'MyNumberReadingsPayload', 'ReadMyNumberInput', 'ReadMyNumberPayload', 'myNumberReadings', 'readMyNumber',
  ])
  const fieldsOf = (name: string) => { const type = schema.getType(name); return isObjectType(type) || isInputObjectType(type) ? Object.values(type.getFields()).map((field) => `${field.name}: ${field.type}`).sort() : [] }
  expect(fieldsOf('ReadMyNumberInput')).toEqual(['card: ID!', 'idempotencyKey: IdempotencyKey!', 'outcome: ChipOutcome!', 'use: StatutoryUse!'])
  expect(fieldsOf('MyNumberReading')).toEqual(['at: DateTime!', 'id: ID!', 'result: MyNumberReadingResult!', 'use: StatutoryUse!'])
  for (const field of [...queries, ...mutations].filter(({ name }) => /mynumber/i.test(name))) expect(Object.keys(audienceOf(field) as object)).not.toContain('partner')
})

test('every thing with a global id implements Node or says so by its name alone', () => {
  const nodes = types.filter((type) => isObjectType(type)).filter((type) => type.getInterfaces().some((i) => i.name === 'Node')).map((type) => type.name).sort()
  expect(nodes).toEqual(['Card', 'CardApplication', 'CardOrder', 'Certificate', 'CertificateApplication', 'Consent', 'ConsentRequest', 'Grant', 'Installation', 'Login', 'Resident'])
  for (const name of nodes) {
    const type = schema.getType(name)
    expect(isObjectType(type) && isNonNullType(type.getFields()['id']!.type)).toBe(true)
  }
})
