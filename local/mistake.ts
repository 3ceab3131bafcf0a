/** The person at the keyboard can mend it; one line is enough, and the exit status is 1. */
export class Mistake extends Error {
  override readonly name = 'Mistake'
}
