/**
 * How an act of the law becomes a mutation: `verbObject(input: XInput!): XPayload!`. Every input carries an idempotency
 * key; ids are decoded before the recipe sees them, and what is no id of its kind was not found; the payload is a union
 * of what the act made or changed and `Refused`.
 */
import type { GraphQLResolveInfo } from 'graphql'
import type { InputFieldMap, InputShapeFromFields, ObjectRef, UnionRef } from '@pothos/core'
import type { IdempotencyKey, IdKind } from '../../core/law/ids.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../../core/law/refusal.ts'
import { audience, type Audience } from '../audience.ts'
import { builder, type Types } from '../builder.ts'
import type { Context } from '../context.ts'
import { Refused } from '../errors.ts'
import { localId, type IdOf } from '../node.ts'

export type InputFields = Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0]
type Ids = Readonly<Record<string, readonly [IdKind, string]>>
type Decoded<I extends Ids> = { readonly [N in keyof I]: IdOf<I[N][0]> }

export interface ActSpec<I extends Ids, F extends InputFieldMap, S> {
  readonly description: string
  readonly who: Audience
  /** Besides the audience: what a person needs (schema/assurance.ts). */
  readonly extensions?: Readonly<Record<string, unknown>>
  /** Name of the field → kind of thing and description. */
  readonly ids?: I
  readonly fields?: (t: InputFields) => F
  readonly success: ObjectRef<Types, S>
  readonly run: (context: Context, input: Decoded<I> & InputShapeFromFields<F> & { readonly idempotencyKey: IdempotencyKey }, info: GraphQLResolveInfo) => Promise<Result<S>>
}

export function act<const I extends Ids = {}, F extends InputFieldMap = {}, S = unknown>(name: string, spec: ActSpec<I, F, S>): void {
  const title = name[0]!.toUpperCase() + name.slice(1)
  const ids = Object.entries(spec.ids ?? {})
  const input = builder.inputType(`${title}Input`, {
    description: `Input of ${name}.`,
    fields: (t) => ({
      ...Object.fromEntries(ids.map(([field, [, description]]) => [field, t.id({ description })])),
      ...spec.fields?.(t),
      idempotencyKey: t.field({ type: 'IdempotencyKey', description: 'A new one for each act; the same one again to repeat it safely.' }),
    }),
  })
  builder.mutationField(name, (t) => t.field({
    type: orRefused(`${title}Payload`, spec.success), description: spec.description, extensions: { ...audience(spec.who), ...spec.extensions },
    args: { input: t.arg({ type: input, description: 'What to do.' }) },
    resolve: (_, args, context, info) => {
      const given: Record<string, unknown> = { ...args.input }
      for (const [field, [kind]] of ids) {
        const id = localId(kind, given[field] as string)
        if (id === null) return refuse('NOT_FOUND', { field }) as never
        given[field] = id
      }
      return spec.run(context, given as Parameters<typeof spec.run>[1], info) as never
    },
  }))
}

/** A union of that type and `Refused`. */
export function orRefused<S>(name: string, success: ObjectRef<Types, S>): UnionRef<Types, S | Refusal> {
  return builder.unionType(name, {
    description: `${success.name}, or why not.`, types: [success, Refused], resolveType: (value) => (isRefusal(value) ? 'Refused' : success.name),
  }) as unknown as UnionRef<Types, S | Refusal>
}
