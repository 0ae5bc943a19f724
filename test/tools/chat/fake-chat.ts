/** A chat in memory, which answers every message with its own words, as a door sees it. */
import { scopeOf } from '#access'
import type { Chat, JoinedSession, SessionReader, Visitor } from '#chat'
import {
  type CommandOutcome,
  GatewayError,
  type LogEvent,
  type SessionCommand,
  type SessionMessage,
  type StampedEvent,
} from '#model'
import { type Position, writePosition } from '#runs'
import { createFakeResources } from './fake-resources.ts'
import { createFakeUploads } from './fake-uploads.ts'

interface FakeSession {
  readonly id: string
  readonly owner: string
  readonly messages: SessionMessage[]
  /** Those that were given, by whom. */
  readonly commands: [SessionCommand, Visitor][]
  readonly position: Position
  /** Connections that have joined and not left. */
  readonly joined: number
  /** Those of them that are sent events. */
  readonly readers: number
  /** How often one began to read. */
  readonly begun: number
  append(event: LogEvent): void
  /** Forgets the events, so that a reader that comes later gets a snapshot. */
  forget(): void
  /** Another process takes the log over, without its last events. */
  takeOver(lost: number): void
  /** Sends every reader away. */
  sendAway(reason: GatewayError): void
}

export interface FakeChat extends Chat {
  readonly sessions: ReadonlyMap<string, FakeSession>
  /** The only one, whatever its id. */
  only(): FakeSession
  /** What the next command fails with. */
  failNext(error: Error): void
}

export const NO_COST = {
  model: 'fake',
  total_tokens: 0,
  prompt_tokens: 0,
  completion_tokens: 0,
  cached_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  total_cost: null,
  estimated: true,
}

/** An answer to this does not end. */
export const HOLD = 'hold'

const MAX_PENDING = 1_000

const notFound = (): GatewayError =>
  new GatewayError('not_found', 'There is no session of this id.', { param: 'session_id' })

/** @param slowMs for how long a reader may be behind. */
export const createFakeChat = ({ slowMs = 5_000 } = {}): FakeChat => {
  const sessions = new Map<string, FakeSession & { join(isNew: boolean): JoinedSession }>()
  let failure: Error | undefined
  let made = 0

  const toKey = ({ caller }: Visitor, id: string): string => `${scopeOf(caller)} ${id}`
  const find = (visitor: Visitor, id: string) => {
    const found = sessions.get(toKey(visitor, id))
    if (!found) throw notFound()
    return found
  }
  const create = (visitor: Visitor, id = `ses_${made++}`) => {
    const session = createFakeSession(id, scopeOf(visitor.caller), slowMs, () => {
      const thrown = failure
      failure = undefined
      if (thrown) throw thrown
    })
    sessions.set(toKey(visitor, id), session)
    return session
  }

  return {
    sessions,
    only: () => [...sessions.values()][0] ?? expectSession(),
    failNext: (error) => void (failure = error),
    async join(visitor, { id, creates }) {
      await Promise.resolve()
      if (id === undefined) return create(visitor).join(true)
      const known = sessions.get(toKey(visitor, id))
      if (known) return known.join(false)
      if (!creates || id.startsWith('ses_')) throw notFound()
      return create(visitor, id).join(true)
    },
    resources: createFakeResources({
      create,
      find,
      list: ({ caller }) => [...sessions.values()].filter(({ owner }) => owner === scopeOf(caller)),
      remove(visitor, id) {
        const session = find(visitor, id)
        sessions.delete(toKey(visitor, id))
        session.sendAway(notFound())
      },
    }),
    uploads: createFakeUploads(),
    running: 0,
    drain: () => Promise.resolve(),
  }
}

const expectSession = (): never => {
  throw new Error('there is no session')
}

interface Following {
  readonly reader: SessionReader
  seq: number
  isReady: boolean
  isGone: boolean
  behindSince: number | undefined
}

