/** Pages for somebody: whoever is not logged in as that logs in first, and comes back. */
import { see, type Page, type Reply, type Session, type Visit } from '../visit.ts'

type Run = (visit: Visit, session: Session) => Promise<Reply>

export const forCitizen = (run: Run): Page => (visit) =>
  visit.session?.kind === 'citizen' ? run(visit, visit.session) : see(`/pages/login?${new URLSearchParams({ next: visit.here }).toString()}`)

export const forOfficer = (run: Run): Page => (visit) =>
  visit.session?.kind === 'officer' ? run(visit, visit.session) : see(`/pages/office/login?${new URLSearchParams({ next: visit.here }).toString()}`)
