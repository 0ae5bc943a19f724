/** What the HTTP door makes of a configuration, once. */
import { type ConnectionAccess, createConnectionAccess, type MemoryAccount } from '#access'
import { createBodyMemory } from '../bodies/body-memory.ts'
import { type BodyReader, createBodyReader } from '../bodies/request-body.ts'
import type { Serving } from './serving.ts'

export interface Entrance {
  readonly serving: Serving
  readonly bodies: BodyReader
  readonly authenticate: ConnectionAccess
}

/** @returns that of the current configuration. */
export const createEntrance = (current: () => Serving, memory: MemoryAccount): (() => Entrance) => {
  const bodyMemory = createBodyMemory()
  const make = (serving: Serving): Entrance => ({
    serving,
    bodies: createBodyReader(serving.limits, memory, bodyMemory),
    authenticate: createConnectionAccess(serving.gateway.authenticate),
  })
  let last = make(current())
  return () => {
    const serving = current()
    if (serving !== last.serving) last = make(serving)
    return last
  }
}
