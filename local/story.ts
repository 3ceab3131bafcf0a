/**
 * `npm run story`: the whole main job through the public doors only, told act by act with its article and what was
 * checked. Exit code 0 only if every check held.
 *
 *   --out DIR   leaves files that openssl can check      --json   prints a summary for programs
 */
import { parseArgs } from 'node:util'
import { startGateway } from './gateway.ts'
import { mainActs } from './story/acts.ts'
import { leave } from './story/leave.ts'
import { connectAs, type Scene } from './story/scene.ts'
import { StoryBroken, teller } from './story/teller.ts'
import { logActs } from './story/log.ts'

const { values } = parseArgs({ options: { out: { type: 'string' }, json: { type: 'boolean', default: false } } })
const say = values.json ? () => undefined : (line: string) => console.log(line)

const began = Date.now()
say('Starting a gateway in memory: embedded Postgres, stand-in KMS, key ceremony.')
const gateway = await startGateway({ port: 0, data: 'memory', quiet: true, cards: [] })
const story = teller(say)
try {
  const scene = await sceneOf()
  const { progress, areas } = await mainActs(scene, story)
  await logActs(scene, progress, areas.club.grant, story)
  if (values.out !== undefined) {
    await leave(values.out, scene, progress)
    say(`\nFiles for openssl are in ${values.out}; its README has the commands.`)
  }
} catch (error) {
  if (!(error instanceof StoryBroken)) throw error
  say(`\n${error.message}`)
} finally {
  await gateway.close()
}
const seconds = (Date.now() - began) / 1000
if (values.json) console.log(JSON.stringify({ acts: story.told, held: story.held, failed: story.failed, seconds }, null, 2))
else say(`\n${story.held} checks held, ${story.failed} failed, ${story.told.length} acts, ${seconds.toFixed(1)} s`)
process.exitCode = story.failed === 0 ? 0 : 1

/** Connections of those who act, and the person as its municipality has it in the register. */
async function sceneOf(): Promise<Scene> {
  const { url, credentials } = gateway
  const as = (name: keyof typeof credentials) => connectAs(url, credentials[name]!)
  const [home, away, agency, agency2, agency3, deputy, ministry, prefecture, bank, citizen] = [as('officer-141003'), as('officer-132217'), as('agency'), as('agency-2'), as('agency-3'), as('agency-deputy'), as('ministry'), as('prefecture-140007'), as('bank'), as('taro')]
  const { data } = await citizen.query<{ me: { resident: { id: string; items: Scene['items'] } } }>('{ me { resident { id items { name birthDate sex address } } } }')
  return { url, home, away, agency, agency2, agency3, deputy, ministry, prefecture, bank, citizen, as: (name) => as(name), person: data.me.resident.id, items: data.me.resident.items }
}
