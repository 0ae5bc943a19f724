/** Processes that reach each other through one: that of all workers, or that of a test. It knows of each end at once. */
import { randomUUID } from 'node:crypto'
import { createListeners, type Listeners } from '../listeners.ts'
import type { ReplicaListener, Replicas } from '../replicas.ts'
import { replicasUnavailable } from '../unavailable.ts'

export interface ReplicaHub {
  /** @param name of the process, if it has one already. */
  join(name?: string): Replicas
  /** Its process has ended without a goodbye. */
  end(replica: string): void
  /** It does not show that it is alive. The others take over what it owns. */
  expire(replica: string): void
  /** One that had expired is alive. It is told what it no longer owns, and whom it has to ask again. */
  comeBack(replica: string): void
}

interface Member {
  readonly listeners: Listeners
  readonly owned: Set<string>
  /** What it is told at the next turn of the loop. */
  waiting: ((listener: ReplicaListener) => void)[]
  /** What it owned when it expired. */
  takenAway?: readonly string[]
}

export const createReplicaHub = (): ReplicaHub => {
  const members = new Map<string, Member>()
  const owners = new Map<string, string>()

  const isAlive = (replica: string): boolean => {
    const member = members.get(replica)
    return member !== undefined && !member.takenAway
  }

  const living = (): string[] => [...members.keys()].filter(isAlive)

  const tell = (replica: string, what: Member['waiting'][number]): void => {
    const member = members.get(replica)
    if (member?.waiting.push(what) === 1) setImmediate(() => deliver(replica, member))
  }

  const deliver = (replica: string, member: Member): void => {
    const { waiting } = member
    member.waiting = []
    for (const what of waiting) if (members.get(replica) === member) member.listeners.tell(what)
  }

  const disown = (replica: string, { owned }: Member): string[] => {
    const names = [...owned]
    owned.clear()
    for (const name of names) owners.delete(name)
    for (const other of members.keys())
      if (other !== replica) tell(other, (listener) => listener.gone(replica))
    return names
  }

  const end = (replica: string): void => {
    const member = members.get(replica)
    if (!member) return
    members.delete(replica)
    if (!member.takenAway) disown(replica, member)
  }

  return {
    join(self = randomUUID()) {
      const member: Member = { listeners: createListeners(), owned: new Set(), waiting: [] }
      members.set(self, member)
      const isHere = (): boolean => members.get(self) === member && !member.takenAway

      return {
        self,
        async claim(name) {
          if (!isHere()) throw replicasUnavailable()
          const owner = owners.get(name)
          if (owner !== undefined) return owner
          owners.set(name, self)
          member.owned.add(name)
          return self
        },
        release(name) {
          if (member.owned.delete(name)) owners.delete(name)
        },
        async living() {
          if (!isHere()) throw replicasUnavailable()
          return living()
        },
        send(to, message) {
          if (!isHere()) return
          if (isAlive(to)) tell(to, (listener) => listener.message(self, message))
          else tell(self, (listener) => listener.gone(to))
        },
        listen: member.listeners.add,
        get isWell() {
          return isHere()
        },
        async close() {
          if (members.get(self) === member) end(self)
        },
      }
    },
    end,
    expire(replica) {
      const member = members.get(replica)
      if (member && !member.takenAway) member.takenAway = disown(replica, member)
    },
    comeBack(replica) {
      const member = members.get(replica)
      const names = member?.takenAway
      if (!names) return
      delete member.takenAway
      tell(replica, (listener) => listener.lost(names))
      for (const other of living())
        if (other !== replica) tell(replica, (listener) => listener.missed(other))
    },
  }
}
