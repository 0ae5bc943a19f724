/** A chat with a scripted model and a store in memory, and readers that keep what they are sent. */
import { afterEach } from 'vitest'
import { ANONYMOUS, type Caller, fromSentCaller } from '#access'
import {
  type ChatOptions,
  type ChatSettings,
  createChat,
  DEFAULT_CHAT,
  type JoinedSession,
  type ServedChat,
  type SessionFollowing,
  type Visitor,
} from '#chat'
import type { CommandOutcome, GatewayError, SentEvent, SessionCommand } from '#model'
import { type Position, readPosition } from '#runs'
import { createLiveStore } from '#stores'
import { memoryStore, type MemoryStore } from './memory-store.ts'
import { scriptedModel, type ScriptedModel } from './scripted-model.ts'

const open: ServedChat[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((chat) => chat.drain(0)))
})

export const visitor = (caller: Caller = ANONYMOUS, requestId = 'r1'): Visitor => ({
  caller,
  network: undefined,
  requestId,
  route: 'WS /ws/session/{id}',
})

export interface ChatHouse {
  readonly chat: ServedChat
  readonly store: MemoryStore
  readonly model: ScriptedModel
  /** What went wrong, as the operator is told. */
  readonly faults: readonly string[]
  /** The process is gone: nothing that it does reaches the store. */
  kill(): void
  /** Another process takes over: nothing of this one is told of it. */
  restart(options?: HouseOptions): ChatHouse
  join(id?: string, caller?: Caller): Promise<Visit>
}

export type HouseOptions = Partial<ChatOptions> & {
  readonly set?: Partial<ChatSettings>
  readonly store?: MemoryStore
  readonly model?: ScriptedModel
}

export const chatHouse = (options: HouseOptions = {}): ChatHouse => {
  const { set, store = memoryStore(), model = scriptedModel(), ...rest } = options
  const faults: string[] = []
  let isKilled = false
  const reached = new Proxy(store, {
    get(target, name: keyof MemoryStore) {
      const value = target[name]
      if (typeof value !== 'function') return value
      const call = value as (...args: unknown[]) => unknown
      return (...args: unknown[]) => (isKilled ? new Promise(() => undefined) : call(...args))
    },
  })
  const chat = createChat({
    store: reached,
    hasStored: () => Promise.resolve(true),
    ask: model.ask,
    settleLost: model.settleLost,
    live: createLiveStore(),
    settings: () => ({ ...DEFAULT_CHAT, model: 'm', ...set }),
    findCaller: (sent) =>
      fromSentCaller(sent, {
        findHolder: (id) => (id === ANONYMOUS.id ? ANONYMOUS : undefined),
        acceptsTokens: true,
      }),
    log: {
      debug: () => undefined,
      warn: (fields, message) => void faults.push(`${message} ${JSON.stringify(fields)}`),
      error: (fields, message) =>
        void faults.push(`${message} ${String((fields as { error?: unknown }).error)}`),
    },
    ...rest,
  })
  open.push(chat)
  return {
    chat,
    store,
    model,
    faults,
    kill() {
      isKilled = true
      // Nothing of it ends any more.
      open.splice(open.indexOf(chat), 1)
    },
    restart: (again = {}) => chatHouse({ ...options, store, model: scriptedModel(), ...again }),
    async join(id = 's', caller = ANONYMOUS) {
      return toVisit(await chat.join(visitor(caller), { id, creates: true }), caller)
    },
  }
}

export interface Visit {
  readonly session: JoinedSession
  command(command: SessionCommand): Promise<CommandOutcome>
  say(content: string, more?: object): Promise<CommandOutcome>
  read(position?: string): Promise<Reading>
}

export const toVisit = (session: JoinedSession, caller: Caller): Visit => {
  const command = (asked: SessionCommand) => session.command(asked, visitor(caller))
  return {
    session,
    command,
    say: (content, more = {}) => command({ type: 'message', content, ...more }),
    read: (position) =>
      readSession(session, position === undefined ? undefined : readPosition(position)),
  }
}

export interface Reading {
  readonly sent: SentEvent[]
  readonly following: SessionFollowing
  /** Takes no more until it is opened again. */
  isFull: boolean
  ended: { readonly reason: GatewayError; readonly position: Position } | undefined
  readonly types: readonly string[]
  /** All tokens, joined. */
  readonly text: string
}

export const readSession = async (
  session: JoinedSession,
  position: Position | undefined,
  onSent: (events: readonly SentEvent[]) => void = () => undefined,
): Promise<Reading> => {
  const sent: SentEvent[] = []
  const place: { following?: SessionFollowing } = {}
  const reading: Reading = {
    sent,
    isFull: false,
    ended: undefined,
    get following() {
      if (!place.following) throw new Error('it does not read yet')
      return place.following
    },
    get types() {
      return sent.map(({ event }) => event.type)
    },
    get text() {
      return sent.map(({ event }) => (event.type === 'token' ? event.token : '')).join('')
    },
  }
  place.following = await session.follow(position, {
    take(events) {
      sent.push(...events)
      onSent(events)
      return !reading.isFull
    },
    end: (reason, at) => void (reading.ended = { reason, position: at }),
  })
  return reading
}

/** What has been asked for has happened, as far as no timer is needed. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => void setImmediate(resolve))
}
