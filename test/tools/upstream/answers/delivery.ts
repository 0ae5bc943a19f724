/** Sends an answer, complete or streamed, with the requested fault. */
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Fault, RawBytes } from './answer.ts'
import type { Speech } from './speech.ts'

export interface Delivery {
  answer: Answer
  speech: Speech
  streamed: boolean
  headers: Record<string, string>
  /** The vendor's own error body for a status. */
  errorOf(status: number): object
  /** Told of every byte that was handed to the socket. */
  wrote(bytes: number): void
  /** Breaks the connection from this side. */
  hangUp(reset?: boolean): void
}

const HTML = (status: number) =>
  `<html>\r\n<head><title>${status}</title></head>\r\n<body>\r\n<center><h1>${status}</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n`

const forever = (response: ServerResponse) =>
  new Promise<void>((resolve) => {
    if (response.closed) resolve()
    else response.once('close', resolve)
  })

const send = (response: ServerResponse, status: number, type: string, body: string) => {
  response.writeHead(status, { 'content-type': type })
  response.end(body)
}

export const sendJson = (response: ServerResponse, status: number, body: object) =>
  send(response, status, 'application/json', JSON.stringify(body))

/** Writes no faster than the reader reads; `false` once the reader is gone. */
const createWriter = (response: ServerResponse, { wrote }: Delivery) => {
  let gone = response.destroyed
  response.once('close', () => {
    gone = true
  })
  return async (chunk: string | Buffer) => {
    if (gone) return false
    wrote(Buffer.byteLength(chunk))
    if (!response.write(chunk))
      await new Promise<void>((resolve) => {
        const done = () => {
          response.off('drain', done)
          response.off('close', done)
          resolve()
        }
        response.on('drain', done)
        response.on('close', done)
      })
    return !gone
  }
}

const GARBLE = 'data: {"this is not": JSON\n\n'

type Limit =
  | 'cutAfterEvents'
  | 'endAfterEvents'
  | 'stallAfterEvents'
  | 'garbleAfterEvents'
  | 'errorAfterEvents'

const LIMITS: Limit[] = [
  'cutAfterEvents',
  'endAfterEvents',
  'stallAfterEvents',
  'garbleAfterEvents',
  'errorAfterEvents',
]

const limitOf = (fault: Fault | undefined): { kind: Limit; events: number } | undefined => {
  for (const kind of LIMITS)
    if (fault && kind in fault) return { kind, events: (fault as Record<Limit, number>)[kind] }
  return undefined
}

const errorDetails = (fault: Fault | undefined) =>
  fault && 'errorAfterEvents' in fault ? fault : { type: undefined, message: undefined }

const stream = async (response: ServerResponse, delivery: Delivery) => {
  const { answer, speech } = delivery
  const limit = limitOf(answer.fault)
  const write = createWriter(response, delivery)
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  })
  response.flushHeaders()
  let sent = 0
  for (const frame of limit?.events === 0 ? [] : speech.frames()) {
    if (sent > 0 && answer.paceMs) await sleep(answer.paceMs)
    if (!(await write(frame))) return
    sent += 1
    if (sent === limit?.events) break
  }
  switch (limit?.kind) {
    case 'cutAfterEvents':
      // What was written must reach the reader before the socket goes.
      await sleep(20)
      delivery.hangUp()
      return
    case 'stallAfterEvents':
      await forever(response)
      return
    case 'garbleAfterEvents':
      await write(GARBLE)
      break
    case 'errorAfterEvents': {
      const { type, message } = errorDetails(answer.fault)
      await write(speech.errorFrame(type, message))
      break
    }
    default:
  }
  response.end()
}

/** A fault "after n events" breaks off a complete answer in the middle. */
const whole = async (response: ServerResponse, delivery: Delivery) => {
  const { answer, speech, errorOf } = delivery
  const body = Buffer.from(JSON.stringify(speech.toJson()))
  const half = body.subarray(0, Math.floor(body.length / 2))
  const write = createWriter(response, delivery)
  const open = (headers: Record<string, string | number> = {}) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers })
  switch (limitOf(answer.fault)?.kind) {
    case 'cutAfterEvents':
      open({ 'content-length': body.length })
      await write(half)
      await sleep(20)
      delivery.hangUp()
      return
    case 'endAfterEvents':
      open()
      response.end(half)
      return
    case 'stallAfterEvents':
      open({ 'content-length': body.length })
      await write(half)
      await forever(response)
      return
    case 'garbleAfterEvents':
      open()
      response.end(`<${half.toString()}`)
      return
    case 'errorAfterEvents':
      sendJson(response, 500, errorOf(500))
      return
    default:
      open({ 'content-length': body.length })
      if (await write(body)) response.end()
  }
}

const sendRaw = async (
  response: ServerResponse,
  { rawBytes, contentType = 'text/event-stream', status = 200 }: RawBytes,
  delivery: Delivery,
) => {
  const write = createWriter(response, delivery)
  response.writeHead(status, { 'content-type': contentType })
  response.flushHeaders()
  for (const [index, bytes] of rawBytes.entries()) {
    // One turn of the loop keeps each write a chunk of its own.
    if (index > 0) await sleep(delivery.answer.paceMs ?? 0)
    if (!(await write(bytes))) return
  }
  response.end()
}

export const deliver = async (response: ServerResponse, delivery: Delivery) => {
  const { answer, streamed, headers, errorOf } = delivery
  const { fault } = answer
  if (fault && 'resetBeforeAnswer' in fault) {
    delivery.hangUp(true)
    return
  }
  if (fault && 'neverAnswer' in fault) {
    await forever(response)
    return
  }
  if (answer.delayMs) await sleep(answer.delayMs)
  if (response.destroyed) return
  for (const [name, value] of Object.entries({ ...headers, ...answer.headers }))
    response.setHeader(name, value)
  if (fault && 'html' in fault) return send(response, fault.html, 'text/html', HTML(fault.html))
  if (fault && 'rawBytes' in fault) return sendRaw(response, fault, delivery)
  if (fault && 'status' in fault) {
    for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value)
    const body = fault.body ?? errorOf(fault.status)
    if (typeof body === 'string') return send(response, fault.status, 'text/plain', body)
    return sendJson(response, fault.status, body)
  }
  return streamed ? stream(response, delivery) : whole(response, delivery)
}
