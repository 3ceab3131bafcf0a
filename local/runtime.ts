/** Which Node runs this without a build step. */
const oldest = [22, 18] as const

/** One line for who started it with an older one; null where all is well. */
export function tooOld(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const fits = major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
  return fits ? null : `Mynagate needs Node ${oldest.join('.')} or newer and this is ${version}; \`npm start\` uses the one that \`npm ci\` installed`
}
