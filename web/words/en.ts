/** The pages in English. */
import type { Words } from '../words.ts'

export const en: Words = {
  site: 'Mynagate', test: 'This is a test environment. It holds nothing about real persons.', skip: 'Skip to content', home: 'Top', mine: 'My card and consents', office: 'Officers', developer: 'Developers', logout: 'Log out',
  display: 'Display settings', english: 'English', japanese: '日本語', furiganaOn: 'Show readings', furiganaOff: 'Hide readings', easyOn: 'Plain Japanese', easyOff: 'Standard Japanese', pages: 'Pages', forDevelopers: 'For developers',
  items: { NAME: 'Name', BIRTH_DATE: 'Date of birth', SEX: 'Sex', ADDRESS: 'Address' },
  sexes: { MALE: 'Male', FEMALE: 'Female', UNKNOWN: 'Unknown' },
  limits: { TEN_YEARS: 'the limit of the law (ten years)', PURPOSE: 'the end of the purpose', CHOSEN: 'the day you chose' },
  until: (day) => `until ${day}`, from: (day) => `from ${day}`, none: 'None.', back: 'Back', cancel: 'Cancel', required: 'Required', optional: 'Optional',
  top: {
    title: 'Mynagate', lead: 'See the state of your My Number Card, and what is given to whom.', mine: 'Cards, certificates, consents and the record of what was given. You log in with your card.',
    office: 'Applications waiting for a decision, counts over time, and how fresh the revocation lists are.', developer: 'Test persons, the list of refusals, and recipes to paste.',
  },
  login: {
    title: 'Log in with the authentication certificate', lead: 'Place your card and enter its PIN of 4 digits.', card: 'Card (for tests)', choose: 'Choose one', pin: 'PIN (4 digits)', hint: 'After 3 mistakes it is blocked. The PIN goes to the card alone and never to this site.', go: 'Log in',
    otherTitle: 'If you cannot use a card', other: 'The counter of your municipality can help you with identity documents. It can also reset a PIN that you forgot.',
    noScript: 'This browser cannot talk to a card (JavaScript is off). Switch it on, or go to the counter of your municipality.', denied: 'You could not be logged in. The counter of your municipality can tell whether your certificate is valid. You may also try again.',
  },
  card: {
    working: 'Talking to the card. Please do not move it.', wrong: 'The PIN is wrong. {n} tries are left.', blocked: 'The PIN is blocked. The counter of your municipality can reset it.', gone: 'The card could not be read any more. Nothing was sent. Place it again and press once more.',
    empty: 'This card does not hold the certificate that is needed. Your municipality can issue one.', refused: 'This was not accepted. Nothing was sent.', pin: 'Enter the PIN.', none: 'Choose a card.',
  },
  consent: {
    title: 'Consent to give information', lead: (who) => `${who} asks to be given information about you.`, who: 'Recipient', contact: 'Contact', registered: 'As registered; not written by the one who asks.',
    standing: 'Standing', unverified: 'Warning: this recipient has no standing in force. Nothing will be given, even if you consent.', why: 'Purpose', version: (n) => `version ${n}`, what: 'Information to be given',
    together: 'Required items (all together)', each: 'Optional items (choose each)', noOptional: 'There are no optional items.', hidden: '(not shown)', show: 'Show the values', hide: 'Hide the values',
    source: 'Source', sourceIs: 'Signing certificate', asOf: 'As of', noCertificate: 'You have no signing certificate in force, so you cannot consent now. Your municipality can issue one.',
    often: 'How often', oftenIs: 'Each time the recipient asks. Every time is recorded, and you can always see the record.', supplier: 'Supplied by', supplierIs: 'This test environment plays the part of the agency (J-LIS) and hands the items to the recipient.',
    period: 'Period', decided: (limit) => `The end is decided by ${limit}.`, chosen: 'Choose the last day yourself (optional)', chosenHint: 'If you leave it empty, it is the last day above.',
    law: 'You may refuse without any disadvantage', lawText: 'Consent is free. If you refuse, nothing is given for this purpose. You can withdraw at any time, here or at the recipient; nothing is given after that.', notices: 'Important notices (15)',
    answer: 'Your answer', pin: 'Signing PIN (6–16 letters and digits)', pinHint: 'Needed only to consent. The PIN goes to the card alone, never to this site or the recipient. After 5 mistakes it is blocked.', yes: 'I consent', no: 'I do not consent',
    otherTitle: 'Without a card', other: 'Ask at the recipient’s counter whether it can be done on paper. The counter of your municipality can tell you how to see and withdraw consents.', noScript: 'This browser cannot sign with a card (JavaScript is off). “I do not consent” works as it is.',
    doneTitle: 'You have consented', doneText: (who) => `You consented to giving information to ${who}. You can save a receipt.`, refusedTitle: 'You have not consented', refusedText: (who) => `Nothing is given to ${who}. There is no disadvantage for you.`, receipt: 'Save the receipt (JSON)', seeLog: 'See the record of what was given', goBack: 'Back to the service',
    afterwards: 'To have data deleted, turn to the contact of the recipient. For complaints: the Personal Information Protection Commission.', dateWrong: 'The last day must be today or later.',
    fifteen: [
      'The agency supplies only the items consented to, through the platform operator, and none while there is no new certificate.', 'The platform operator hands what it receives to the recipient.', 'The purpose is the one shown on this page.', 'Requests for disclosure go to the contact of the recipient.', 'The record of the consent is kept for the period the law sets after it ends, and then deleted.',
      'Consent is electronic only, with the signing certificate, for each service. The certificate sent is not kept for this.', 'Where one act covers several services, each is named (this page is about one).', 'The period is the one shown on this page, ten years at most.', 'Consent is free, and refusing has no disadvantage.', 'After a withdrawal nothing more is given.',
      'When the service or the contract ends, giving ends too.', 'The desks for inquiry and withdrawal check your identity each time.', 'You can also inquire and withdraw on this site.', 'To consent again after a withdrawal, the recipient has to ask anew.', 'For questions, turn to the contact above.',
    ],
  },
  problem: {
    'link-broken': ['This link is not right', 'Nothing can be started from it. Nothing was given.', 'Go back to the service and start again.'],
    'link-expired': ['This link has expired', 'It was good for 24 hours. Nothing was given.', 'Go back to the service and start with a new link.'],
    'link-answered': ['This request was answered already', 'A link is good once. Nothing was done twice.', 'You can see the consent under “My card and consents”.'],
    'return-unknown': ['The address to return to is not registered', 'The recipient did not register it. We stopped for your safety. Nothing was given.', 'Please tell the service.'],
    'session-over': ['Your login has ended', 'You were away for a while, or logged out. What you were doing was not done.', 'Please log in again.'],
    'form-stale': ['This page is out of date', 'What was sent does not belong to your present login. Nothing was done.', 'Open the page again and repeat the step.'],
    'no-signature': ['The signature of the card is missing', 'To consent, the card has to sign, and no signature came. There is no consent.', 'Switch JavaScript on and try again, or use a way without a card.'],
    refused: ['This was not accepted', 'It was not done, for this reason.', 'Check what you sent and try again.'],
    'not-found': ['There is no such page', 'The page you looked for is not there.', 'Please start from the top.'],
    fault: ['Something went wrong', 'The fault is ours. Under “My card and consents” you can see whether it was done.', 'Wait a little and try again. Repeating a step does not do it twice.'],
  },
  me: {
    title: 'My card and consents', next: 'What ends next', nextIs: (what, day) => `${what}: ${day}`, cards: 'Cards', cardKind: 'My Number Card', state: 'State', made: 'Made on', ends: 'Last day', act: 'Actions', certificates: 'Certificates', kind: 'Kind', issued: 'Issued at',
    cardStates: { MADE: 'made', ACTIVE: 'in use', SUSPENDED: 'suspended', LAPSED: 'lapsed', ABOLISHED: 'abolished' },
    certificateStates: { VALID: 'valid', HELD: 'on hold', REVOKED: 'revoked', EXPIRED: 'expired', RESERVED: 'being issued', ABANDONED: 'abandoned' },
    kinds: { SIGNATURE: 'Signing', AUTHENTICATION: 'Authentication', SMARTPHONE_SIGNATURE: 'Phone, signing', SMARTPHONE_AUTHENTICATION: 'Phone, authentication' },
    consents: 'Consents', to: 'Recipient', purpose: 'Purpose', items: 'Items', period: 'Period', consentStates: { IN_FORCE: 'in force', WITHDRAWN: 'withdrawn', OVER: 'over' }, withdraw: 'Withdraw', receipt: 'Receipt', log: 'Who read what, and when', at: 'When', outcome: 'Outcome', released: 'given', denied: 'refused', logins: 'Logins', account: 'Your name there',
    areas: 'Applications in the free space', area: 'Application', basis: 'Legal basis', export: 'Save everything (JSON)', exportHint: 'The receipts of your consents bear the signature of your card.', lost: 'Report a loss, suspend', notices: 'Notices',
    lossTitle: 'Suspend this card?', lossText: 'A suspended card cannot be used. If you find it, your municipality can lift the suspension. You can report a loss at any hour.', lossYes: 'Suspend', lossDone: 'The card is suspended', lossDoneText: 'It cannot be used any more. If you do not find it, tell the police, then apply for a new one at your municipality.',
    withdrawTitle: 'Withdraw this consent?', withdrawText: (who) => `Nothing more is given to ${who}. What was given before cannot be taken back.`, withdrawYes: 'Withdraw', withdrawDone: 'The consent is withdrawn', withdrawDoneText: 'Nothing more is given under it.', done: 'Back to my card and consents', why: (code) => `reason: ${code}`, installed: 'Installed',
  },
  desk: {
    title: 'For officers', loginTitle: 'Log in as an officer (test environment)', loginText: 'In production you log in at the identity provider of the agency or the municipality.', officer: 'Officer', enter: 'Enter', inbox: 'Waiting for a decision', inboxText: 'Open one to see what was checked and what it affects. An officer of another body than the one that asked approves it.', asked: 'Asked at', operator: 'Operator', installed: (cards, areas) => `Installed now on ${cards} cards (${areas} areas).`, checked: 'What was checked', blast: 'What it affects', approve: 'Approve', approved: 'Approved', space: 'Space used', of: (n, all) => `${n} of the ${all} octets of free space of a card`, kinds: { code: 'Code', data: 'Data', volatile: 'Volatile' }, basis: 'Legal basis', label: 'Name', purpose: 'Purpose', validity: 'Period', state: 'State',
    blastText: (n) => `After approval it may be installed on those of the ${n} cards held whose holders it is for, one by one. The approval itself changes no card.`, states: { REQUESTED: 'waiting', APPROVED: 'approved', SUSPENDED: 'suspended', ENDED: 'ended' },
    counts: 'Counts', daily: 'By day (calendar days, last 30)', day: 'Day', applications: 'Applications', delivered: 'Handed over', csv: 'Save as CSV', plot: 'Bar chart of applications and hand-overs by day. The figures are in the table below.', fresh: 'Freshness of revocation information', list: 'What', from: 'Made at', until: 'Next by', missing: 'not there yet',
    totals: { applicationsReceived: 'Applications, total', applicationsValid: 'Valid applications', cardsDelivered: 'Handed over, total', cardsHeld: 'Held', signatureCertificatesIssued: 'Signing certificates issued', authenticationCertificatesIssued: 'Authentication certificates issued', certificatesRevoked: 'Certificates revoked' },
  },
  dev: {
    title: 'For developers', lead: 'Not in production.', personas: 'Test persons', name: 'Name', about: 'What it is for', recipes: 'Recipes', errors: 'Refusals', code: 'Code', basis: 'Basis', message: 'For developers', person: 'For the person', retry: 'Retry', yes: 'yes', no: 'no',
    recipe: ['Send a browser to the consent page', 'Put the id of requestConsent into request, your registered address into return, and something that cannot be guessed into state.', 'Check what comes back', 'See that state is what you sent, then pass consent to fourInformation. A refusal comes back as error=access_denied.'], graphiql: 'Open GraphiQL',
    debug: {
      title: 'What is wrong with a token', hint: 'What you paste is looked at, sent nowhere and not kept.', kind: 'Kind', kinds: { assertion: 'Client assertion', token: 'Access token', dpop: 'DPoP proof' }, text: 'JWT', method: 'HTTP method', url: 'Sent to', go: 'Look at it', again: 'Look at another',
      check: 'Check', outcome: 'Outcome', expected: 'Expected', found: 'Found', passed: 'passed', failed: 'failed', right: 'A right one', fine: 'Nothing wrong was found.', wrong: (n, all) => `${n} of ${all} checks fail.`,
    },
  },
}
