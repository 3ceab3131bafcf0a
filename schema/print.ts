/**
 * `npm run schema:print`: writes the SDL to schema.graphql, or to the file named.
 */
import { writeFileSync } from 'node:fs'
import { toSchema } from './index.ts'
import { sdlOf } from './sdl.ts'

writeFileSync(process.argv[2] ?? new URL('schema.graphql', import.meta.url), sdlOf(toSchema()))
