/** The workers of one program, in the process that started them. Each is served on its own line. */
import type { LivePort } from '../../live/shared/live-port.ts'
import { createReplicaHub } from '../hub/replica-hub.ts'
import { LEASE_MS, type Replicas } from '../replicas.ts'

export interface ReplicaHost {
  /** @returns what ends it: the process of the worker is gone. */
  serve(port: LivePort): () => void
}

/** How often it looks who has said nothing. */
const LOOK_MS = 1_000

interface Worker {
  replicas: Replicas | undefined
  /**
   * How often this process has looked since it heard the worker last. Not the time: while this process is stopped it hears
   * nobody.
   */
  looks: number
}

export const createReplicaHost = (): ReplicaHost => {
  const hub = createReplicaHub()
  const workers = new Set<Worker>()

  const look = (): void => {
    for (const worker of workers)
      if (worker.replicas && ++worker.looks === LEASE_MS / LOOK_MS) hub.expire(worker.replicas.self)
  }
  setInterval(look, LOOK_MS).unref()

  return {
    serve(port) {
      const worker: Worker = { replicas: undefined, looks: 0 }
      workers.add(worker)

      const join = (self: string): void => {
        worker.replicas = hub.join(self)
        worker.replicas.listen({
          message: (from, message) => port.tell('replicas.message', from, message),
          missed: (from) => port.tell('replicas.missed', from),
          gone: (replica) => port.tell('replicas.gone', replica),
          lost: (names) => port.tell('replicas.lost', names),
        })
      }

      const methods: Readonly<Record<string, (...values: never[]) => unknown>> = {
        join,
        probe: () => true,
        alive: () => undefined,
        claim: (name: string) => worker.replicas?.claim(name),
        release: (name: string) => worker.replicas?.release(name),
        living: () => worker.replicas?.living(),
        /** Receivers and messages by turns. */
        send(items: readonly string[]) {
          for (let at = 0; at < items.length; at += 2)
            worker.replicas?.send(items[at] ?? '', items[at + 1] ?? '')
        },
        close: () => worker.replicas?.close(),
      }
      for (const [name, method] of Object.entries(methods))
        port.on(`replicas.${name}`, (values) => {
          worker.looks = 0
          const answer = method(...(values as never[]))
          // What it has said before is about its past: now it learns what it has lost.
          if (worker.replicas) hub.comeBack(worker.replicas.self)
          return answer
        })

      return () => {
        workers.delete(worker)
        if (worker.replicas) hub.end(worker.replicas.self)
      }
    },
  }
}
