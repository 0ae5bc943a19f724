/** The chat of this process: its sessions outlive every configuration, and each run uses the one that holds when it begins. */
import {
  type Chat,
  CHAT_NEEDS_ONE_PROCESS,
  createChat,
  createSessionStore,
  createStreamedStore,
  createUnservedChat,
  DEFAULT_CHAT,
} from '#chat'
import { createLogStreams, createRows, type LiveStore } from '#stores'
import type { Log } from '#telemetry'
import type { Books } from '#usage'
import type { FirstProcess } from '../app.ts'
import type { Generation } from '../generation.ts'
import type { AppOptions } from '../options.ts'
import { toSampleModel } from './sample-model.ts'

export interface ChatHere {
  readonly chat: Chat
  start(): void
  /** After the drain. */
  close(): Promise<void>
}

interface ChatHereOptions {
  readonly place: AppOptions['rows']
  /** Where the events of sessions are. It may contain a password. */
  readonly redisUrl?: string | undefined
  readonly live: LiveStore
  readonly log: Log
  readonly current: () => Pick<Generation, 'access' | 'gateway' | 'options'>
  readonly first: FirstProcess | undefined
}

export const createChatHere = (options: ChatHereOptions): ChatHere =>
  options.first ? createElsewhere(options.log, options.first) : createHere(options)

const createHere = ({ place, redisUrl, live, log, current }: ChatHereOptions): ChatHere => {
  const rows = createRows(place)
  // Events would be of no use without the rows of their sessions, which end with this process if they have no place.
  const streams = place && redisUrl !== undefined ? createLogStreams({ redisUrl, log }) : undefined
  const inRows = createSessionStore(rows)
  const chat = createChat({
    store: streams ? createStreamedStore(inRows, streams) : inRows,
    // What is in memory ends with the process that has it.
    hasStored: place ? rows.exist : () => Promise.resolve(false),
    ask: (call, listener) => current().gateway.ask(call, listener),
    settleLost: (lost) => settleOnce(lost, current(), books),
    live,
    settings: () => toSettings(current().options),
    findCaller: (sent) => current().access.findCaller(sent),
    log,
  })
  return {
    chat,
    start: () => void chat.start(),
    async close() {
      await Promise.all([rows.close(), streams?.close()])
    },
  }
}

/** Of two processes that settle it, the one that is first in the ledger is right. */
const settleOnce = async (
  lost: LostCall,
  { gateway }: Pick<Generation, 'gateway'>,
  books: ChatHereOptions['books'],
): Promise<Settled> => {
  const known = await books?.findSettled(lost.id)
  if (known) return known
  const settled = await gateway.settleLost(lost)
  return (await books?.findSettled(lost.id)) ?? settled
}

/** One worker of several has no sessions: the one that takes the next connection would not know them. */
const createElsewhere = (log: Log, { isFirstOfAll }: FirstProcess): ChatHere => ({
  chat: createUnservedChat(),
  start() {
    if (isFirstOfAll) log.warn({}, CHAT_NEEDS_ONE_PROCESS)
  },
  close: () => Promise.resolve(),
})

const toSettings = (options: AppOptions) => {
  const settings = { ...DEFAULT_CHAT, ...options.chat }
  const model = settings.model ?? options.defaultModel ?? toAnyModel(options)
  return { ...settings, ...(model === undefined ? {} : { model }) }
}

/** What a fresh install answers with. */
const toAnyModel = (options: AppOptions): string | undefined => {
  const sample = toSampleModel(options)
  return sample?.isPlaceholder ? undefined : sample?.model
}
