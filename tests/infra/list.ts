/**
 * What a stage consists of, from its synthesis: `npm run stacks:list -- --stage production`. Nothing is asked of a cloud.
 * `--write` puts the listing of every stage into stacks/README.md, and in short into the README's chapter on deploying.
 */
import { parseArgs } from 'node:util'
import { listing, places, writeListing } from './listing.ts'
import { stages, synthesise } from './synthesise.ts'

const { values } = parseArgs({ options: { stage: { type: 'string', default: 'production' }, write: { type: 'boolean', default: false } } })
const stage = stages.find((s) => s === values.stage) ?? (values.stage.startsWith('pr-') ? 'pr-7' : null)
if (stage === null) {
  console.error(`--stage is one of ${stages.join(', ')}`)
  process.exitCode = 2
} else if (values.write) {
  for (const each of stages) {
    const site = synthesise(each)
    for (const [file, textOf] of Object.entries(places)) writeListing(file, each, textOf(each, site))
  }
} else console.log(listing(stage, synthesise(stage)))
