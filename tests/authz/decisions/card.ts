/**
 * The card: the holder, the municipality that holds it, the agency that makes it; nobody else (番号法 第16条の2–第17条).
 * Counters for areas see the card they work on. What hangs on a card is shown by its own scope.
 */
import { own, type Decisions } from '../parties.ts'

const application = 'holder:me counter:card agency:card'
const card = 'holder:me counter:card|area agency:card'
const counters = 'counter:card|area agency:card|area'

export const cards: Decisions = {
  types: {
    Card: {
      fields: 'cardNumber deliveredAt end expiresBy expiresOn expiresOnWareki id madeOn municipality state usable',
      sees: card,
      but: { resident: 'holder:me counter:card+register|area+register', certificates: 'holder:me counter:card+certificate|area+certificate agency:card+certificate', installations: 'holder:me counter:area agency:card+area' },
    },
    CardEnd: [card, 'at ground'],
    CardApplication: { fields: 'card channel form handOver id municipality photo receivedAt specialSpeed state support', sees: application, but: { resident: 'holder:me counter:card+register' } },
    ApplicationSupport: [application, 'name place'],
    SpecialSpeed: [application, 'ground on'],
    HandOver: [application, 'at documents pinsSetBy proxy'],
    HandOverProxy: [application, 'documents proof reason relation'],
    // Additions to the face of the card: new names and addresses.
    CardNotes: [application, 'card linesLeft notes'],
    CardNote: [application, 'addedOn line text'],
    ApplicationForm: ['counter:card', 'formId municipality printedAt'],
    Production: ['agency:card', 'application card'],
    // Orders to the chip are the counters' business.
    CardOrder: [counters, 'cardNumber counter id operation receipt requestedAt signed state'],
    SignedCardOrder: [counters, 'order signature'],
    PinReset: ['holder:me', 'digest id pin proveUntil state text'],
    // How many end on which day: each municipality its own, the agency all.
    LapseDeadlines: ['counter:card agency:card', 'days'],
    DeadlineDay: ['counter:card agency:card', 'cards certificates day'],
    CardProfile: ['everyone', 'forResidents freeSpace'],
    AreaQuota: ['everyone', 'code data volatile'],
  },
  roots: {
    card, cardApplication: application, cardNotes: 'holder:me counter:card agency:card', cardOrder: counters, lapseDeadlines: own('municipal:card agency:card', 'counter agency'), cardProfile: 'everyone',
    applyForCard: 'holder:me counter:card', withdrawCardApplication: 'holder:me counter:card', printApplicationForm: 'counter:card', sendNotice: 'counter:card', recordNotCollected: 'counter:card',
    // The mayor hands over; the agency makes, sends and, by special speed, mails.
    handOverCard: 'counter:card', startProduction: 'agency:card', shipCard: 'agency:card', mailCard: 'agency:card', dropCardApplication: 'agency:card',
    addCardNote: 'counter:card', returnCard: 'counter:card', requestCardOrder: 'counter:card', recordPinReset: 'counter:card', completeCardOrder: counters,
    // To stop a card anybody will do who has to do with it; to lift that, the counter in person.
    suspendCard: application, reportCardLost: application, resumeCard: 'counter:card',
    // At a kiosk: the holder proves the other PIN, the agency's kiosk with that very card in it gets the order.
    startPinReset: 'holder:me', provePinReset: 'holder:me', orderPinReset: 'agency:card',
  },
}
