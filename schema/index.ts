/**
 * The schema: every noun, closed. Building it fails where a root field names no audience.
 */
import type { GraphQLSchema } from 'graphql'
import { close, directives } from './audience.ts'
import { builder } from './builder.ts'
import './scalars.ts'
import './municipality.ts'
import './anchor.ts'
import './resident.ts'
import './card.ts'
import './issuance.ts'
import './order.ts'
import './login.ts'
import './signature.ts'
import './document.ts'
import './linking.ts'
import './smartphone.ts'
import './consent.ts'
import './disclosure.ts'
import './statistics.ts'
import './partner.ts'
import './me.ts'
import './server.ts'
import './audit.ts'
import './grant.ts'

export const toSchema = (): GraphQLSchema => close(builder.toSchema({ directives: [...directives], sortSchema: true }))
