/** Opens a WebSocket byte by byte, sends a mutant through it, and judges all that comes back. */
import { connect } from 'node:net'
import { checkChatError } from '../tools/checkers/index.ts'
import { isRecord } from '../tools/checkers/shape.ts'
import { SECRETS } from './judge.ts'
import { CALLER_KEY } from './mutants.ts'
import { OPCODES, readServerFrame, type ServerFrame, toFrame } from './socket-frames.ts'
import { createSocketMutant, type DoorName, DOORS } from './socket-mutants.ts'

const WITHIN_MS = 30_000
/** So long nothing comes any more: the calls have ended, or the rest of a frame is waited for. */
const QUIET_MS = 60

const HEAD_END = '\r\n\r\n'

const CLOSE_CODES: ReadonlySet<number> = new Set([
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 4400, 4401, 4413,
])

const GOODBYE = toFrame(OPCODES.close, Buffer.from([3, 232]))

interface Visit {
  readonly types: readonly unknown[]
  readonly closedBy: number | undefined
  readonly faults: readonly string[]
}

/** @param until the type of the frame after which the client leaves at once. */
const visit = (url: string, path: string, bytes: Buffer, until?: string): Promise<Visit> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port) })
    const types: unknown[] = []
    const faults: string[] = []
    let received = Buffer.alloc(0)
    let isOpen = false
    let closedBy: number | undefined
    let hasLeft = false

    const stop = (fault: string) => {
      faults.push(fault)
      socket.destroy()
    }
    const leave = () => {
      // The first session of a process takes a moment to open.
      if (!isOpen) return void quiet?.refresh()
      if (!hasLeft) socket.end(GOODBYE)
      hasLeft = true
    }
    const limit = setTimeout(() => stop(`no end within ${WITHIN_MS} ms`), WITHIN_MS)
    const quiet = until === undefined ? setTimeout(leave, QUIET_MS) : undefined

    const take = (frame: ServerFrame) => {
      if (closedBy !== undefined) throw new Error('a frame follows the close')
      if (frame.opcode === OPCODES.close) {
        closedBy = judgeClose(frame.payload)
        return leave()
      }
      if (frame.opcode === OPCODES.pong || frame.opcode === OPCODES.ping) return undefined
      if (frame.opcode !== OPCODES.text) throw new Error(`a frame has the opcode ${frame.opcode}`)
      const type = judgeText(frame.payload)
      types.push(type)
      if (until !== undefined && type === until) leave()
      return undefined
    }
    const read = () => {
      if (!isOpen) {
        const headEnd = received.indexOf(HEAD_END)
        if (headEnd < 0) return
        const head = received.toString('latin1', 0, headEnd)
        if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`no socket opens: ${head}`)
        isOpen = true
        received = received.subarray(headEnd + HEAD_END.length)
        socket.write(bytes)
      }
      for (let frame = readServerFrame(received); frame; frame = readServerFrame(received)) {
        received = received.subarray(frame.size)
        take(frame)
      }
    }

    socket.on('connect', () => socket.write(toHandshake(path)))
    socket.on('data', (piece) => {
      quiet?.refresh()
      received = Buffer.concat([received, piece])
      try {
        read()
      } catch (error) {
        stop(String(error))
      }
    })
    // A reset shows as a close.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(limit)
      clearTimeout(quiet)
      if (!isOpen && faults.length === 0) faults.push('the handshake was not answered')
      resolve({ types, closedBy, faults })
    })
  })

const toHandshake = (path: string): string =>
  [
    `GET ${path} HTTP/1.1`,
    'host: localhost',
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${Buffer.alloc(16, 'k').toString('base64')}`,
    `authorization: Bearer ${CALLER_KEY}`,
    HEAD_END.slice(2),
  ].join('\r\n')

const judgeClose = (payload: Buffer): number => {
  const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
  if (payload.length > 0 && !CLOSE_CODES.has(code)) throw new Error(`it closes with ${code}`)
  return code
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The type of a frame that is fine. @throws where it is not. */
const judgeText = (payload: Buffer): unknown => {
  const text = decoder.decode(payload)
  const leak = SECRETS.find((secret) => text.includes(secret))
  if (leak !== undefined) throw new Error(`a frame holds ${leak}`)
  const frame: unknown = JSON.parse(text)
  if (!isRecord(frame)) throw new Error('a frame is no object')
  if (frame.type !== 'error') return frame.type
  const [violation] = checkChatError({ error: frame.error })
  if (violation !== undefined) throw new Error(`${violation}: ${text.slice(0, 300)}`)
  if (text.includes('inside the gateway')) throw new Error(text.slice(0, 300))
  return frame.type
}

interface Judgement {
  readonly steps: readonly string[]
  readonly faults: readonly string[]
}

/** The mutant, and whether who comes after it is served. */
export const runSocketMutant = async (
  url: string,
  seed: number,
  name: DoorName,
  index: number,
): Promise<Judgement> => {
  const { path, good, goodEnd } = DOORS[name]
  const closes: readonly number[] = [1000, ...DOORS[name].closes]
  const { bytes, steps, isSound } = createSocketMutant(seed, name, index)
  const { faults, closedBy } = await visit(url, path, bytes)
  const odd =
    isSound && closedBy !== undefined && !closes.includes(closedBy)
      ? [`frames that are well formed are answered with a close, ${closedBy}`]
      : []
  const call = toFrame(OPCODES.text, Buffer.from(JSON.stringify(good)))
  const next = await visit(url, path, call, goodEnd)
  const isServed = next.faults.length === 0 && next.types.includes(goodEnd)
  const after = isServed ? [] : [`the next call: ${[...next.faults, ...next.types].join(', ')}`]
  return { steps, faults: [...faults, ...odd, ...after] }
}
