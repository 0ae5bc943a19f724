/** Answers whether the process is alive, and to an admin what is known of all that it depends on. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AdminAccess } from '#access'
import type { JsonObject } from '#model'
import type { Backends, ProviderCheck } from '#telemetry'
import { sendJson } from '../send-answer.ts'
import { combineStates, type ProcessState, stateOfProcess } from './process-state.ts'

export interface HealthOptions {
  readonly admin: AdminAccess
  readonly backends: () => Backends
  /** Asks all workers, this one included. Absent: there is one process only. */
  readonly gatherStates?: (() => Promise<readonly ProcessState[]>) | undefined
}

/** Nobody is refused: with a wrong key it is the answer for everybody. */
export const answerHealth = async (
  { admin, backends, gatherStates }: HealthOptions,
  request: IncomingMessage,
  response: ServerResponse,
  headers: readonly string[],
): Promise<void> => {
  const own = stateOfProcess(backends())
  const states = await gatherStates?.().catch(() => [own])
  const [first = own, ...others] = states ?? []
  const state = others.reduce(combineStates, first)
  const { rss, heapTotal, heapUsed } = state.memory
  sendJson(response, 200, headers, {
    status: 'ok',
    timestamp: new Date().toISOString(),
    uptime: state.uptime,
    memory: { rss, heap_total: heapTotal, heap_used: heapUsed },
    ...(states ? { workers: states.length } : {}),
    ...(admin.isAdmin(request.headers) ? { backends: toJson(state.backends) } : {}),
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
