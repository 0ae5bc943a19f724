/** The two ends of a line between processes, in one process. What is sent arrives later, as JSON, and in order. */
import { EventEmitter } from 'node:events'
import { createLink, type LineEnd, type Link } from '../../../src/workers/link.ts'

export interface Linked {
  /** The end of the first process. */
  readonly first: Link
  /** The end of a worker. */
  readonly worker: Link
  /** The first process reads nothing from now on. */
  freeze(): void
  /** It reads all that has arrived in the meantime, and goes on. */
  thaw(): void
  disconnect(): void
}

interface End extends LineEnd {
  deliver(message: unknown): void
  cut(): void
}

const createEnd = (send: (message: unknown) => void): End => {
  const events = new EventEmitter()
  let connected = true
  return {
    get connected() {
      return connected
    },
    send(message, _handle, _options, done) {
      send(JSON.parse(JSON.stringify(message)))
      done()
      return true
    },
    on: (name, listener) => events.on(name, listener),
    once: (name, listener) => events.once(name, listener),
    deliver: (message) => setImmediate(() => events.emit('message', message)),
    cut() {
      connected = false
      events.emit('disconnect')
    },
  }
}

export const linkForTest = (): Linked => {
  let frozen: unknown[] | undefined
  const first: End = createEnd((message) => worker.deliver(message))
  const worker: End = createEnd((message) => {
    if (frozen) frozen.push(message)
    else first.deliver(message)
  })
  return {
    first: createLink(first),
    worker: createLink(worker),
    freeze: () => void (frozen = []),
    thaw() {
      for (const message of frozen ?? []) first.deliver(message)
      frozen = undefined
    },
    disconnect() {
      first.cut()
      worker.cut()
    },
  }
}
