/** All that judges what clients of sessions send. */
import type { JsonObject } from '#model'
import { judge } from './judge.ts'
import {
  createSchema,
  emptySchema,
  extendSchema,
  forkSchema,
  patchSchema,
} from './session-fields.ts'

export { readCommand, readCommandBody } from './read-command.ts'

const SESSION_BODIES = {
  create: createSchema,
  patch: patchSchema,
  extend: extendSchema,
  fork: forkSchema,
  nothing: emptySchema,
} as const

export type SessionBody = keyof typeof SESSION_BODIES

/** @throws GatewayError `invalid_request` or `request_too_large`, with the field that is wrong. */
export const readSessionBody = (kind: SessionBody, body: JsonObject): JsonObject =>
  judge(SESSION_BODIES[kind], body) as JsonObject
