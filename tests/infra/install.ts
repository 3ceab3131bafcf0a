/** `sst install`, where it has not run yet: what the type check of the stacks needs. */
import { installPlatform } from './synthesise.ts'

installPlatform()
