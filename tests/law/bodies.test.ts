/** The register of local governments (地方自治法 第1条の3・第252条の20), and who an officer acts for. */
import { describe, expect, test } from 'vitest'
import { bodiesWhere, isA, prefectureOf, publicBodies, publicBody } from '../../core/law/person/bodies.ts'
import { municipalityCode, parseMunicipalityCode } from '../../core/law/ids.ts'
import { actorOf } from '../../functions/environment/token.ts'
import { seededMunicipalities } from '../../db/seed.ts'

describe('the register', () => {
  test('47 prefectures, 1,741 municipalities and the six northern villages, each code once and with its check digit', () => {
    expect(bodiesWhere('prefecture', null)).toHaveLength(47)
    const municipalities = bodiesWhere('municipality', null)
    const northern = municipalities.filter(({ code }) => /^0169[5-9]|^01700/.test(code))
    expect([municipalities.length, northern.map((m) => m.name)]).toEqual([1_741 + 6, ['色丹村', '泊村', '留夜別村', '留別村', '紗那村', '蘂取村']])
    expect(publicBodies().filter(({ code }) => parseMunicipalityCode(code) === null)).toEqual([])
    expect(new Set(publicBodies().map((b) => b.code)).size).toBe(publicBodies().length)
    expect(publicBodies().map((b) => b.code)).toEqual(publicBodies().map((b) => b.code).toSorted())
  })

  test('each is within the prefecture that its code begins with; wards within one of twenty cities', () => {
    for (const { code, kind, within } of publicBodies()) expect([code, kind === 'prefecture' ? within : prefectureOf(code)?.slice(0, 2)]).toEqual([code, kind === 'prefecture' ? null : code.slice(0, 2)])
    expect(new Set(bodiesWhere('ward', null).map((w) => w.within)).size).toBe(20)
    expect(bodiesWhere('ward', null).every((w) => isA('municipality', w.within!))).toBe(true)
    expect(bodiesWhere('municipality', municipalityCode('130001')).filter(({ name }) => name.endsWith('区'))).toHaveLength(23)
  })

  test('whom the seed serves is in it, under the same names', () => {
    for (const { code, name, prefecture } of seededMunicipalities) expect([publicBody(code)?.name, publicBody(prefectureOf(code)!)?.name]).toEqual([name, prefecture])
  })

  test('a code whose check digit fits and that nobody has is nobody’s', () => {
    const free = municipalityCode('480002')
    expect([publicBody(free), prefectureOf(free), isA('prefecture', free)]).toEqual([null, null, false])
  })
})

describe('an officer acts for the body that its role has, and for no other', () => {
  const officer = 'ofc_00000000000000000000000001'
  const read = (claim: object) => actorOf({ client_id: 'c', scope: 'area', mynagate: { officer, ...claim } })
  test.each([
    ['municipal', { municipality: '141003' }, { municipality: '141003' }], ['prefectural', { municipality: '140007' }, { municipality: '140007' }], ['national', { organ: '見本庁' }, { municipality: null, organ: '見本庁' }],
    ['agency', {}, { municipality: null }], ['ministry', { municipality: null }, { municipality: null }],
  ])('%s %j', (role, claim, body) => expect(read({ role, ...claim })).toMatchObject({ kind: 'officer', role, ...body }))
  test.each([
    ['municipal', { municipality: '140007' }], ['municipal', { municipality: '141011' }], ['municipal', {}], ['prefectural', { municipality: '141003' }], ['prefectural', { municipality: '480002' }], ['prefectural', {}], ['national', {}], ['national', { organ: '' }],
    ['national', { organ: 'x'.repeat(65) }], ['national', { organ: '見本庁', municipality: '140007' }], ['agency', { municipality: '140007' }], ['agency', { organ: '見本庁' }], ['ministry', { organ: '見本庁' }], ['king', {}],
  ])('%s %j is nobody', (role, claim) => expect(read({ role, ...claim })).toBeNull())
})
