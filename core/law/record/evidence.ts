/**
 * What is shown for an identity check (本人確認書類), and when it is enough: one document with a photo, or two others.
 *
 * @law 番号法 第16条・第17条第1項
 */
export const documents = ['driving-licence', 'passport', 'residence-card', 'disability-certificate', 'health-insurance', 'pension-book', 'notice-card', 'student-card'] as const
export type Document = (typeof documents)[number]
const withPhoto: readonly Document[] = ['driving-licence', 'passport', 'residence-card', 'disability-certificate']

export const enoughEvidence = (shown: readonly Document[]): boolean => shown.some((d) => withPhoto.includes(d)) || new Set(shown).size >= 2
