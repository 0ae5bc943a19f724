/** Chats of several processes, in one process: one store and one hub, and a model for each of them. */
import { createReplicaCalls } from '#stores'
import { createFaultyHub, type FaultyHub } from '../stores/replicas/faulty-hub.ts'
import { chatHouse, type ChatHouse, type HouseOptions, settle } from './chat-house.ts'
import { memoryStore, type MemoryStore } from './memory-store.ts'

export interface Replica extends ChatHouse {
  readonly name: string
  /** Nothing of it reaches the store or the others any more. */
  die(): void
  /** It ends as it should: what it has is handed over. */
  end(): Promise<void>
  /** Its lease ends while it stands still. */
  freeze(): void
  /** It goes on, and learns what it has lost. */
  thaw(): void
}

export interface ReplicaHouse {
  readonly hub: FaultyHub
  readonly store: MemoryStore
  add(name: string, options?: HouseOptions): Replica
}

export const replicaHouse = (shared: HouseOptions = {}): ReplicaHouse => {
  const hub = createFaultyHub()
  const { store = memoryStore() } = shared
  return {
    hub,
    store,
    add(name, options = {}) {
      const replicas = hub.join(name)
      const calls = createReplicaCalls(replicas)
      const house = chatHouse({ ...shared, store, ...options, replicas: { replicas, calls } })
      return {
        ...house,
        name,
        die() {
          house.kill()
          hub.kill(name)
        },
        async end() {
          await house.chat.drain(0)
          await replicas.close()
        },
        freeze() {
          hub.freeze(name)
          hub.expire(name)
        },
        thaw: () => hub.thaw(name),
      }
    },
  }
}

/** Messages between processes have arrived, too. */
export const settleAll = async (): Promise<void> => {
  for (let turn = 0; turn < 6; turn++) await settle()
}
