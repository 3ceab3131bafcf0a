/**
 * Free space after the move: what was of the old municipality ends, what is for any card goes on; the ordinance is repealed
 * with its reach before everybody's eyes; the area is removed where the person lives now.
 */
import { selectArea } from '../../core/chip/client-area.ts'
import { ordered, sealOrdinance, wordOf, type Areas } from './area.ts'
import { must, refusedWith, tell, type Progress, type Scene } from './scene.ts'
import type { Teller } from './teller.ts'

interface OnCard { readonly id: string; readonly state: string }
const statesQuery = 'query ($id: ID!) { card(id: $id) { installations { id state grant { purpose } } } }'

export async function areaAfterMove(scene: Scene, progress: Progress, areas: Areas, story: Teller): Promise<void> {
  const { home, away, citizen } = scene
  const today = (await citizen.query<{ serverInfo: { today: string } }>('{ serverInfo { today } }')).data.serverInfo.today
  const onCard = async (): Promise<Map<string, string>> => {
    const { data } = await citizen.query<{ card: { installations: OnCard[] } }>(statesQuery, { id: progress.cardId })
    return new Map(data.card.installations.map(({ id, state }) => [id, state]))
  }

  await story.act('After the move: what stood on the old municipality’s ordinance is to go, the rest goes on', '番号法 第18条 · 条例の定め', async (check) => {
    const states = await onCard()
    check('the seal-registration card ends with the move', states.get(areas.seal.installation) === 'ENDING', [...states])
    check('the civil-servant identity card goes on', states.get(areas.staff.installation) === 'INSTALLED', [...states])
    check('the private area goes on', states.get(areas.club.installation) === 'INSTALLED', [...states])
    await refusedWith(check, 'the old municipality’s counter no longer has the card', 'NOT_FOUND', tell(home, 'orderAreaLock', { installation: areas.club.installation }, 'Installation', 'id'))
  })

  await story.act('The council repeals the ordinance: its reach is shown, and all that stands on it ends', '番号法 第18条第1号', async (check) => {
    const ordinance = { municipality: sealOrdinance.municipality, name: sealOrdinance.name }
    const { data } = await home.query<{ ordinanceReach: { installations: number; cards: number; grants: { id: string }[] } }>('query ($m: MunicipalityCode!, $n: Text!) { ordinanceReach(municipality: $m, name: $n) { installations cards grants { id } } }', { m: ordinance.municipality, n: ordinance.name })
    const { installations, cards, grants } = data.ordinanceReach
    check('shown before: one right, one installation, one card', grants.length === 1 && installations === 1 && cards === 1, data)
    await refusedWith(check, 'deciding on other figures than those that are so', 'CONFLICT', tell(home, 'repealOrdinance', { ...ordinance, repealedOn: today, seen: { installations: 0, cards: 0 } }, 'RepealedOrdinance', 'ended { id }'))
    const repeal = { ...ordinance, repealedOn: today, seen: { installations, cards } }
    const said = await must<{ ended: unknown[]; waiting: { id: string; pendingDecision: string }[] }>(home, 'repealOrdinance', repeal, 'RepealedOrdinance', 'ended { id } waiting { id pendingDecision }')
    check('the first says so, and nothing ends yet', said.ended.length === 0 && said.waiting.length === 1 && said.waiting[0]!.pendingDecision === 'REPEAL', said)
    await refusedWith(check, 'the same officer once more', 'FOUR_EYES', tell(home, 'repealOrdinance', repeal, 'RepealedOrdinance', 'ended { id }'))
    const repealed = await must<{ ended: { id: string; state: string; endedFor: string }[] }>(scene.as('officer-141003-2'), 'repealOrdinance', repeal, 'RepealedOrdinance', 'ended { id state endedFor }')
    check('the right ended with it', repealed.ended.length === 1 && repealed.ended[0]!.id === areas.seal.grant && repealed.ended[0]!.endedFor === 'ORDINANCE_REPEALED', repealed)
  })

  await story.act('The area is removed from the chip; register and chip agree', '番号法 第18条', async (check) => {
    const present = async (): Promise<string[]> => {
      const there: string[] = []
      for (const { aid } of Object.values(areas)) if ((await wordOf(selectArea(progress.card.transmit, Uint8Array.from(Buffer.from(aid, 'hex'))))) !== '6a82') there.push(aid)
      return there
    }
    const drift = async (aids: readonly string[]): Promise<string[]> =>
      (await away.query<{ areaDrift: { kind: string }[] }>('query ($card: ID!, $present: [Text!]!) { areaDrift(card: $card, present: $present) { kind } }', { card: progress.cardId, present: aids })).data.areaDrift.map((d) => d.kind)
    check('before: three areas on the chip, as the register says', (await drift(await present())).length === 0)
    check('removed, by the chip’s receipt', (await ordered(away, progress, 'orderAreaRemoval', areas.seal.installation)) === 'REMOVED')
    const left = await present()
    check('two are left on the chip', left.length === 2, left)
    check('register and chip agree', (await drift(left)).length === 0)
    const orphan = await drift([...left, areas.seal.aid])
    check('an area that nobody knows of would be reported', orphan.join() === 'ORPHAN', orphan)
    const missing = await drift(left.slice(1))
    check('one that is gone would be reported', missing.join() === 'MISSING_AREA', missing)
  })
}
