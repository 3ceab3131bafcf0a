/** Which page stands where. A page that changes something is asked by POST, and its form carries a token. */
import { citizenPage } from './citizen/page.ts'
import { certificatePage, lossPage, reportCertificate, reportLoss, unlink, unlinkPage, withdraw, withdrawPage } from './citizen/acts.ts'
import { answerConsent, consentDocument, consentDone, consentPage, consentValues } from './consent/page.ts'
import { elsewhere } from './consent/link.ts'
import { deskPage } from './desk/page.ts'
import { certificatesCsv, certificatesPlot, countsCsv, countsPlot } from './desk/counts.ts'
import { act, actPage } from './desk/act.ts'
import { colleague, colleaguePage } from './desk/colleague.ts'
import { grantPage } from './desk/grant.ts'
import { repeal, repealPage } from './desk/repeal.ts'
import { drift, driftPage } from './desk/works.ts'
import { debugPage } from './developer/debugger.ts'
import { developerPage, errorsPage } from './developer/page.ts'
import { explain, partnerPage, resend } from './developer/partner.ts'
import { exportDocument, exportPage, receipt, takeAlong, takeAlongSigned } from './citizen/export.ts'
import { page } from './frame.ts'
import { html } from './html.ts'
import { inside, loginBack, loginPage, logout, officerPage } from './login/provider.ts'
import { signIn, signInChallenge, signInPage } from './login/signin.ts'
import { see, type Page, type Preferences } from './visit.ts'

const topPage: Page = (visit) => {
  const { words: w, parts } = visit
  const entry = (to: string, title: string, text: string) => html`<li><a href="${to}">${title}</a><br>${text}</li>`
  return page(visit, w.top.title, html`<p class="lead">${w.top.lead}</p><ul class="entries">${entry('/pages/me', w.mine, w.top.mine)}${entry('/pages/office', w.office, w.top.office)}${parts.stage !== 'production' && entry('/pages/developer', w.developer, w.top.developer)}</ul>`)
}

/** Says nothing about anybody, and needs no token for that. */
const display: Page = ({ form, lang, furigana, easy }) => {
  const changes: Readonly<Record<string, Partial<Preferences>>> = {
    ja: { lang: 'ja' }, en: { lang: 'en' }, 'furigana-on': { furigana: true }, 'furigana-off': { furigana: false }, 'easy-on': { easy: true }, 'easy-off': { easy: false },
  }
  return see(inside(form.get('back'), '/pages/'), { preferences: { lang, furigana, easy, ...changes[form.get('set') ?? ''] } })
}
export const withoutToken: ReadonlySet<string> = new Set(['/pages/display'])

export const routes: Readonly<Record<string, Partial<Readonly<Record<'GET' | 'POST', Page>>>>> = {
  '/pages/': { GET: topPage },
  '/pages/display': { POST: display },
  '/pages/login': { GET: loginPage },
  '/pages/login/back': { GET: loginBack },
  '/pages/signin': { GET: signInPage, POST: signIn },
  '/pages/signin/challenge': { POST: signInChallenge },
  '/pages/logout': { POST: logout },
  '/pages/consent': { GET: consentPage, POST: answerConsent },
  '/pages/consent/values': { POST: consentValues },
  '/pages/consent/document': { POST: consentDocument },
  '/pages/consent/done': { GET: consentDone },
  '/pages/consent/elsewhere': { GET: elsewhere },
  '/pages/me': { GET: citizenPage },
  '/pages/me/withdraw': { GET: withdrawPage, POST: withdraw },
  '/pages/me/loss': { GET: lossPage, POST: reportLoss },
  '/pages/me/certificate': { GET: certificatePage, POST: reportCertificate },
  '/pages/me/receipt': { GET: receipt },
  '/pages/me/unlink': { GET: unlinkPage, POST: unlink },
  '/pages/me/export': { GET: exportPage, POST: takeAlongSigned },
  '/pages/me/export/document': { POST: exportDocument },
  '/pages/me/export.json': { GET: takeAlong },
  '/pages/office': { GET: deskPage },
  '/pages/office/login': { GET: officerPage },
  '/pages/office/grant': { GET: grantPage },
  '/pages/office/act': { GET: actPage, POST: act },
  '/pages/office/repeal': { GET: repealPage, POST: repeal },
  '/pages/office/colleague': { GET: colleaguePage, POST: colleague },
  '/pages/office/drift': { GET: driftPage, POST: drift },
  '/pages/office/counts.svg': { GET: countsPlot },
  '/pages/office/counts.csv': { GET: countsCsv },
  '/pages/office/certificates.svg': { GET: certificatesPlot },
  '/pages/office/certificates.csv': { GET: certificatesCsv },
  '/pages/errors': { GET: errorsPage },
  '/pages/developer': { GET: developerPage },
  '/pages/developer/debug': { POST: debugPage },
  '/pages/developer/partner': { GET: partnerPage },
  '/pages/developer/resend': { POST: resend },
  '/pages/developer/explain': { POST: explain },
}
