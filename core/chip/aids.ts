/** Names (AIDs) of what every card bears. */
import { fromHex } from './apdu.ts'

/** 公的個人認証 */
export const jpkiAid = fromHex('D392F000260100000001')
/** 共通 */
export const commonAid = fromHex('D3921000310001010100')
/** 住基 */
export const jukiAid = fromHex('D3921000310001010401')
/** 券面事項確認 */
export const visualAid = fromHex('D3921000310001010402')
/** 券面事項入力補助 */
export const textAid = fromHex('D3921000310001010408')
/** The issuer's domain (GlobalPlatform). */
export const isdAid = fromHex('A0000001510000')
