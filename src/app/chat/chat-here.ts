/** The chat of this process: its sessions outlive every configuration, and each run uses the one that holds when it begins. */
import {
  type Chat,
  createChat,
  createSessionStore,
  createStreamedStore,
  DEFAULT_CHAT,
  type Neighbours,
} from '#chat'
import type { LostCall } from '#gateway'
import type { Settled } from '#model'
import { createLogStreams, createRows, type LiveStore } from '#stores'
import type { Log } from '#telemetry'
import type { Books } from '#usage'
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
  /** Undefined: the sessions are those of this process. */
  readonly neighbours?: Neighbours | undefined
  /** Undefined: there is no ledger. */
  readonly books: Pick<Books, 'findSettled'> | undefined
  readonly live: LiveStore
  readonly log: Log
  readonly current: () => Pick<Generation, 'access' | 'gateway' | 'options'>
}

export const createChatHere = (options: ChatHereOptions): ChatHere => {
  const { place, redisUrl, neighbours, books, live, log, current } = options
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
    ...(neighbours && { replicas: neighbours }),
    settings: () => toSettings(current().options),
    findCaller: (sent) => current().access.findCaller(sent),
    log,
  })
  return {
    chat,
    start: () => void chat.start(),
    async close() {
      await Promise.all([rows.close(), streams?.close(), neighbours?.replicas.close()])
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
