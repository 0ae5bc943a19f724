/** Answers whether the process is alive, and to an admin what is known of all that it depends on. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AdminAccess } from '#access'
import type { JsonObject } from '#model'
import type { Backends, ProviderCheck } from '#telemetry'
import { sendJson } from '../send-answer.ts'

export interface HealthOptions {
  readonly admin: AdminAccess
  readonly backends: () => Backends
}

/** Nobody is refused: with a wrong key it is the answer for everybody. */
export const answerHealth = (
  { admin, backends }: HealthOptions,
  request: IncomingMessage,
  response: ServerResponse,
  headers: readonly string[],
): void => {
  const { rss, heapTotal, heapUsed } = process.memoryUsage()
  sendJson(response, 200, headers, {
    status: 'ok',
    timestamp: new Date().toISOString(),
    uptime: process.uptime(),
    memory: { rss, heap_total: heapTotal, heap_used: heapUsed },
    ...(admin.isAdmin(request.headers) ? { backends: toJson(backends()) } : {}),
  })
}

const toJson = ({ ledger, live, providers, memory }: Backends): JsonObject => ({
  ledger: ledger
    ? { store: ledger.store, status: toStatus(ledger.isWell), waiting_rows: ledger.waitingRows }
    : null,
  live: { store: live.store, status: toStatus(live.isWell) },
  providers: providers.map(({ name, status, check }) => ({
    name,
    status,
    ...(check && { check: toCheck(check) }),
  })),
  memory: { held_bytes: memory.heldBytes, limit_bytes: memory.limitBytes },
})

const toCheck = ({ status, atMs, code }: ProviderCheck): JsonObject => ({
  status,
  at: atMs === undefined ? null : new Date(atMs).toISOString(),
  code: code ?? null,
})

const toStatus = (isWell: boolean): string => (isWell ? 'up' : 'down')
