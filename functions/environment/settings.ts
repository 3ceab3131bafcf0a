/**
 * What the reference facts leave open, with the defaults of this gateway. None is a claim about the real service.
 */
import { defaultPace } from '../../core/law/consent/frequency.ts'
import { defaultAccess } from '../../core/law/partner/access.ts'
import type { SigningRule } from '../../core/law/space/signed.ts'
import type { Settings } from '../../core/law/world.ts'
import { defaultProfileSettings, type Generation } from '../../core/pki/profile.ts'

const everyRole = (rule: SigningRule): Settings['signedDecisions'] => ({ municipal: rule, prefectural: rule, national: rule, agency: rule, ministry: rule })

export const defaultSettings: Settings = {
  freeSpace: { code: 32_768, data: 8_192, volatile: 1_024 },
  freeSpaceForResidents: { code: 16_384, data: 4_096, volatile: 512 },
  consentStart: 'at-once',
  // 15 is the age of the signing certificate (事務処理要領); what a representative may consent to is not narrowed.
  minors: { alone: 15, represented: ['name', 'address', 'birthDate', 'sex', 'isAdult', 'livesInMunicipality'] },
  crlLifeHours: 48,
  crlPauseSeconds: 0,
  auditOrigin: 'mynagate.example/audit',
  signedDecisions: everyRole('enrolled'),
  // The accreditation is what the law asks for; an agreement narrows it from the day one is recorded.
  unagreed: 'every-use',
  noteLines: 4,
  access: defaultAccess,
  pace: defaultPace,
  profile: defaultProfileSettings,
}

interface Site { readonly ocspUrl: string | null; readonly generation?: Generation; readonly signing?: SigningRule; readonly crlPauseSeconds?: number }
/**
 * The OCSP address stands in certificates: the same site must always give the same one. A deployed gateway demands that every
 * officer signs decisions with the own card; the offline edition, where most cards are made when they are asked for, demands
 * it of those whose card is enrolled.
 */
export const settingsFor = ({ ocspUrl, generation = defaultProfileSettings.generation, signing = 'demanded', crlPauseSeconds = 0 }: Site): Settings =>
  ({ ...defaultSettings, crlPauseSeconds, signedDecisions: everyRole(signing), profile: { ...defaultProfileSettings, ocspUrl, generation } })
