/** The doors of a Sluice over a chat in memory, closed after the test. */
import { createAccess, createMemoryAccount, type Key } from '#access'
import type { Chat } from '#chat'
import type { Gateway } from '#gateway'
import { createHttpServer, type HttpServer, type Serving } from '#server'
import { createLiveStore, type LiveStore } from '#stores'
import { createLog } from '#telemetry'
import { closeLater } from '../../app/house.ts'
import { type Received, send, type Sending } from '../../app/send.ts'
import type { toOthers } from './others.ts'
import { createFakeChat, type FakeChat } from '../../chat/fake-chat.ts'

export interface Doors {
  readonly url: string
  readonly chat: FakeChat
  readonly server: HttpServer
  readonly memory: ReturnType<typeof createMemoryAccount>
  readonly rawLog: () => string
  send(path: string, sending?: Sending): Promise<Received>
  /** Serves with other keys from now on. */
  reload(keys: readonly Key[]): void
}

export interface DoorsOptions {
  readonly keys?: readonly Key[]
  readonly corsOrigins?: readonly string[]
  readonly chat?: FakeChat
  readonly slots?: LiveStore
  readonly others?: ReturnType<typeof toOthers>
  readonly inFlightBytes?: number
}

const LIMITS = { bodyBytes: 32 * 1024 * 1024, depth: 512 }

export const startDoors = async ({
  keys = [],
  corsOrigins = [],
  chat = createFakeChat(),
  slots = createLiveStore(),
  others,
  inFlightBytes = 512 * 1024 * 1024,
}: DoorsOptions = {}): Promise<Doors> => {
  let raw = ''
  const log = createLog({
    level: 'info',
    redact: (text) => text,
    sink: { write: (line) => void (raw += line), flush: () => undefined },
  })
  const memory = createMemoryAccount({ maxBytes: inFlightBytes, shared: true })
  const toServing = (of: readonly Key[]): Serving => {
    const access = createAccess({ keys: of, corsOrigins })
    return {
      gateway: { authenticate: access.authenticate, isReady: () => true } as unknown as Gateway,
      responses: {} as Serving['responses'],
      allowsOrigin: access.allowsOrigin,
      admin: access.admin,
      limits: { ...LIMITS, inFlightBytes },
      findNetwork: undefined,
      responsesWebSocket: true,
      metrics: undefined,
      publicMetrics: false,
      begin: () => undefined,
      end: () => undefined,
    }
  }
  let serving = toServing(keys)
  const server = createHttpServer({
    serving: () => serving,
    memory,
    log,
    backends: () => {
      throw new Error('nobody asks')
    },
    sessions: { chat: chat satisfies Chat, slots, others },
  })
  const { port } = await server.listen(0, '127.0.0.1')
  closeLater({ close: () => server.drain(0) })
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    chat,
    server,
    memory,
    rawLog: () => raw,
    send: (path, sending) => send(url, path, sending),
    reload(changed) {
      serving = toServing(changed)
      server.reloaded()
    },
  }
}

export const bearer = (key: string, user?: string) => ({
  authorization: `Bearer ${key}`,
  ...(user !== undefined && { 'x-user-id': user }),
})
