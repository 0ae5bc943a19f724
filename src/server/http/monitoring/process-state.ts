/** What one process says of itself, and several of them together. */
import type { Backends, ProviderCheck, ProviderState } from '#telemetry'

export interface ProcessState {
  /** In seconds. */
  readonly uptime: number
  readonly memory: { readonly rss: number; readonly heapTotal: number; readonly heapUsed: number }
  readonly backends: Backends
}

export const stateOfProcess = (backends: Backends): ProcessState => {
  const { rss, heapTotal, heapUsed } = process.memoryUsage()
  return { uptime: process.uptime(), memory: { rss, heapTotal, heapUsed }, backends }
}

/** A store is well if it is well for every process. */
export const combineStates = (a: ProcessState, b: ProcessState): ProcessState => ({
  uptime: Math.max(a.uptime, b.uptime),
  memory: {
    rss: a.memory.rss + b.memory.rss,
    heapTotal: a.memory.heapTotal + b.memory.heapTotal,
    heapUsed: a.memory.heapUsed + b.memory.heapUsed,
  },
  backends: {
    ledger: a.backends.ledger && {
      ...a.backends.ledger,
      isWell: a.backends.ledger.isWell && (b.backends.ledger?.isWell ?? true),
      waitingRows: a.backends.ledger.waitingRows + (b.backends.ledger?.waitingRows ?? 0),
    },
    live: { ...a.backends.live, isWell: a.backends.live.isWell && b.backends.live.isWell },
    providers: a.backends.providers.map((provider) =>
      combineProviders(provider, b.backends.providers),
    ),
    memory: {
      heldBytes: a.backends.memory.heldBytes + b.backends.memory.heldBytes,
      limitBytes: a.backends.memory.limitBytes + b.backends.memory.limitBytes,
    },
  },
})

/** The worst that is known, and the last check that any process has made. */
const combineProviders = (own: ProviderState, others: readonly ProviderState[]): ProviderState => {
  const other = others.find((each) => each.name === own.name)
  if (!other) return own
  const check = later(own.check, other.check)
  return { name: own.name, status: worse(own.status, other.status), ...(check && { check }) }
}

const worse = (a: ProviderState['status'], b: ProviderState['status']): ProviderState['status'] => {
  if (a === 'down' || b === 'down') return 'down'
  return a === 'unknown' ? b : a
}

const later = (
  a: ProviderCheck | undefined,
  b: ProviderCheck | undefined,
): ProviderCheck | undefined => ((b?.atMs ?? 0) > (a?.atMs ?? 0) ? b : (a ?? b))
