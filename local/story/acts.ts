/** The acts of the main job in their order, from the application for a card to the decisions of officers. */
import { areaAfterMove } from './area-after.ts'
import { areaActs } from './area.ts'
import { cardActs, certificateActs } from './counter.ts'
import { countActs } from './counts.ts'
import { moveActs } from './move.ts'
import { officeActs } from './office.ts'
import { consentActs, loginActs, withdrawalActs } from './partner.ts'
import type { Progress, Scene } from './scene.ts'
import type { Teller } from './teller.ts'

/** What came of them, for what is told or left afterwards. */
export async function mainActs(scene: Scene, story: Teller): Promise<{ readonly progress: Progress; readonly areas: Awaited<ReturnType<typeof areaActs>> }> {
  const begun: Partial<Progress> = {}
  await cardActs(scene, begun, story)
  const at = { officer: scene.home, items: scene.items }
  begun.authentication = await certificateActs(scene, begun, story, 'authentication', at)
  begun.signing = await certificateActs(scene, begun, story, 'signature', at)
  const progress = begun as Progress
  await loginActs(scene, progress, story)
  await consentActs(scene, progress, story)
  const areas = await areaActs(scene, progress, story)
  await moveActs(scene, progress, story)
  await areaAfterMove(scene, progress, areas, story)
  await withdrawalActs(scene, progress, story)
  await countActs(scene, story)
  await officeActs(scene, areas, story)
  return { progress, areas }
}
