/** A client that asks one question by HTTP and wants its answer, however often its connection is lost. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { readChatWs } from '../tools/checkers/chat/index.ts'
import type { LogAtRest, LogMessage } from './folds.ts'
import type { Participant } from './participant.ts'
import type { Sent } from './session.ts'
import { openWire } from './wire.ts'

export const ASKING_DOORS = ['GET /chat/stream', 'POST /chat/stream', 'POST /api/chat'] as const

interface AskerOptions {
  readonly door: string
  readonly sessionId: string
  readonly url: () => string | undefined
  readonly sent: Sent
  readonly busy: string
  /** After how many bytes each of its connections is lost. Those that follow stay. */
  readonly drops: readonly number[]
}

const AGAIN_MS = 25

interface Reply {
  readonly status: number
  readonly text: string
  /** Clients take a clean end for success. */
  readonly isComplete: boolean
}

/** How one kind of client asks, and what it makes of its answers. */
interface Asking {
  ask(url: string): { readonly path: string; readonly method: string; readonly body?: object }
  headers(): Readonly<Record<string, string>>
  /** Called as text arrives. */
  take(text: string): void
  /** @returns whether there is nothing left to ask for. */
  end(reply: Reply): boolean
  judge(log: LogAtRest): readonly string[]
}

export const openAsker = (options: AskerOptions): Participant => {
  const { door, url, drops } = options
  const faults: string[] = []
  const asking = door === 'POST /api/chat' ? askOnce(options) : askForStream(options)
  let isWanted = true
  let isOver = false

  const goOn = async (): Promise<void> => {
    for (let round = 0; isWanted && !isOver; round++) {
      const at = url()
      const reply = at && (await askAt(at, asking, drops[round]))
      if (reply && isInternal(reply)) faults.push(`${reply.status} ${reply.text}`)
      isOver = reply ? asking.end(reply) : false
      if (!isOver) await sleep(AGAIN_MS)
    }
  }
  goOn().catch((thrown: unknown) => faults.push(String(thrown)))

  return {
    name: door,
    differs: (log) => [...faults, ...(isOver ? asking.judge(log) : ['it waits for its answer'])],
    isBroken: () => faults.length > 0,
    close() {
      isWanted = false
    },
  }
}

/** Other errors are of the run, or of the store. */
const isInternal = ({ status, text }: Reply): boolean =>
  status >= 500 && text.includes('"code":"internal"')

/** @returns undefined if it was lost before its head came. */
const askAt = (url: string, asking: Asking, dropAfter: number | undefined) =>
  new Promise<Reply | undefined>((resolve) => {
    const { path, method, body } = asking.ask(url)
    const wire = openWire(url)
    if (dropAfter !== undefined) wire.cutAfter(dropAfter)
    const asked: ClientRequest = request(url + path, {
      method,
      headers: { ...asking.headers(), ...(body && { 'content-type': 'application/json' }) },
      createConnection: () => wire.socket,
    })
    let response: IncomingMessage | undefined
    let text = ''
    asked.on('error', () => undefined)
    asked.once('response', (answer) => {
      response = answer
      answer.setEncoding('utf8')
      answer.on('error', () => undefined)
      answer.on('data', (piece: string) => {
        text += piece
        if (answer.statusCode === 200) asking.take(piece)
      })
    })
    asked.once('close', () => {
      wire.socket.destroy()
      const { statusCode: status = 0, complete: isComplete = false } = response ?? {}
      resolve(response && { status, text, isComplete })
    })
    asked.end(body && JSON.stringify(body))
  })

const BUSY = 409
const UNAVAILABLE = 503

/** Refused for good, or lost. Undefined: it was answered. */
const isRefused = ({ status, text, isComplete }: Reply): boolean | undefined => {
  // Asked once more, an answer that was interrupted is still that.
  if (status === UNAVAILABLE && text.includes('"interrupted"')) return undefined
  if (!isComplete || status === UNAVAILABLE) return false
  return status === BUSY ? true : undefined
}

