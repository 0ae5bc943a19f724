/** Processes in one process, which a test may kill, freeze and cut off. */
import { createReplicaHub, type ReplicaListener, type Replicas } from '#stores'

export interface FaultyHub {
  join(name?: string): Replicas
  /** Without a goodbye. Nothing of it arrives from now on, and it hears nothing. */
  kill(replica: string): void
  /** It hears nothing, and what it sends waits. Its lease lives: see `expire`. */
  freeze(replica: string): void
  /** It hears what has arrived in the meantime. If its lease has ended, it hears of that instead. */
  thaw(replica: string): void
  /** Its lease ends: others are told that it is gone, and may own what it owns. `thaw` brings it back. */
  expire(replica: string): void
  /** The next `count` messages from one to another do not arrive, and the receiver is told that it missed some. 0: all do. */
  drop(from: string, to: string, count?: number): void
}

interface Member {
  readonly listeners: Set<ReplicaListener>
  isFrozen: boolean
  /** What waits while it is frozen. */
  heard: ((listener: ReplicaListener) => void)[]
  unsent: (() => void)[]
}

export const createFaultyHub = (): FaultyHub => {
  const hub = createReplicaHub()
  const members = new Map<string, Member>()
  const expired = new Set<string>()
  const drops = new Map<string, number>()
  /** Lines on which something was dropped that the receiver has not been told of. */
  const unnoticed = new Set<string>()

  const tell = (member: Member, what: Member['heard'][number]): void => {
    if (member.isFrozen) member.heard.push(what)
    else for (const listener of member.listeners) what(listener)
  }

  const release = (member: Member): void => {
    member.isFrozen = false
    for (const what of member.heard.splice(0)) tell(member, what)
    for (const send of member.unsent.splice(0)) send()
  }

  /** Whether it is the last one that is dropped; undefined if it arrives. */
  const dropped = (line: string): boolean | undefined => {
    const left = drops.get(line)
    if (left === undefined) return undefined
    if (left > 1) {
      drops.set(line, left - 1)
      unnoticed.add(line)
    } else {
      drops.delete(line)
      unnoticed.delete(line)
    }
    return left <= 1
  }

  const listenTo = (replicas: Replicas, member: Member): void => {
    replicas.listen({
      message(from, message) {
        const isLast = dropped(`${from} ${replicas.self}`)
        if (isLast === undefined) tell(member, (listener) => listener.message(from, message))
        else if (isLast) tell(member, (listener) => listener.missed(from))
      },
      missed: (from) => tell(member, (listener) => listener.missed(from)),
      gone: (replica) => tell(member, (listener) => listener.gone(replica)),
      lost: (names) => tell(member, (listener) => listener.lost(names)),
    })
  }

  return {
    join(name) {
      const inner = hub.join(name)
      const member: Member = { listeners: new Set(), isFrozen: false, heard: [], unsent: [] }
      members.set(inner.self, member)
      listenTo(inner, member)
      return {
        self: inner.self,
        claim: (claimed) => inner.claim(claimed),
        release: (released) => inner.release(released),
        living: () => inner.living(),
        send(to, message) {
          if (member.isFrozen) member.unsent.push(() => inner.send(to, message))
          else inner.send(to, message)
        },
        listen(listener) {
          const own = { ...listener }
          member.listeners.add(own)
          return () => void member.listeners.delete(own)
        },
        get isWell() {
          return inner.isWell
        },
        close: () => inner.close(),
      }
    },
    kill(replica) {
      members.get(replica)?.listeners.clear()
      hub.end(replica)
    },
    freeze(replica) {
      const member = members.get(replica)
      if (member) member.isFrozen = true
    },
    thaw(replica) {
      const member = members.get(replica)
      if (!member) return
      if (expired.delete(replica)) {
        // What was sent to a dead process is not there any more, and what it wanted to say is about its past.
        member.heard.length = 0
        member.unsent.length = 0
        hub.comeBack(replica)
      }
      release(member)
    },
    expire(replica) {
      expired.add(replica)
      hub.expire(replica)
    },
    drop(from, to, count = 1) {
      const line = `${from} ${to}`
      const member = members.get(to)
      drops.delete(line)
      if (count > 0) drops.set(line, count)
      else if (unnoticed.delete(line) && member) tell(member, (listener) => listener.missed(from))
    },
  }
}
