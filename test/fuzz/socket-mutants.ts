/** Every mutant of a conversation over a WebSocket, made from the seed, its door and its number alone. */
import { CHAT_BODIES } from './corpus/chat.ts'
import { RESPONSES_BODIES } from './corpus/responses.ts'
import { SESSION_COMMANDS } from './corpus/session.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateJson } from './mutate-json.ts'
import { createRandom, type Random } from './random.ts'
import { SOURCES } from './routes.ts'
import { OPCODES, toFrame } from './socket-frames.ts'

interface DoorUnderFire {
  readonly path: string
  readonly bodies: readonly Record<string, unknown>[]
  readonly models: readonly string[]
  /** What else a frame may hold. */
  readonly envelopes: readonly Record<string, unknown>[]
  /** A call that is always answered, and the type of the frame that ends its answer. */
  readonly good: Record<string, unknown>
  readonly goodEnd: string
  /** Codes with which well-formed frames may be answered. */
  readonly closes: readonly number[]
}

export const DOORS = {
  ws_chat: {
    path: '/ws',
    bodies: CHAT_BODIES,
    models: SOURCES.chat?.models ?? [],
    envelopes: [{}, { id: 'a' }, { id: 'b' }, { type: 'cancel', id: 'a' }, { type: 'auth' }],
    good: { id: 'good', model: 'demo/echo', messages: [{ role: 'user', content: 'hello' }] },
    goodEnd: 'done',
    closes: [],
  },
  ws_responses: {
    path: '/v1/responses',
    bodies: RESPONSES_BODIES,
    models: SOURCES.responses?.models ?? [],
    envelopes: [
      {},
      { type: 'response.create' },
      { type: 'response.create', stream_id: 'a' },
      { type: 'response.create', generate: false },
      { type: 'response.create', previous_response_id: 'resp_1', store: false },
    ],
    good: { type: 'response.create', model: 'demo/echo', input: 'hello' },
    goodEnd: 'response.completed',
    closes: [],
  },
  ws_session: {
    path: '/ws/session/fuzz',
    bodies: SESSION_COMMANDS,
    models: SOURCES.chat?.models ?? [],
    envelopes: [{}],
    good: { type: 'ping' },
    goodEnd: 'pong',
    // Three frames in a row that mean nothing.
    closes: [4400],
  },
} as const satisfies Readonly<Record<string, DoorUnderFire>>

export type DoorName = keyof typeof DOORS

interface SocketMutant {
  /** What the client sends after the handshake. */
  readonly bytes: Buffer
  readonly steps: readonly string[]
  /** All frames are well formed, so that nothing ends the connection but the client. */
  readonly isSound: boolean
}

type Part = { readonly bytes: Buffer; readonly steps: readonly string[] }

const goodFrame = ({ good }: DoorUnderFire): Buffer => Buffer.from(JSON.stringify(good))

/** Those types of bodies that may name one; most bodies have no type. */
const WITH_MODEL = new Set([undefined, 'response.create', 'message', 'chat', 'regenerate'])

const mutateText = (door: DoorUnderFire, random: Random): Part => {
  const model = random.pick(door.models)
  const body = random.pick(door.bodies)
  const given = {
    ...random.pick(door.envelopes),
    ...(WITH_MODEL.has(body.type as string | undefined) ? { model } : {}),
    ...body,
  }
  const { text, steps } = mutateJson(given, random.pick(door.bodies), random)
  return { bytes: toFrame(OPCODES.text, Buffer.from(text.toWellFormed())), steps }
}

/** Legal, though seldom seen. */
const ODD: Readonly<Record<string, (payload: Buffer, random: Random) => Buffer>> = {
  'in pieces': (payload, random) => {
    const cut = random.below(payload.length)
    return Buffer.concat([
      toFrame(OPCODES.text, payload.subarray(0, cut), { isLast: false }),
      toFrame(OPCODES.ping, Buffer.from('in between')),
      toFrame(OPCODES.continuation, payload.subarray(cut)),
    ])
  },
  'empty text': () => toFrame(OPCODES.text, Buffer.alloc(0)),
  'many pings': () =>
    Buffer.concat(Array.from({ length: 60 }, () => toFrame(OPCODES.ping, Buffer.from('?')))),
  'an unasked pong': () => toFrame(OPCODES.pong, Buffer.alloc(125)),
  'a long length for a short text': (payload) => toFrame(OPCODES.text, payload, { wide: true }),
  'many calls at once': (payload) =>
    Buffer.concat(Array.from({ length: 80 }, () => toFrame(OPCODES.text, payload))),
}

