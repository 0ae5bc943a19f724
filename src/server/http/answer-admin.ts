/** Answers the routes that an admin key opens. */
import type { ServerResponse } from 'node:http'
import type { AdminAccess, KeyFacts } from '#access'
import type { JsonObject } from '#model'
import { sendJson } from './send-answer.ts'

export const answerAdmin = (
  admin: AdminAccess,
  response: ServerResponse,
  headers: readonly string[],
): void => sendJson(response, 200, headers, { status: 'ok', keys: admin.listKeys().map(toJson) })

/** `id` is what the log shows of the key. */
const toJson = ({ caller, models, origins, isDisabled }: KeyFacts): JsonObject => ({
  id: caller.id,
  name: caller.name ?? null,
  owner: caller.owner ?? null,
  models: models ?? null,
  origins: origins ?? null,
  expires_at: caller.expiresAtMs === undefined ? null : new Date(caller.expiresAtMs).toISOString(),
  disabled: isDisabled,
})