const createFakeSession = (id: string, owner: string, slowMs: number, check: () => void) => {
  let events: StampedEvent[] = []
  const messages: SessionMessage[] = []
  const commands: [SessionCommand, Visitor][] = []
  const readers = new Set<Following>()
  const given = new Map<string, CommandOutcome>()
  let epoch = 1
  let seq = 0
  let firstKept = 1
  let activeRun: string | undefined
  let joined = 0
  let begun = 0
  let count = 0

  const at = (): Position => ({ epoch, seq })
  /** The answer in progress is the last message. */
  const shown = (): readonly SessionMessage[] => {
    if (activeRun === undefined) return [...messages]
    const answer = toMessage(`msg_${activeRun}`, 'assistant', '')
    return [...messages, { ...answer, run_id: activeRun, status: 'running' }]
  }
  const pump = (each: Following): void => {
    if (each.isGone) return
    const waiting = events.filter((event) => event.seq > each.seq)
    if (each.isReady && waiting.length > 0) {
      each.seq = seq
      each.isReady = each.reader.take(waiting)
    }
    each.behindSince =
      events.length === 0 || each.seq === seq ? undefined : (each.behindSince ?? Date.now())
    const pending = seq - each.seq
    if (pending > MAX_PENDING && Date.now() - (each.behindSince ?? Date.now()) >= slowMs) {
      each.isGone = true
      readers.delete(each)
      each.reader.end(new GatewayError('client_stalled', 'Too slow.'), { epoch, seq: each.seq })
    }
  }
  const append = (event: LogEvent): void => {
    events.push({ seq: ++seq, epoch, at: Date.now(), event })
    for (const each of readers) pump(each)
  }
  const endRun = (status: 'done' | 'cancelled', result: string): void => {
    const run_id = activeRun ?? ''
    activeRun = undefined
    append({
      type: 'run_end',
      run_id,
      message_id: `msg_${run_id}`,
      status,
      result,
      finish_reason: 'stop',
      cost_summary: NO_COST,
    })
  }
  const run = (content: string): string => {
    const run_id = `run_${count}`
    activeRun = run_id
    const message_id = `msg_${run_id}`
    append({ type: 'run_start', run_id, message_id, parent_id: null, model: 'fake' })
    append({ type: 'part_start', run_id, part: 0, kind: 'text' })
    if (content === HOLD) return run_id
    const pieces = content.split(/(?<= )/)
    pieces.forEach((token, index) =>
      append({ type: 'token', run_id, part: 0, token, token_count: index + 1, cost: null }),
    )
    messages.push(toMessage(message_id, 'assistant', content))
    endRun('done', content)
    return run_id
  }
  const send = (content: string, client?: string): CommandOutcome => {
    const position = writePosition(at())
    const message_id = `msg_${count++}`
    messages.push(toMessage(message_id, 'user', content))
    append({
      type: 'user_message',
      message_id,
      parent_id: null,
      content,
      ...(client !== undefined && { client_message_id: client }),
    })
    return { status: 'started', message_id, run_id: run(content), position }
  }
  const cancel = (): CommandOutcome => {
    const position = writePosition(at())
    const run_id = activeRun
    if (run_id === undefined) return { status: 'nothing_to_cancel', position }
    endRun('cancelled', '')
    return { status: 'done', run_id, position }
  }
  const obey = (command: SessionCommand): CommandOutcome => {
    if (command.type === 'cancel') return cancel()
    if (command.type !== 'message') return { status: 'done', position: writePosition(at()) }
    const { client_message_id: client, content } = command
    const earlier = client === undefined ? undefined : given.get(client)
    if (earlier) return { ...earlier, status: 'repeated' }
    if (activeRun !== undefined)
      throw new GatewayError('conflict', 'A run is in progress.', { vendorCode: 'session_busy' })
    const outcome = send(content, client)
    if (client !== undefined) given.set(client, outcome)
    return outcome
  }

  const follow: JoinedSession['follow'] = async (position, reader) => {
    begun++
    await Promise.resolve()
    const each: Following = {
      reader,
      seq: Math.min(position?.seq ?? seq, seq),
      isReady: true,
      isGone: false,
      behindSince: undefined,
    }
    if (position && position.seq > seq)
      reader.take([{ event: { type: 'rewind', to: writePosition(at()) } }])
    if (each.seq < firstKept - 1) {
      each.seq = seq
      reader.take([
        { event: { type: 'snapshot', messages: shown(), position: writePosition(at()) } },
      ])
    }
    readers.add(each)
    pump(each)
    return {
      get position() {
        return { epoch, seq: each.seq }
      },
      resume() {
        each.isReady = true
        pump(each)
      },
      stop() {
        each.isGone = true
        readers.delete(each)
      },
    }
  }

  return {
    id,
    owner,
    messages,
    commands,
    append,
    get position() {
      return at()
    },
    get joined() {
      return joined
    },
    get begun() {
      return begun
    },
    get readers() {
      return readers.size
    },
    forget() {
      events = []
      firstKept = seq + 1
    },
    takeOver(lost: number) {
      epoch++
      seq -= lost
      events = events.slice(0, events.length - lost)
      for (const each of readers) {
        each.seq = Math.min(each.seq, seq)
        each.reader.take([{ event: { type: 'rewind', to: writePosition(at()) } }])
      }
    },
    sendAway(reason: GatewayError) {
      for (const each of readers) {
        each.isGone = true
        readers.delete(each)
        each.reader.end(reason, at())
      }
    },
    join(isNew: boolean): JoinedSession {
      joined++
      let hasLeft = false
      return {
        id,
        isNew,
        head: null,
        get position() {
          return at()
        },
        get activeRun() {
          return activeRun
        },
        history: async () => shown(),
        snapshot: async () => ({ messages: shown(), position: at() }),
        follow,
        async command(command, by) {
          await Promise.resolve()
          check()
          commands.push([command, by])
          return obey(command)
        },
        leave() {
          if (!hasLeft) joined--
          hasLeft = true
        },
      }
    },
  }
}

const toMessage = (
  message_id: string,
  role: 'user' | 'assistant',
  content: string,
): SessionMessage => ({
  message_id,
  parent_id: null,
  role,
  content,
  parts: [{ kind: 'text', text: content }],
  status: 'done',
  created_at: new Date(0).toISOString(),
})
