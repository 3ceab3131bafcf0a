/**
 * Local governments (地方公共団体) as the register of their codes has them: which there are, what kind, within which
 * prefecture. A code that no body has is nobody's, however well its check digit fits.
 *
 * @law 地方自治法 第1条の3・第252条の20
 */
import { lines } from './bodies-data.ts'
import type { MunicipalityCode } from '../ids.ts'

/** 都道府県 · 市町村・特別区 · 指定都市の区 (no body of its own) */
export const bodyKinds = ['prefecture', 'municipality', 'ward'] as const
export type BodyKind = (typeof bodyKinds)[number]
export interface PublicBody {
  readonly code: MunicipalityCode
  readonly kind: BodyKind
  readonly name: string
  readonly reading: string
  /** The prefecture of a municipality, the city of a ward; null for a prefecture. */
  readonly within: MunicipalityCode | null
}

function read(line: string): PublicBody[] {
  const bodies: PublicBody[] = []
  let prefecture: MunicipalityCode | null = null
  let city: MunicipalityCode | null = null
  for (const entry of line.split('|')) {
    const ward = entry.startsWith('+')
    const [code, name, reading] = entry.slice(ward ? 1 : 0).split(' ') as [MunicipalityCode, string, string]
    bodies.push({ code, name, reading, kind: ward ? 'ward' : prefecture === null ? 'prefecture' : 'municipality', within: ward ? city : prefecture })
    if (prefecture === null) prefecture = code
    else if (!ward) city = code
  }
  return bodies
}

interface Register { readonly all: readonly PublicBody[]; readonly byCode: ReadonlyMap<MunicipalityCode, PublicBody>; readonly prefectures: ReadonlyMap<string, MunicipalityCode> }
let known: Register | null = null
/** Read when first asked for. */
function register(): Register {
  if (known !== null) return known
  const all = lines.flatMap(read)
  known = { all, byCode: new Map(all.map((body) => [body.code, body])), prefectures: new Map(all.filter(({ kind }) => kind === 'prefecture').map(({ code }) => [code.slice(0, 2), code])) }
  return known
}

/** All, by prefecture and within it by code, wards after their city. */
export const publicBodies = (): readonly PublicBody[] => register().all
export const publicBody = (code: MunicipalityCode): PublicBody | null => register().byCode.get(code) ?? null
export const isA = (kind: BodyKind, code: MunicipalityCode): boolean => publicBody(code)?.kind === kind
/** The prefecture a body is in, or is; null where there is no such prefecture. */
export const prefectureOf = (code: MunicipalityCode): MunicipalityCode | null => register().prefectures.get(code.slice(0, 2)) ?? null

/** Of one kind, within one prefecture; null: of any. */
export const bodiesWhere = (kind: BodyKind | null, prefecture: MunicipalityCode | null): readonly PublicBody[] =>
  publicBodies().filter((body) => (kind === null || body.kind === kind) && (prefecture === null || prefectureOf(body.code) === prefecture))
