/**
 * Refusals: what the gateway answers when the law, or the form of the request, says no. A refusal is a value, never
 * an exception; its code is of a closed list, and each code names its basis and speaks to the developer and, in both
 * languages, to the person in front of the screen.
 */
import type { StepUp } from './partner/assurance.ts'
import type { Instant } from './time.ts'

export interface RefusalText {
  /** Article or section the refusal rests on, or the convention of this API. */
  readonly basis: string
  /** For the developer. */
  readonly message: string
  /** For the person, Japanese and English. Never says more than the person may know. */
  readonly ja: string
  readonly en: string
  /** Whether the same request can succeed later without a change. */
  readonly retryable: boolean
}

/** The closed list. A new code must be added here to compile; `tests/law/refusal.test.ts` reads it. */
export const refusals = {
  MALFORMED_DATE: {
    basis: 'API: Date', message: 'A date is YYYY-MM-DD and must exist in the calendar.', retryable: false,
    ja: '日付の形式が正しくありません。', en: 'The date is not valid.',
  },
  MALFORMED_INPUT: {
    basis: 'API: input', message: 'A value does not have the form that its field demands; see `field`.', retryable: false,
    ja: '入力内容の形式が正しくありません。', en: 'Something in the input is not in the right form.',
  },
  ILL_FORMED_TEXT: {
    basis: 'API: text', message: 'Text must be well-formed Unicode without U+0000 and within its length; it is never repaired.', retryable: false,
    ja: '使用できない文字が含まれています。', en: 'The text contains characters that cannot be used.',
  },
  NOT_FOUND: {
    basis: 'API: non-disclosure', message: 'There is no such thing, or it is not yours to see.', retryable: false,
    ja: '該当するものが見つかりません。', en: 'Nothing was found.',
  },
  NOT_PERMITTED: {
    basis: 'API: roles', message: 'This actor may not do this.', retryable: false,
    ja: 'この操作を行う権限がありません。', en: 'You may not do this.',
  },
  IDEMPOTENCY_CONFLICT: {
    basis: 'API: idempotency', message: 'This idempotency key was used with other input. Take a new key, or send the first input again.', retryable: false,
    ja: '同じ受付番号で異なる内容が送信されました。', en: 'The same request key was used for something else.',
  },
  CONFLICT: {
    basis: 'API: concurrency', message: 'Somebody else changed this in the meantime. Read it again and decide anew.', retryable: true,
    ja: '他の処理と重なりました。もう一度お試しください。', en: 'Something else happened at the same time. Please try again.',
  },
  WRONG_STATE: {
    basis: 'state of the procedure', message: 'The procedure is not in the state that this act needs; see `foundState`.', retryable: false,
    ja: '現在の状態ではこの手続きを行えません。', en: 'This step cannot be done now.',
  },
  NOT_RESIDENT: {
    basis: '公的個人認証法 第3条第3項・第22条第3項', message: 'The applicant is not in the resident register of this municipality.', retryable: false,
    ja: 'この市区町村の住民基本台帳に記録されていません。', en: 'The person is not in the resident register of this municipality.',
  },
  ITEMS_DIFFER: {
    basis: '公的個人認証法 第3条第2項', message: 'The four items on the application are not those of the resident register.', retryable: false,
    ja: '申請書の記載が住民票の記載と一致しません。', en: 'The application does not match the resident record.',
  },
  EVIDENCE_INSUFFICIENT: {
    basis: '番号法 第17条第1項', message: 'The identity check is not enough for this act: one photo document, or two others.', retryable: false,
    ja: '本人確認書類が不足しています。', en: 'The identity documents are not sufficient.',
  },
  APPLICATION_OPEN: {
    basis: '番号法 第16条の2', message: 'An application of this person is already under way.', retryable: false,
    ja: 'すでに申請手続き中です。', en: 'An application is already being processed.',
  },
  CARD_NOT_USABLE: {
    basis: '番号法 第17条', message: 'The card is not in use: not handed over, suspended or lapsed.', retryable: false,
    ja: 'このカードは現在ご利用いただけません。', en: 'This card cannot be used.',
  },
  FORM_OUTDATED: {
    basis: '番号法 第16条の2 (申請書ID)', message: 'The form was printed for an address that is no longer the person’s. Ask for a new one.', retryable: false,
    ja: '交付申請書が旧住所のものです。新しい申請書をご利用ください。', en: 'The form was printed for an earlier address. Please use a new one.',
  },
  PHOTO_MISSING: {
    basis: 'カード命令 (顔写真)', message: 'A photo is needed from one year of age.', retryable: false,
    ja: '顔写真が必要です。', en: 'A photo is required.',
  },
  SPECIAL_SPEED_UNFOUNDED: {
    basis: '特急発行 (2024-12-02)', message: 'Special-speed issue needs one of its grounds, within 30 days; see `foundState`.', retryable: false,
    ja: '特急発行の対象ではありません。', en: 'Special-speed issue is not available in this case.',
  },
  CONTINUED_USE_NOT_POSSIBLE: {
    basis: '番号法 第17条第10項 (国外継続利用)', message: 'Continued use overseas is for Japanese nationals, since 2024-05-27, by the day before the departure; see `foundState`.', retryable: false,
    ja: '国外での継続利用の手続きはできません。', en: 'The card cannot be kept when moving overseas.',
  },
  OTHER_PIN_UNKNOWN: {
    basis: '事務処理要領 (暗証番号の再設定)', message: 'A PIN is set anew at a kiosk only by who proves the other one, by its key; there is no such proof. The counter of the municipality sets both.', retryable: false,
    ja: 'もう一方の暗証番号を確認できないため、市区町村の窓口でお手続きください。', en: 'The other PIN could not be confirmed. Please go to your municipality.',
  },
  NO_NOTE_SPACE: {
    basis: 'カード命令 (追記欄)', message: 'The additions field of the card is full: a new card can be applied for by special-speed issue.', retryable: false,
    ja: '追記欄に余白がありません。カードの再発行を申請してください。', en: 'There is no space left on the card. Please apply for a new card.',
  },
  LEGAL_USE_MISSING: {
    basis: '番号法 第9条・第19条', message: 'This body is not entitled to the number for that use. The attempt was recorded.', retryable: false,
    ja: '個人番号を利用できる事務ではありません。', en: 'This use is not allowed by law.',
  },
  CERTIFICATE_LIVE: {
    basis: '公的個人認証法 第6条・第25条', message: 'A live certificate of this kind exists; a second one may not be issued.', retryable: false,
    ja: '有効な同種の電子証明書がすでにあります。', en: 'There is already a valid certificate of this kind.',
  },
  UNDER_FIFTEEN: {
    basis: '事務処理要領 (signing certificates for persons under 15)', message: 'No signing certificate is issued to a person under 15.', retryable: false,
    ja: '15歳未満の方には署名用電子証明書を発行できません。', en: 'Signing certificates are not issued to persons under 15.',
  },
  PARENT_NOT_LIVE: {
    basis: '公的個人認証法 第16条の2・第35条の2', message: 'A certificate in a phone hangs on the live card certificate of the same use; there is none in force.', retryable: false,
    ja: 'カードの有効な電子証明書がないため、スマートフォン用電子証明書を発行できません。', en: 'A certificate for a phone needs a valid one on the card.',
  },
  KEY_NOT_PROVEN: {
    basis: '公的個人認証法 第16条の2・第35条の2', message: 'The statement was not signed by the private key of this public key.', retryable: false,
    ja: 'スマートフォンの鍵を確認できませんでした。', en: 'The key in the phone could not be confirmed.',
  },
  KEY_UNFIT: {
    basis: '公的個人認証法施行規則 第2条・第38条', message: 'The public key is not of the kind or strength that the profile demands, or was used before.', retryable: false,
    ja: 'カードの鍵を登録できませんでした。', en: 'The key on the card could not be registered.',
  },
  KEY_NOT_ON_CARD: {
    basis: '公的個人認証法 第3条第4項・第22条第4項', message: 'The proof that the key is on this card does not verify.', retryable: false,
    ja: 'カードの鍵を確認できませんでした。', en: 'The key on the card could not be confirmed.',
  },
  NO_VALIDITY_LEFT: {
    basis: '公的個人認証法施行規則 第13条・第49条', message: 'The certificate would end on or before the day of issue: the card or the authentication certificate it hangs on is ending.', retryable: false,
    ja: 'カードの有効期間が残っていないため発行できません。', en: 'The card has no validity left for a certificate.',
  },
  ISSUER_AWAY: {
    basis: 'API: availability', message: 'The issuing authority cannot sign now. The application is kept and is finished later.', retryable: true,
    ja: '発行システムが混み合っています。しばらくお待ちください。', en: 'The issuing system is busy. Please wait a while.',
  },
  ALREADY_REVOKED: {
    basis: '公的個人認証法 第15条・第34条', message: 'The certificate has lapsed already.', retryable: false,
    ja: 'この電子証明書はすでに失効しています。', en: 'This certificate has already lapsed.',
  },
  CERTIFICATE_NOT_VALID: {
    basis: '公的個人認証法 第19条・第38条', message: 'The certificate does not pass verification; see the verdict.', retryable: false,
    ja: '電子証明書を確認できませんでした。', en: 'The certificate could not be verified.',
  },
  SIGNATURE_INVALID: {
    basis: '公的個人認証法 第19条・第38条', message: 'The signature was not made over this content with the key of this certificate.', retryable: false,
    ja: '電子署名を確認できませんでした。', en: 'The signature could not be verified.',
  },
  CHALLENGE_SPENT: {
    basis: 'login: single use', message: 'The challenge is unknown, was answered already, or is older than 60 seconds. Ask for a new one.', retryable: false,
    ja: 'ログインの有効時間が過ぎました。もう一度お試しください。', en: 'The login attempt has expired. Please start again.',
  },
  ASSURANCE_TOO_LOW: {
    basis: 'RFC 9470 · DS-511', message: 'The login is of a lower level, or older, than this needs; see `stepUp`: a login with the card reaches it.', retryable: false,
    ja: 'この操作にはマイナンバーカードによるログインが必要です。', en: 'Please log in with your card for this.',
  },
  ACCOUNT_LINKED: {
    basis: 'login: one account, one person', message: 'This account is linked to another person. That link must be ended before a new one is made.', retryable: false,
    ja: 'このアカウントはすでに別の方と連携されています。', en: 'This account is already linked to another person.',
  },
  PASSKEY_NEEDS_CARD: {
    basis: 'login: passkeys', message: 'A passkey is enrolled within five minutes of a login with card or phone, and in no other login.', retryable: false,
    ja: 'パスキーの登録には、マイナンバーカードでのログインが必要です。', en: 'To add a passkey, please log in with your card first.',
  },
  PASSKEY_INVALID: {
    basis: 'Web Authentication Level 3, 7.1 · 7.2', message: 'What the authenticator answered does not hold; see `field`.', retryable: false,
    ja: 'パスキーを確認できませんでした。', en: 'The passkey could not be verified.',
  },
  PASSKEY_ENDED: {
    basis: '公的個人認証法 第38条', message: 'The certificate that the passkey was enrolled under is not in force; see `foundState`. Log in with the card and enrol a new one.', retryable: false,
    ja: 'このパスキーは利用できなくなりました。マイナンバーカードでログインしてください。', en: 'This passkey can no longer be used. Please log in with your card.',
  },
  PARTNER_NOT_IN_STANDING: {
    basis: '公的個人認証法 第17条・第36条', message: 'The partner has no standing in force for this act: accreditation, agreement or delegation is missing, suspended or over.', retryable: false,
    ja: 'このサービスは現在この機能を利用できません。', en: 'This service cannot use this function at the moment.',
  },
  LINK_NOT_OFFERED: {
    basis: '公的個人認証法 第18条第4項・第5項・第37条第3項', message: 'The law links card-signing with phone-signing, card-signing with card-authentication, and card-authentication with phone-authentication; nothing else.', retryable: false,
    ja: 'この電子証明書の組み合わせは確認できません。', en: 'These two kinds of certificate are not linked.',
  },
  PURPOSE_NOT_REGISTERED: {
    basis: '公的個人認証法施行規則 第35条の2', message: 'The request asks for more than the registered purpose allows, or the purpose version is not in force.', retryable: false,
    ja: '登録された利用目的を超える要求です。', en: 'The request goes beyond the registered purpose.',
  },
  ITEMS_NOT_OFFERED: {
    basis: '公的個人認証法施行規則 第35条の2第2項', message: 'The chosen items must hold all required ones and nothing that was not asked for.', retryable: false,
    ja: '選択された項目が正しくありません。', en: 'The selected items are not valid.',
  },
  RETURN_NOT_REGISTERED: {
    basis: 'RFC 9700 4.1.3', message: 'Browsers are sent back only to an address that the partner registered, compared octet by octet; see `registerReturnAddresses`.', retryable: false,
    ja: '戻り先が登録されていません。', en: 'The address to return to is not registered.',
  },
  CONSENT_NOT_IN_FORCE: {
    basis: '公的個人認証法 第18条第3項', message: 'No consent in force covers this. Withdrawn, expired, not given and unknown look alike.', retryable: false,
    ja: 'ご本人の同意が確認できません。', en: 'There is no consent in force.',
  },
  RELEASED_TOO_SOON: {
    basis: '同意した頻度 (API: frequency of use)', message: 'The items were released in this period already, and the consent allows one time in each; `retryAt` says when the next begins, null where it begins with a new certificate. Where every use is allowed, they were asked for too fast; `retryAt` says when the next use is allowed.', retryable: true,
    ja: '同意された頻度を超えるか、短い間に続けて求められたため、まだ提供できません。', en: 'The information cannot be provided again yet: it was asked for more often than you agreed to, or too often in a short time.',
  },
  ALREADY_RELEASED: {
    basis: '同意した頻度 (API: frequency of use)', message: 'The items were released under this consent already, and it allows one time alone. Ask the person for another consent.', retryable: false,
    ja: '1回限りの同意のため、もう提供できません。', en: 'The consent was for one time only, and the information was provided already.',
  },
  AWAITING_NEW_CERTIFICATE: {
    basis: '公的個人認証法 第18条第3項', message: 'The signing certificate has lapsed and no new one exists: there is nothing to release, and the old items must not be taken as unchanged.', retryable: true,
    ja: '新しい署名用電子証明書が発行されるまで提供できません。', en: 'Nothing can be provided until a new signing certificate is issued.',
  },
  REPRESENTATIVE_NEEDED: {
    basis: '民法 第818条・第824条・第859条', message: 'The person is too young to consent alone, or under guardianship (成年被後見人): the legal representative does, with the own card, naming the person.', retryable: false,
    ja: '15歳未満の方と成年被後見人の方については、法定代理人による同意が必要です。', en: 'A parent or guardian has to consent for a person under 15 or under guardianship.',
  },
  MINORS_NOT_TAKEN: {
    basis: '公的個人認証法施行規則 第35条の2', message: 'The purpose does not take minors of this age, or not these items, or the request extends a consent that a representative gave.', retryable: false,
    ja: 'この利用目的では、未成年の方の同意を受け付けていません。', en: 'This purpose does not accept consent for minors.',
  },
  NO_ENCRYPTION_KEY: {
    basis: 'API: encrypted release', message: 'No key for encryption is registered for this client, or all are retired. Register one with `registerKey`.', retryable: false,
    ja: 'サービス側の設定のため提供できません。', en: 'Nothing can be provided until the service completes its set-up.',
  },
  KEY_NOT_TAKEN: {
    basis: 'API: keys of clients', message: 'The key is not a fit public key, is one too many, or is the last one that the client can prove itself with; see `foundState`.', retryable: false,
    ja: '鍵の登録を変更できませんでした。', en: 'The key could not be changed.',
  },
  LEGAL_BASIS_MISSING: {
    basis: '番号法 第18条', message: 'A free-space area needs an ordinance, a minister’s rule or a minister’s confirmation that is in force and names this authority.', retryable: false,
    ja: '空き領域を利用する根拠が確認できません。', en: 'There is no legal basis for using the free space.',
  },
  FOUR_EYES: {
    basis: 'four eyes', message: 'The person who asked may not approve.', retryable: false,
    ja: '申請した職員は承認できません。', en: 'The officer who made the request may not approve it.',
  },
  DECISION_NOT_SIGNED: {
    basis: 'four eyes: own card', message: 'This decision must be signed with the officer’s own card: ask `decisionChallenge`, let the card sign its document, and hand in both.', retryable: false,
    ja: 'この決定には、職員本人のカードによる署名が必要です。', en: 'This decision must be signed with your own card.',
  },
  DECISION_DIFFERS: {
    basis: 'four eyes: what was shown', message: 'What was signed is not what is so now, or was shown more than ten minutes ago. Ask `decisionChallenge` again and decide anew.', retryable: false,
    ja: '表示された内容が変わったため、もう一度確認してください。', en: 'What was shown has changed. Please look again.',
  },
  NOT_OWN_CARD: {
    basis: 'four eyes: own card', message: 'The card that signed is not the one that two officers enrolled for this officer.', retryable: false,
    ja: '登録された職員のカードではありません。', en: 'This is not the card enrolled for you.',
  },
  NO_SPACE: {
    basis: 'capacity of the card profile', message: 'The free space of the card does not hold this area.', retryable: false,
    ja: 'カードの空き領域が不足しています。', en: 'There is not enough free space on the card.',
  },
  DECISION_EXPIRED: {
    basis: 'four eyes: 72 hours', message: 'The request was made more than 72 hours ago and can no longer be approved. Make a new one.', retryable: false,
    ja: '申請から72時間を過ぎたため承認できません。', en: 'More than 72 hours have passed since the request.',
  },
  HOLDER_TOO_YOUNG: {
    basis: '番号法 第18条 (条例の定め)', message: 'The holder is younger than the grant allows.', retryable: false,
    ja: '年齢の要件を満たしていないため利用できません。', en: 'The holder is too young for this use.',
  },
  RECEIPT_INVALID: {
    basis: 'receipt of the card', message: 'The receipt was not made by this card for this order.', retryable: false,
    ja: 'カードからの受領確認を検証できませんでした。', en: 'The receipt from the card could not be verified.',
  },
} as const satisfies Record<string, RefusalText>

export type RefusalCode = keyof typeof refusals

export interface Refusal {
  readonly refused: true
  readonly code: RefusalCode
  /** What the client can branch on: the state found, the field at fault. Never a value of a person. */
  readonly state?: string
  readonly field?: string
  /** From when the same request can succeed, where that is known. */
  readonly retryAt?: Instant
  /** What was reached and what is needed, where a login falls short. */
  readonly stepUp?: StepUp
}

export type Result<T> = T | Refusal

export function refuse(code: RefusalCode, more: { state?: string; field?: string; retryAt?: Instant } = {}): Refusal {
  return { refused: true, code, ...more }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && (value as { refused?: unknown }).refused === true
}

export const textOf = (code: RefusalCode): RefusalText => refusals[code]
