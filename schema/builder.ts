/**
 * The builder of the schema and the two ways in which this house uses it: enums are made from the law's closed lists
 * (a new value does not compile undescribed), and fields say who may ask them (schema/audience.ts). Nullability is the
 * exception, not the rule.
 */
import SchemaBuilder from '@pothos/core'
import type { IdempotencyKey, IssuerKeyId, MunicipalityCode } from '../core/law/ids.ts'
import type { ApplicationFormId } from '../core/law/card/numbers.ts'
import type { Instant, LegalDate } from '../core/law/time.ts'
import type { Context } from './context.ts'

interface Same<T> { Input: T; Output: T }
interface SchemaTypes {
  Context: Context
  DefaultFieldNullability: false
  DefaultInputFieldRequiredness: true
  Scalars: {
    ID: Same<string>
    Date: Same<LegalDate>
    DateTime: Same<Instant>
    Bytes: Same<Uint8Array>
    MunicipalityCode: Same<MunicipalityCode>
    IdempotencyKey: Same<IdempotencyKey>
    ApplicationFormId: Same<ApplicationFormId>
    KeyId: Same<IssuerKeyId>
    Text: Same<string>
    LongText: Same<string>
    LogSize: Same<bigint>
  }
}

export const builder = new SchemaBuilder<SchemaTypes>({ defaultFieldNullability: false, defaultInputFieldRequiredness: true })

export type Types = (typeof builder)['$inferSchemaTypes']

builder.queryType({ description: 'Reading. A question that the actor may not ask, and a thing that is not there or not theirs, are told apart from nothing only where the law lets them.' })
builder.mutationType({ description: 'Acts. Each takes an idempotency key and answers with what it made or changed, or with a refusal.' })

/**
 * An enum whose values are those of the law, each with its words: `move-out` and `birthDate` become `MOVE_OUT` and
 * `BIRTH_DATE` outside and stay what they are inside.
 */
export function enumOf<V extends string>(name: string, description: string, values: Readonly<Record<V, string>>) {
  const entries = (Object.keys(values) as V[]).map((value) => [outsideName(value), { value, description: values[value] }] as const)
  return builder.enumType(name, { description, values: Object.fromEntries(entries) as Record<string, { value: V; description: string }> })
}

export const outsideName = (value: string): string => value.replaceAll(/([a-z])([A-Z])/g, '$1_$2').replaceAll(/[-.]/g, '_').toUpperCase()
