/** What an attack works with: callers without manners, and a bound for all that they do. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { openRawClient, type RawClient } from '../tools/app/raw-client.ts'
import { type Received, send, type Sending } from '../tools/app/send.ts'
import type { Random } from '../fuzz/random.ts'
import type { HostileUpstream } from './hostile-upstream.ts'
import { findKey, HOSTILE_KEYS } from './keys.ts'

export interface Field {
  readonly url: string
  readonly upstream: HostileUpstream
  readonly random: Random
  /** Fires when the time of the attack is over. */
  readonly signal: AbortSignal
  fail(what: string): void
  /** Undefined where there was no answer, or none in time. */
  post(path: string, body: Sending['body'], options?: Asking): Promise<Received | undefined>
  get(path: string, options?: Asking): Promise<Received | undefined>
  /** Writes freely. Undefined if the connection is refused. */
  open(options?: { readonly reads?: boolean }): Promise<RawClient | undefined>
  socket(path: string, caller?: number): Promise<WebSocket | undefined>
  /** So many at a time, again and again until the time is over. */
  storm(atOnce: number, act: (index: number) => Promise<unknown>): Promise<void>
  pause(milliseconds: number): Promise<void>
  /** Until the time is over. */
  wait(): Promise<void>
}

interface Asking {
  /** Which of the hostile callers. */
  readonly caller?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly within?: number
}

export interface OpenField extends Field {
  /** Hangs up everywhere, and looks through what came. */
  leave(): void
}

export interface FieldOptions extends Pick<
  Field,
  'url' | 'upstream' | 'random' | 'signal' | 'fail'
> {
  /** How often at most a storm may act. */
  readonly acts: number
}

const MIN_MS = 2

export const keyOf = (caller = 0): string => HOSTILE_KEYS[caller % HOSTILE_KEYS.length] ?? ''

export const openField = (options: FieldOptions): OpenField => {
  const { url, signal, fail, acts } = options
  const clients: RawClient[] = []
  const sockets = new Set<WebSocket>()

  const saw = (text: string, where: string) => {
    const key = findKey(text)
    if (key !== undefined) fail(`${where} holds the operator's key ${key}`)
  }

  const ask = async (
    path: string,
    sending: Sending,
    { caller = 0, headers = {}, within }: Asking = {},
  ) => {
    const bound =
      within === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(within)])
    try {
      const received = await send(url, path, {
        ...sending,
        headers: { authorization: `Bearer ${keyOf(caller)}`, ...headers },
        signal: bound,
      })
      saw(received.text, `an answer of ${path}`)
      saw(received.rawHeaders.join('\n'), `a header of ${path}`)
      return received
    } catch {
      // It hung up, or the time is over: whether it lives is asked elsewhere.
      return undefined
    }
  }

  return {
    ...options,
    post: (path, body, asking) => ask(path, { method: 'POST', body: body ?? '' }, asking),
    get: (path, asking) => ask(path, {}, asking),
    async open(how) {
      if (signal.aborted) return undefined
      try {
        const client = await openRawClient(url, how)
        clients.push(client)
        return client
      } catch {
        return undefined
      }
    },
    async socket(path, caller) {
      if (signal.aborted) return undefined
      const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, {
        headers: { authorization: `Bearer ${keyOf(caller)}` },
      })
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
      socket.on('message', (data: Buffer) => saw(data.toString(), `a frame of ${path}`))
      try {
        await once(socket, 'open', { signal })
        return socket
      } catch {
        return undefined
      }
    },
    async storm(atOnce, act) {
      let next = 0
      const work = async () => {
        while (!signal.aborted && next < acts) {
          const startedAt = performance.now()
          await act(next++)
          // What is refused at once is not asked for as fast as the machine can.
          if (performance.now() - startedAt < MIN_MS) await pause(MIN_MS, signal)
        }
      }
      await Promise.all(Array.from({ length: atOnce }, work))
    },
    pause: (milliseconds) => pause(milliseconds, signal),
    wait: () => pause(HOUR_MS, signal),
    leave() {
      for (const { socket, received } of clients.splice(0)) {
        socket.destroy()
        saw(received(), 'what a raw client got')
      }
      for (const socket of sockets) socket.terminate()
    },
  }
}

const HOUR_MS = 3_600_000

const pause = (milliseconds: number, signal: AbortSignal) =>
  sleep(milliseconds, undefined, { signal }).catch(() => undefined)

/** Writes until there is no room, as slowly as it is read. False: it is no longer read. */
export const writeAll = async (
  { socket }: RawClient,
  blocks: Iterable<Buffer>,
  signal: AbortSignal,
): Promise<boolean> => {
  for (const block of blocks) {
    if (signal.aborted || socket.destroyed) return false
    if (socket.write(block)) continue
    const gone = new AbortController()
    const closed = () => gone.abort()
    socket.once('close', closed)
    try {
      await once(socket, 'drain', { signal: AbortSignal.any([signal, gone.signal]) })
    } catch {
      return false
    } finally {
      socket.off('close', closed)
    }
  }
  return !socket.destroyed
}
