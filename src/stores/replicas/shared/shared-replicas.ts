/** The workers of one program, as one of them sees them: through the process that started them. */
import { randomUUID } from 'node:crypto'
import { createHealth } from '../../live/health.ts'
import { createPatience } from '../../live/patience.ts'
import type { LivePort } from '../../live/shared/live-port.ts'
import { createListeners } from '../listeners.ts'
import { RENEW_MS, type Replicas } from '../replicas.ts'
import { replicasUnavailable } from '../unavailable.ts'

/** What a call may wait for the first process. */
const BUDGET_MS = 1_000

/** How long a message may wait for others. */
const BATCH_MS = 5

const STORE = 'the first process'

export const createSharedReplicas = (port: LivePort): Replicas => {
  const self = randomUUID()
  const listeners = createListeners()
  const patience = createPatience(BUDGET_MS, STORE)
  const owned = new Set<string>()
  let waiting: string[] = []
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  port.tell('replicas.join', self)
  // The live state on the same line reports what is wrong with it.
  const health = createHealth({
    store: STORE,
    probe: () => patience.within(port.ask('replicas.probe')),
    onRecovery: () => undefined,
    log: undefined,
  })
  void health.ask()
  const beat = setInterval(() => port.tell('replicas.alive'), RENEW_MS).unref()

  const tell: typeof listeners.tell = (what) => {
    if (!isClosed) listeners.tell(what)
  }

  port.on('replicas.message', ([from, message]) =>
    tell((listener) => listener.message(String(from), String(message))),
  )
  port.on('replicas.missed', ([from]) => tell((listener) => listener.missed(String(from))))
  port.on('replicas.gone', ([replica]) => tell((listener) => listener.gone(String(replica))))
  port.on('replicas.lost', ([names]) => {
    owned.clear()
    const lost = names as readonly string[]
    if (lost.length > 0) tell((listener) => listener.lost(lost))
  })

  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (waiting.length > 0) port.tell('replicas.send', waiting)
    waiting = []
  }

  /** @throws GatewayError `store_unavailable` */
  const ask = async (
    name: string,
    value?: string,
    late?: (answer: unknown) => void,
  ): Promise<unknown> => {
    await health.ready()
    if (!health.isWell || isClosed) throw replicasUnavailable()
    flush()
    try {
      return await patience.within(port.ask(`replicas.${name}`, value), late)
    } catch (error) {
      health.fail(error as Error)
      throw replicasUnavailable()
    }
  }

  return {
    self,
    async claim(name) {
      const owner = await ask('claim', name, (late) => {
        if (late === self && !owned.has(name)) port.tell('replicas.release', name)
      })
      if (owner === self) owned.add(name)
      return String(owner)
    },
    release(name) {
      if (owned.delete(name)) port.tell('replicas.release', name)
    },
    living: async () => (await ask('living')) as readonly string[],
    send(to, message) {
      if (isClosed) return
      if (to === self) {
        setImmediate(() => tell((listener) => listener.message(self, message)))
        return
      }
      waiting.push(to, message)
      timer ??= setTimeout(flush, BATCH_MS).unref()
    },
    listen: listeners.add,
    get isWell() {
      return health.isWell && !isClosed
    },
    async close() {
      if (isClosed) return
      flush()
      isClosed = true
      health.close()
      clearInterval(beat)
      port.tell('replicas.close')
    },
  }
}
