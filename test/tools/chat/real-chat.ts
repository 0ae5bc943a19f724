/** A chat with real parts: the gateway before a scripted upstream, and sessions in SQLite. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ANONYMOUS } from '#access'
import type { AppOptions } from '#app'
import type { Settlement } from '#model'
import { createLiveStore } from '#stores'
import { createLog } from '#telemetry'
import { type Books, createBooks } from '#usage'
import { type ChatHere, createChatHere } from '../../../src/app/chat/chat-here.ts'
import { generationOf } from '../app/generation-of.ts'
import { closeLater, upstreamForTest } from '../app/house.ts'
import { openaiAt } from '../app/start-sluice.ts'
import type { Upstream } from '../upstream/start.ts'
import { toVisit, type Visit, visitor } from './chat-house.ts'

export interface RealChat {
  readonly here: ChatHere
  readonly upstream: Upstream
  /** The ledger, if there are rows. */
  readonly books: Books | undefined
  /** What the ledger is given. */
  readonly settlements: readonly Settlement[]
  join(id?: string): Promise<Visit>
  stop(): Promise<void>
}

export const folderForTest = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-chat-'))
  closeLater({ close: () => Promise.resolve(rmSync(folder, { recursive: true })) })
  return folder
}

const bookAt = (place: NonNullable<AppOptions['rows']>): Books =>
  createBooks({
    place,
    redact: (text) => text,
    log: { info: () => undefined, warn: () => undefined },
  })

export const realChat = async (
  options: Partial<AppOptions> = {},
  upstream?: Upstream,
): Promise<RealChat> => {
  const answering = upstream ?? (await upstreamForTest())
  const settlements: Settlement[] = []
  const books = options.rows && bookAt(options.rows)
  const { generation, close } = generationOf({
    providers: [openaiAt(answering.url)],
    settlers: [(settlement) => void settlements.push(settlement), ...(books ? [books.settle] : [])],
    ...options,
  })
  const here = createChatHere({
    place: options.rows,
    redisUrl: options.redisUrl,
    books,
    live: createLiveStore(),
    log: createLog({
      level: 'error',
      redact: (text) => text,
      sink: { write: () => undefined, flush: () => undefined },
    }),
    current: () => generation,
  })
  let isStopped = false
  const stop = async (): Promise<void> => {
    if (isStopped) return
    isStopped = true
    await here.chat.drain(0)
    await here.close()
    await books?.close()
    await close()
  }
  closeLater({ close: stop })
  return {
    here,
    upstream: answering,
    books,
    settlements,
    stop,
    join: async (id = 's') =>
      toVisit(await here.chat.join(visitor(), { id, creates: true }), ANONYMOUS),
  }
}
