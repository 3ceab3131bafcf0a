/**
 * What the offline edition and tests start from: municipalities, partners in every standing, and the personas' rows in the
 * register. Seeding again adds what is missing and changes nothing. Never run where there are real persons.
 */
import { municipalityCode, type PartnerId } from '../core/law/ids.ts'
import type { Partner, Standing } from '../core/law/partner/partner.ts'
import type { Resident } from '../core/law/person/resident.ts'
import { addDays, addMonths, type LegalDate } from '../core/law/time.ts'
import type { Municipality } from '../core/law/world.ts'
import type { Db } from './client.ts'
import type { Safe } from './safe.ts'
import { withoutValues } from './fault.ts'
import { personas, type Persona } from './person/personas.ts'
import { rowOf } from './person/residents.ts'
import { partners, standings } from './tables/partners.ts'
import { municipalities, residents } from './tables/register.ts'

const municipality = (code: string, prefecture: string, name: string, prefectureRoman: string, municipalityRoman: string): Municipality =>
  ({ code: municipalityCode(code), name, prefecture, municipalityRoman, prefectureRoman })

export const seededMunicipalities: readonly Municipality[] = [
  municipality('011002', '北海道', '札幌市', 'Hokkaido', 'Sapporo-shi'),
  municipality('041009', '宮城県', '仙台市', 'Miyagi-ken', 'Sendai-shi'),
  municipality('131016', '東京都', '千代田区', 'Tokyo-to', 'Chiyoda-ku'),
  municipality('131041', '東京都', '新宿区', 'Tokyo-to', 'Shinjuku-ku'),
  municipality('132217', '東京都', '清瀬市', 'Tokyo-to', 'Kiyose-shi'),
  municipality('141003', '神奈川県', '横浜市', 'Kanagawa-ken', 'Yokohama-shi'),
  municipality('172014', '石川県', '金沢市', 'Ishikawa-ken', 'Kanazawa-shi'),
  municipality('231002', '愛知県', '名古屋市', 'Aichi-ken', 'Nagoya-shi'),
  municipality('261009', '京都府', '京都市', 'Kyoto-fu', 'Kyoto-shi'),
  municipality('271004', '大阪府', '大阪市', 'Osaka-fu', 'Osaka-shi'),
  municipality('341002', '広島県', '広島市', 'Hiroshima-ken', 'Hiroshima-shi'),
  municipality('401307', '福岡県', '福岡市', 'Fukuoka-ken', 'Fukuoka-shi'),
  municipality('473821', '沖縄県', '与那国町', 'Okinawa-ken', 'Yonaguni-cho'),
]

const partnerId = (n: number): PartnerId => `ptn_${String(n).padStart(26, '0')}` as PartnerId

/** Partners of the seed by the name tests and clients know them by. */
export const seededPartnerIds = { platform: partnerId(1), bank: partnerId(2), hospital: partnerId(3), suspended: partnerId(4), ended: partnerId(5) } as const

/** Partners and their standing on the day of the first seeding. */
export function seededPartners(today: LegalDate): Partner[] {
  const { platform, bank, hospital, suspended, ended } = seededPartnerIds
  const year = { from: addMonths(today, -1), until: addDays(addMonths(today, 11), -1) }
  const both = (standing: Omit<Standing, 'role' | 'basis'>): Standing[] => [
    { role: 'signature-verifier', basis: '法第17条第1項', ...standing },
    { role: 'authentication-verifier', basis: '法第36条第1項', ...standing },
  ]
  const delegated = (role: Standing['role']): Standing => ({ role, basis: '規則第29条 (委託)', through: platform, suspended: false, ...year })
  const contact = (name: string): string => `${name}@partner.example`
  return [
    { id: platform, name: '見本プラットフォーム株式会社', nameEn: 'Sample Platform Inc.', privacyPolicy: 'https://platform.example/privacy', sector: 'platform.example', contact: contact('platform'), standings: both({ through: null, suspended: false, ...year }) },
    { id: bank, name: '見本銀行', nameEn: 'Sample Bank', tradeName: 'みほんバンク', privacyPolicy: 'https://bank.example/privacy', sector: 'bank.example', contact: contact('bank'), standings: [delegated('signature-verifier'), delegated('authentication-verifier')] },
    { id: hospital, name: '見本病院', nameEn: 'Sample Hospital', privacyPolicy: 'https://hospital.example/privacy', sector: 'hospital.example', contact: contact('hospital'), standings: [delegated('authentication-verifier')] },
    { id: suspended, name: '停止中見本株式会社', nameEn: 'Suspended Sample Inc.', sector: 'suspended.example', contact: contact('suspended'), standings: both({ through: null, suspended: true, ...year }) },
    {
      id: ended, name: '期間満了見本株式会社', nameEn: 'Lapsed Sample Inc.', sector: 'ended.example', contact: contact('ended'),
      standings: both({ through: null, suspended: false, from: addMonths(today, -14), until: addDays(addMonths(today, -2), -1) }),
    },
  ]
}

/** Rows of the register as if they had always been there. For seeds and tests; a gateway records events instead. */
export async function plantResidents(db: Db, safe: Safe, planted: readonly Resident[]): Promise<void> {
  try {
    await safe.fetch('personal-data')
    await db.insert(residents).values(planted.map((resident) => rowOf(safe, resident))).onConflictDoNothing()
  } catch (error) {
    throw withoutValues(error)
  }
}

/** Partners that are not there yet, with their standings. */
export async function plantPartners(db: Db, planted: readonly Partner[]): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.insert(partners).values(planted.map(rowOfPartner)).onConflictDoNothing()
    const rows = planted.flatMap((partner) => partner.standings.map((standing) => ({ ...standing, partner: partner.id })))
    if (rows.length > 0) await tx.insert(standings).values(rows).onConflictDoNothing()
  })
}

function rowOfPartner(planted: Partner): Omit<Partner, 'standings'> {
  const { standings: _, ...partner } = planted
  return partner
}

/** Returns the personas as of `today`; what an earlier day seeded stays as it was. */
export async function seed(db: Db, safe: Safe, today: LegalDate): Promise<Persona[]> {
  const people = personas(today)
  await db.insert(municipalities).values([...seededMunicipalities]).onConflictDoNothing()
  // The period of a standing is reckoned from today: only partners that are new get one.
  const known = new Set((await db.select({ id: partners.id }).from(partners)).map((row) => row.id))
  const fresh = seededPartners(today).filter((partner) => !known.has(partner.id))
  if (fresh.length > 0) await plantPartners(db, fresh)
  await plantResidents(db, safe, people.map((persona) => persona.resident))
  return people
}
