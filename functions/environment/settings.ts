/**
 * What the reference facts leave open, with the defaults of this gateway. None is a claim about the real service.
 */
import type { Settings } from '../../core/law/world.ts'
import { defaultProfileSettings, type Generation } from '../../core/pki/profile.ts'

export const defaultSettings: Settings = {
  freeSpace: { code: 32_768, data: 8_192, volatile: 1_024 },
  freeSpaceForResidents: { code: 16_384, data: 4_096, volatile: 512 },
  consentStart: 'at-once',
  // 15 is the age of the signing certificate (事務処理要領); what a representative may consent to is not narrowed.
  minors: { alone: 15, represented: ['name', 'address', 'birthDate', 'sex', 'isAdult', 'livesInMunicipality'] },
  crlLifeHours: 48,
  auditOrigin: 'mynagate.example/audit',
  profile: defaultProfileSettings,
}

/** The OCSP address stands in certificates: the same site must always give the same one. */
export const settingsFor = ({ ocspUrl, generation = defaultProfileSettings.generation }: { readonly ocspUrl: string | null; readonly generation?: Generation }): Settings =>
  ({ ...defaultSettings, profile: { ...defaultProfileSettings, ocspUrl, generation } })
