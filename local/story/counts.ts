/** What is counted: applications, deliveries, certificates. */
import type { Scene } from './scene.ts'
import type { Teller } from './teller.ts'

export async function countActs(scene: Scene, story: Teller): Promise<void> {
  await story.act('The agency counts applications, deliveries and certificates', '公的個人認証法 第40条 · 施行規則 第71条', async (check) => {
    const { data } = await scene.agency.query<{ statistics: Record<'applicationsReceived' | 'applicationsValid' | 'cardsDelivered' | 'cardsHeld' | 'signatureCertificatesIssued' | 'authenticationCertificatesIssued' | 'certificatesRevoked', number> }>(
      '{ statistics { ... on Statistics { applicationsReceived applicationsValid cardsDelivered cardsHeld signatureCertificatesIssued authenticationCertificatesIssued certificatesRevoked } } }')
    const found = data.statistics
    check('one application, valid; one card delivered and held', found.applicationsReceived === 1 && found.applicationsValid === 1 && found.cardsDelivered === 1 && found.cardsHeld === 1, found)
    check('two signing certificates issued and one authentication certificate', found.signatureCertificatesIssued === 2 && found.authenticationCertificatesIssued === 1, found)
    check('one revoked', found.certificatesRevoked === 1, found)
  })
}
