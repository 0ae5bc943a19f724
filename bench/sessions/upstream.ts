/**
 * The upstream of the sessions: every token holds the time at which it is written, so that a client knows how long it was on
 * its way. What is asked says how it is answered: `ask-NAME tokens=100 pace=5`.
 */
import { createHash } from 'node:crypto'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createHttpReader } from '../http-reader.ts'
import { answerCommands, nowMs } from '../worker.ts'
import { toStamped } from './stamps.ts'

type Answer = {
  socket: Socket
  name: string
  text: string
  tokens: number
  sent: number
  startedMs: number
  gapMs: number
}

const TICK_MS = 1
const QUESTION = /ask-([\w.:-]+) tokens=(\d+) pace=(\d+)/g
const HEAD = [
  'HTTP/1.1 200 OK',
  'content-type: text/event-stream; charset=utf-8',
  'transfer-encoding: chunked',
  '\r\n',
].join('\r\n')

const toFrame = (rest: object): string => {
  const event = `data: ${JSON.stringify({
    id: 'chatcmpl-BenchBenchBenchBenchBenchBe',
    object: 'chat.completion.chunk',
    created: 1763000000,
    model: 'gpt-5.1-2025-11-13',
    ...rest,
  })}\n\n`
  return `${event.length.toString(16)}\r\n${event}\r\n`
}
const toDelta = (delta: object, finishReason: string | null = null): string =>
  toFrame({ choices: [{ index: 0, delta, finish_reason: finishReason }] })

const OPENING = toDelta({ role: 'assistant', content: '' })
const toClosing = (tokens: number): string => {
  const usage = { prompt_tokens: 20, completion_tokens: tokens, total_tokens: tokens + 20 }
  const done = 'data: [DONE]\n\n'
  return `${toDelta({}, 'stop')}${toFrame({ choices: [], usage })}${done.length.toString(16)}\r\n${done}\r\n0\r\n\r\n`
}

const inProgress = new Set<Answer>()
const asked = new Map<string, { text: string; closedMs?: number }>()
let ticker: NodeJS.Timeout | undefined

/** Sends what is due. The schedule is fixed, so a late tick does not slow an answer down. */
const tick = (): void => {
  for (const answer of inProgress) {
    const due = Math.min(answer.tokens, Math.floor((nowMs() - answer.startedMs) / answer.gapMs))
    for (; answer.sent < due; answer.sent++) {
      const token = toStamped(nowMs())
      answer.text += token
      answer.socket.write(toDelta({ content: token }))
    }
    if (answer.sent === answer.tokens) end(answer)
  }
  if (inProgress.size > 0) return
  clearInterval(ticker)
  ticker = undefined
}

const end = (answer: Answer): void => {
  inProgress.delete(answer)
  asked.set(answer.name, { text: answer.text })
  answer.socket.write(toClosing(answer.tokens))
}

const begin = (socket: Socket, body: string): Answer | undefined => {
  // The last question counts. Earlier ones are in the history.
  const [, name = '', tokens, pace] = [...body.matchAll(QUESTION)].at(-1) ?? []
  asked.set(name, { text: '' })
  const gapMs = 1000 / Number(pace)
  const startedMs = nowMs() - Math.random() * gapMs
  const answer = { socket, name, text: '', tokens: Number(tokens), sent: 0, startedMs, gapMs }
  // It is silent.
  if (answer.tokens === 0) return answer
  socket.write(HEAD + OPENING)
  inProgress.add(answer)
  ticker ??= setInterval(tick, TICK_MS)
  return answer
}

const server = createServer({ noDelay: true }, (socket) => {
  let body = ''
  let answer: Answer | undefined
  const noteClosed = (): void => {
    if (!answer || (answer.sent === answer.tokens && answer.tokens > 0)) return
    inProgress.delete(answer)
    const known = asked.get(answer.name)
    if (known) known.closedMs ??= nowMs()
  }
  const read = createHttpReader({
    head() {
      body = ''
    },
    body(bytes) {
      body += bytes.toString('latin1')
    },
    end() {
      answer = body === '' ? undefined : begin(socket, body)
      if (!answer) socket.write('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
    },
  })
  socket.on('data', read)
  socket.on('end', noteClosed)
  socket.on('close', noteClosed)
  // A gateway that cancels may reset the socket.
  socket.on('error', noteClosed)
})

const commands = {
  listen: () =>
    new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', 4096, () => resolve((server.address() as AddressInfo).port))
    }),
  /** What each of them was answered, as a digest. */
  digests: ({ names }: { names: string[] }) =>
    names.map((name) => toDigest(asked.get(name)?.text ?? 'nobody asked')),
  /** When the connection of each of them was closed before the answer was complete; 0: it was not, -1: nobody asked. */
  async closedAt({ names, waitMs }: { names: string[]; waitMs: number }) {
    const until = nowMs() + waitMs
    while (nowMs() < until && names.some(isOpenStill))
      await new Promise((resolve) => setTimeout(resolve, 10))
    return names.map((name) => {
      const known = asked.get(name)
      return known ? (known.closedMs ?? 0) : -1
    })
  },
  forget: () => asked.clear(),
}

const isOpenStill = (name: string): boolean => {
  const known = asked.get(name)
  return known !== undefined && known.closedMs === undefined
}

const toDigest = (text: string): string => createHash('sha1').update(text).digest('base64')

export type StampingUpstreamCommands = typeof commands

answerCommands(commands)