const askOnce = ({ sessionId, sent, busy }: AskerOptions): Asking => {
  let reply: Reply | undefined
  const { content, client_message_id } = sent.body

  const judgeRefusal = (all: readonly LogMessage[]): readonly string[] => {
    const asked = all.find((message) => message.client_message_id === client_message_id)
    const answers = all.filter(({ parent_id }) => asked && parent_id === asked.message_id)
    // It was answered again later, if there are several.
    if (!reply || answers.length !== 1 || answers[0]?.status !== 'done') return []
    return [`it was told ${reply.status} ${reply.text}, and its run is done`]
  }

  return {
    ask: () => ({
      path: '/api/chat',
      method: 'POST',
      body: { message: content, session_id: sessionId, client_message_id, when_busy: busy },
    }),
    headers: () => ({}),
    take: () => undefined,
    end(answered) {
      const isOver = isRefused(answered)
      if (isOver === undefined) reply = answered
      return isOver ?? true
    },
    judge({ all }) {
      if (reply?.status !== 200) return judgeRefusal(all)
      const { message_id, response } = JSON.parse(reply.text) as Readonly<Record<string, string>>
      const answer = all.find((message) => message.message_id === message_id)
      if (!answer || (answer.status === 'done' && answer.content === response)) return []
      return [`it was told ${response}, and the log has ${answer.status}: ${answer.content}`]
    },
  }
}

type Frame = Readonly<Record<string, unknown>> & { readonly type: string }

const ENDS = new Set(['done', 'cancelled', 'error'])
/** Other errors are of the connection. */
const isEnd = ({ type, ...frame }: Frame): boolean =>
  ENDS.has(type) && (type !== 'error' || frame['status'] !== undefined)

/** An address has no room for more. */
const MOST_IN_ADDRESS = 1_024

const askForStream = ({ door, sessionId, sent, busy }: AskerOptions): Asking => {
  const reader = readChatWs()
  const { content: message, client_message_id } = sent.body
  const question = { message, session_id: sessionId, client_message_id, when_busy: busy }
  const isGet = door.startsWith('GET') && message.length <= MOST_IN_ADDRESS
  const faults: string[] = []
  let rest = ''
  let lastId: string | undefined
  /** Of the run. */
  let end: Frame | undefined
  let run: string | undefined

  const takeEvent = (block: string): void => {
    const data = /^data: (.*)$/m.exec(block)?.[1]
    if (data === undefined) return
    lastId = /^id: (.*)$/m.exec(block)?.[1] ?? lastId
    const frame = JSON.parse(data) as Frame
    if (end) faults.push(`after the end of the run came ${data}`)
    run = typeof frame['run_id'] === 'string' ? frame['run_id'] : run
    if (isEnd(frame)) end = frame
    // From a snapshot, or of a message that was dropped from the queue.
    if (!end || frame['seq'] !== undefined) reader.take(data)
  }

  const toAnswer = ({ all }: LogAtRest): LogMessage | undefined =>
    all.find(({ run_id }) => run_id !== undefined && run_id === run)

  return {
    ask() {
      rest = ''
      const query = new URLSearchParams(question)
      return isGet
        ? { path: `/chat/stream?${query}`, method: 'GET' }
        : { path: '/chat/stream', method: 'POST', body: question }
    },
    headers: (): Readonly<Record<string, string>> =>
      lastId === undefined ? {} : { 'last-event-id': lastId },
    take(piece) {
      const blocks = (rest + piece).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) takeEvent(block)
    },
    end(reply) {
      if (end) return true
      const isOver = isRefused(reply)
      if (reply.isComplete && reply.status === 200)
        faults.push('its stream has ended, and its run has not')
      else if (isOver === undefined && reply.status !== 204)
        faults.push(`it is refused with ${reply.status} ${reply.text}`)
      return isOver ?? true
    },
    judge(log) {
      const { entries, faults: wrong } = reader.read()
      const answer = toAnswer(log)
      const had = entries.find((entry) => entry.run === run)
      const found = [...faults, ...wrong]
      // It was cleared, was never run, or was refused.
      if (!answer) return found
      if (!end) return [...found, `it was told that nothing is left of ${run}`]
      const text = String(end['result'])
      if (text !== answer.content || (had && had.text !== answer.content))
        found.push(`it has ${had?.text}, its end says ${text}, and the log has ${answer.content}`)
      if (had && had.status !== answer.status)
        found.push(`it is ${had.status} there, and ${answer.status} in the log`)
      return found
    },
  }
}
