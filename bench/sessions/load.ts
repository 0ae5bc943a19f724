/** The clients of the sessions, in a process of their own. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerCommands, nowMs } from '../worker.ts'
import { type DoorOfMember, type Member, openMember } from './member.ts'
import { createCaller, openSocket, type Reader } from './readers.ts'
import { runStops } from './stops/run-stops.ts'

type Place = {
  /** Of the processes that serve: members are spread over them. */
  ports: number[]
  door: DoorOfMember
  /** The first part of the names of the sessions. */
  prefix: string
  sessions: number
  /** The readers of each session. With two processes, they are on both. */
  readers: number
}

/** As many members connect in a second, and as many ask. */
const OPENED_PER_SECOND = 100
const ASKED_PER_SECOND = 500
/** A server that is busy may refuse a connection. */
const MOST_TRIES = 8
const AGAIN_MS = 1000
const CONNECTIONS = 32
/** Each address has ports of its own. */
const ADDRESSES = 8
const USERS = 20

let place: Place | undefined
let members: Member[] = []
let callers: ReturnType<typeof createCaller>[] = []
let idle: Reader[] = []
let lost = 0

const pace = async (perSecond: number, count: number, act: (at: number) => void): Promise<void> => {
  const startedMs = nowMs()
  for (let done = 0; done < count;) {
    const due = Math.min(count, Math.ceil(((nowMs() - startedMs) / 1000) * perSecond))
    while (done < due) act(done++)
    await sleep(2)
  }
}

const patiently = async (open: () => Promise<void>, triesLeft = MOST_TRIES): Promise<void> => {
  try {
    await open()
  } catch (error) {
    if (triesLeft === 0) throw error
    await sleep(AGAIN_MS)
    await patiently(open, triesLeft - 1)
  }
}

const toAddress = (at: number): string => `127.0.0.${2 + (at % ADDRESSES)}`

const toSession = ({ prefix }: Place, at: number): string => `${prefix}-${at}`

const openAll = async (wanted: Place): Promise<void> => {
  place = wanted
  const { ports, door, sessions, readers } = wanted
  callers = ports.map((port) => createCaller(port, CONNECTIONS))
  members = []
  if (door === 'stream') return
  if (door === 'events') {
    const made: Promise<unknown>[] = []
    await pace(OPENED_PER_SECOND, sessions, (at) => {
      made.push(callers[0]!.ask('/api/sessions', { id: toSession(wanted, at) }))
    })
    await Promise.all(made)
  }
  const ready: Promise<void>[] = []
  await pace(OPENED_PER_SECOND, sessions * readers, (at) => {
    const name = toSession(wanted, at % sessions)
    // The readers of one session are spread, too.
    const port = ports[(Math.floor(at / sessions) + at) % ports.length]!
    const path = door === 'socket' ? `/ws/session/${name}` : `/api/sessions/${name}/events`
    ready.push(
      patiently(async () => {
        const member = openMember(name, door, { port, path, from: toAddress(at) })
        members[at] = member
        await member.reader.ready
      }),
    )
  })
  await Promise.all(ready)
}

/** Every session asks once. @returns when the first and the last one did. */
const askAll = async (asked: { round: string; tokens: number; perSecond: number }) => {
  const { ports, door, sessions } = place!
  const { round, tokens, perSecond } = asked
  for (const member of members) {
    member.text = ''
    member.hasEnded = false
    member.delays = []
  }
  const failures: Promise<unknown>[] = []
  if (door === 'stream') {
    for (const { reader } of members.splice(0)) reader.close()
  }
  await pace(ASKED_PER_SECOND, sessions, (at) => {
    const name = toSession(place!, at)
    const content = `ask-${name}.${round} tokens=${tokens} pace=${perSecond}`
    if (door === 'stream') {
      const target = { port: ports[at % ports.length]!, path: '/chat/stream', from: toAddress(at) }
      members.push(openMember(name, door, target, { message: content, session_id: name }))
    } else if (door === 'socket')
      members[at]!.reader.send(Buffer.from(JSON.stringify({ type: 'message', content })))
    else
      failures.push(
        callers[at % callers.length]!.ask(`/api/sessions/${name}/messages`, { content }),
      )
  })
  await Promise.all(failures)
}

const at = (sorted: Float64Array, share: number): number =>
  sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN

const toDelays = (of: readonly Member[]) => {
  const sorted = Float64Array.from(of.flatMap(({ delays }) => delays)).toSorted()
  return { count: sorted.length, p50: at(sorted, 0.5), p99: at(sorted, 0.99), max: at(sorted, 1) }
}

const isOpen = ({ hasEnded, fault }: Member): boolean => !hasEnded && fault === undefined

const commands = {
  openAll,
  askAll,
  received: () => members.reduce((sum, { delays }) => sum + delays.length, 0),
  /** Waits until every member has the end of its answer. @returns how many have not, and what was wrong with some. */
  async awaitEnds({ maxMs }: { maxMs: number }) {
    const until = nowMs() + maxMs
    while (nowMs() < until && members.some(isOpen)) await sleep(20)
    const faults = members.flatMap(({ fault, name }) =>
      fault === undefined ? [] : [`${name}: ${fault}`],
    )
    return { open: members.filter(isOpen).length, faults: faults.slice(0, 3) }
  },
  /** @returns of every member: which session, and the digest of its text. */
  texts: () =>
    members.map(({ name, text }) => [name, createHash('sha1').update(text).digest('base64')]),
  delays: () => toDelays(members),
  closeAll() {
    for (const { reader } of members.splice(0)) reader.close()
    for (const caller of callers.splice(0)) caller.close()
    for (const socket of idle.splice(0)) socket.close()
  },
  /** Opens sockets that do nothing, each in a session of its own. */
  async openIdle({ port, count }: { port: number; count: number }) {
    const ready: Promise<void>[] = []
    await pace(OPENED_PER_SECOND * 2, count, (index) => {
      const target = {
        port,
        path: `/ws/session/idle-${index}`,
        from: toAddress(index),
        user: `user-${index % USERS}`,
      }
      ready.push(
        patiently(async () => {
          const socket = openSocket(
            target,
            () => undefined,
            () => void lost++,
          )
          idle.push(socket)
          await socket.ready
        }),
      )
    })
    const settled = await Promise.allSettled(ready)
    const refused = settled.find((each) => each.status === 'rejected')
    if (refused) throw new Error(`a socket was not opened: ${refused.reason}`)
  },
  lostIdle: () => lost,
  runStops,
}

export type SessionLoadCommands = typeof commands

answerCommands(commands)
