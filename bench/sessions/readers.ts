/** Raw clients of a session: over a WebSocket, and over server-sent events. */
import { createHttpReader } from '../http-reader.ts'
import { type Client, openClient } from '../open-client.ts'
import { createFrameReader, PING, PONG, TEXT, toFrame } from '../socket-client.ts'

export type Target = {
  port: number
  path: string
  /** The address that it connects from: each has ports of its own. */
  from?: string | undefined
  user?: string | undefined
}

export type Reader = Client & {
  /** Resolves when it is connected, or rejects with why it is not. */
  ready: Promise<void>
}

const END_OF_HEAD = '\r\n\r\n'

const toHead = (line: string, { user }: Target, rest: readonly string[] = []): string =>
  [
    `${line} HTTP/1.1`,
    'host: 127.0.0.1',
    ...(user === undefined ? [] : [`x-user-id: ${user}`]),
    ...rest,
    '\r\n',
  ].join('\r\n')

/** @param take is given the text of every frame. */
export const openSocket = (
  target: Target,
  take: (text: Buffer) => void,
  lost: (reason: string) => void,
): Reader => {
  let head = ''
  let isOpen = false
  const ready = Promise.withResolvers<void>()
  // Whoever waits for it learns of it.
  ready.promise.catch(() => undefined)
  const lose = (reason: string): void => {
    ready.reject(new Error(reason))
    if (isOpen) lost(reason)
  }
  const readFrames = createFrameReader((kind, text) => {
    if (kind === PING) client.send(toFrame(PONG, text))
    else if (kind === TEXT) take(text)
  })
  const client = openClient(
    target.port,
    (bytes) => {
      if (isOpen) return readFrames(bytes)
      head += bytes.toString('latin1')
      const end = head.indexOf(END_OF_HEAD)
      if (end < 0) return
      if (!head.startsWith('HTTP/1.1 101 ')) return client.lose(toRefusal(head))
      isOpen = true
      ready.resolve()
      readFrames(Buffer.from(head.slice(end + END_OF_HEAD.length), 'latin1'))
    },
    lose,
    target.from,
  )
  const upgrade = [
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${Buffer.from('sixteen bytes...').toString('base64')}`,
  ]
  client.send(Buffer.from(toHead(`GET ${target.path}`, target, upgrade)))
  return {
    ...client,
    ready: ready.promise,
    send: (text) => client.send(toFrame(TEXT, text)),
  }
}

/** The first line, and the beginning of the body. */
const toRefusal = (answer: string): string =>
  [answer.slice(0, answer.indexOf('\r\n')), answer.split(END_OF_HEAD)[1]?.slice(0, 300)].join(' ')

const toRequest = (target: Target, body: object | undefined): Buffer => {
  if (!body) return Buffer.from(toHead(`GET ${target.path}`, target))
  const text = JSON.stringify(body)
  const rest = ['content-type: application/json', `content-length: ${Buffer.byteLength(text)}`]
  return Buffer.from(toHead(`POST ${target.path}`, target, rest) + text)
}

/** @param take is given every event, without the blank line after it. */
export const openEvents = (
  target: Target,
  body: object | undefined,
  take: (event: Buffer) => void,
  lost: (reason: string) => void,
): Reader => {
  const ready = Promise.withResolvers<void>()
  // Whoever waits for it learns of it.
  ready.promise.catch(() => undefined)
  let pending: Buffer = Buffer.alloc(0)
  let isComplete = false
  const read = createHttpReader({
    head(head) {
      if (head.startsWith('HTTP/1.1 200')) ready.resolve()
      else client.lose(head.slice(0, head.indexOf('\r\n')))
    },
    body(bytes) {
      pending = pending.length > 0 ? Buffer.concat([pending, bytes]) : bytes
      for (let end = pending.indexOf('\n\n'); end >= 0; end = pending.indexOf('\n\n')) {
        take(pending.subarray(0, end))
        pending = pending.subarray(end + 2)
      }
    },
    end() {
      isComplete = true
      client.close()
    },
  })
  const client = openClient(
    target.port,
    read,
    (reason) => {
      ready.reject(new Error(reason))
      if (!isComplete) lost(reason)
    },
    target.from,
  )
  client.send(toRequest(target, body))
  return { ...client, ready: ready.promise }
}

/** Requests on a few connections that are kept. */
export const createCaller = (port: number, connections: number) => {
  type Waiting = { resolve(text: string): void; reject(error: Error): void }
  const idle: Client[] = []
  const all: Client[] = []
  const queue: (() => void)[] = []

  const open = (): Client => {
    let waiting: Waiting | undefined
    let status = 0
    let text = ''
    const read = createHttpReader({
      head(head) {
        status = Number(head.slice(9, 12))
        text = ''
      },
      body: (bytes) => void (text += bytes.toString('latin1')),
      end() {
        const { resolve, reject } = waiting!
        waiting = undefined
        idle.push(connection)
        queue.shift()?.()
        if (status < 300) resolve(text)
        else reject(new Error(`status ${status}: ${text.slice(0, 200)}`))
      },
    })
    const client = openClient(port, read, (reason) => waiting?.reject(new Error(reason)))
    const connection: Client = { ...client, send: client.send }
    waits.set(connection, (next) => void (waiting = next))
    all.push(connection)
    return connection
  }
  const waits = new WeakMap<Client, (waiting: Waiting) => void>()

  const take = async (): Promise<Client> => {
    if (idle.length === 0 && all.length < connections) return open()
    while (idle.length === 0) await new Promise<void>((resolve) => queue.push(resolve))
    return idle.pop()!
  }

  return {
    /** @returns the body of the answer */
    async ask(path: string, body: object = {}, user?: string): Promise<string> {
      const client = await take()
      return await new Promise((resolve, reject) => {
        waits.get(client)?.({ resolve, reject })
        client.send(toRequest({ port, path, user }, body))
      })
    },
    close() {
      for (const client of all) client.close()
    },
  }
}