const BROKEN: Readonly<Record<string, (payload: Buffer, random: Random) => Buffer>> = {
  binary: (payload) => toFrame(OPCODES.binary, payload),
  'binary in pieces': (payload) =>
    Buffer.concat([
      toFrame(OPCODES.binary, payload, { isLast: false }),
      toFrame(OPCODES.continuation, payload),
    ]),
  unmasked: (payload) => toFrame(OPCODES.text, payload, { isMasked: false }),
  'reserved bits': (payload, random) =>
    toFrame(OPCODES.text, payload, { reserved: 1 + random.below(7) }),
  'a reserved opcode': (payload, random) => toFrame(random.pick([3, 4, 7, 11, 15]), payload),
  'a ping in pieces': () => toFrame(OPCODES.ping, Buffer.from('x'), { isLast: false }),
  'a long ping': () => toFrame(OPCODES.ping, Buffer.alloc(126)),
  'a continuation of nothing': (payload) => toFrame(OPCODES.continuation, payload),
  'a text inside a text': (payload) =>
    Buffer.concat([
      toFrame(OPCODES.text, payload, { isLast: false }),
      toFrame(OPCODES.text, payload),
    ]),
  'text that is no UTF-8': (payload) =>
    toFrame(OPCODES.text, Buffer.concat([payload, Buffer.from([0xf0, 0x9f, 0x22])])),
  'a close of one byte': () => toFrame(OPCODES.close, Buffer.from([3])),
  'a close with a code that is none': (_, random) =>
    toFrame(
      OPCODES.close,
      Buffer.from(
        random.pick([
          [0, 0],
          [3, 237],
          [3, 238],
          [255, 255],
        ]),
      ),
    ),
  'a close with a broken reason': () => toFrame(OPCODES.close, Buffer.from([3, 232, 0xc3])),
  'a frame behind a close': (payload) =>
    Buffer.concat([toFrame(OPCODES.close, Buffer.from([3, 232])), toFrame(OPCODES.text, payload)]),
  'a frame of more than may be': () => Buffer.from('81ff000000007fffffff00000000', 'hex'),
  'a length beyond all numbers': () => Buffer.from('81ffffffffffffffffff00000000', 'hex'),
  'half a frame': (payload, random) => {
    const frame = toFrame(OPCODES.text, payload)
    return frame.subarray(0, 1 + random.below(frame.length - 1))
  },
  HTTP: () => Buffer.from('GET /health HTTP/1.1\r\nhost: x\r\n\r\n'),
  noise: (_, random) => Buffer.from(Array.from({ length: 200 }, () => random.below(256))),
  'flipped bytes': (payload, random) => mutateBytes(toFrame(OPCODES.text, payload), random).bytes,
}

const pickFrom = (table: typeof ODD, door: DoorUnderFire, random: Random): Part => {
  const name = random.pick(Object.keys(table))
  return { bytes: table[name]?.(goodFrame(door), random) ?? Buffer.alloc(0), steps: [name] }
}

export const createSocketMutant = (seed: number, name: DoorName, index: number): SocketMutant => {
  const random = createRandom(seed, name, index)
  const door: DoorUnderFire = DOORS[name]
  const parts: Part[] = []
  do parts.push(random.chance(0.8) ? mutateText(door, random) : pickFrom(ODD, door, random))
  while (parts.length < 4 && random.chance(0.5))
  const isSound = random.chance(0.6)
  if (!isSound) parts.push(pickFrom(BROKEN, door, random))
  return {
    bytes: Buffer.concat(parts.map(({ bytes }) => bytes)),
    steps: parts.flatMap(({ steps }) => steps),
    isSound,
  }
}
