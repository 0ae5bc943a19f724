/** Frames of WebSockets, written as a client may and may not, and read as a strict client reads. */
export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

interface FrameOptions {
  readonly isLast?: boolean
  readonly isMasked?: boolean
  /** The three bits that no extension has asked for. */
  readonly reserved?: number
  /** Eight bytes for a length that needs fewer. */
  readonly wide?: boolean
}

const MASK = Buffer.from([0x12, 0x34, 0x56, 0x78])

export const toFrame = (opcode: number, payload: Buffer, options: FrameOptions = {}): Buffer => {
  const { isLast = true, isMasked = true, reserved = 0, wide = false } = options
  const { length } = payload
  const marked = (short: number) => short | (isMasked ? 0x80 : 0)
  const first = (isLast ? 0x80 : 0) | (reserved << 4) | opcode
  let head = Buffer.from([first, marked(length)])
  if (wide || length > 0xffff) {
    head = Buffer.concat([Buffer.from([first, marked(127)]), Buffer.alloc(8)])
    head.writeBigUInt64BE(BigInt(length), 2)
  } else if (length > 125) head = Buffer.from([first, marked(126), length >> 8, length & 0xff])
  if (!isMasked) return Buffer.concat([head, payload])
  const masked = payload.map((byte, at) => byte ^ (MASK[at % 4] ?? 0))
  return Buffer.concat([head, MASK, masked])
}

export interface ServerFrame {
  readonly opcode: number
  readonly payload: Buffer
  /** How many bytes it took. */
  readonly size: number
}

const KNOWN: ReadonlySet<number> = new Set(Object.values(OPCODES))

/** The first frame of the bytes; undefined while more of it is to come. @throws where it is none. */
export const readServerFrame = (bytes: Buffer): ServerFrame | undefined => {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return undefined
  const opcode = first & 0x0f
  if ((first & 0xf0) !== 0x80) throw new Error(`a frame begins with the byte ${first}`)
  if (!KNOWN.has(opcode)) throw new Error(`a frame has the opcode ${opcode}`)
  if (second & 0x80) throw new Error('a frame of the server is masked')
  if (opcode >= OPCODES.close && second > 125) throw new Error('a control frame is too long')
  const start = second < 126 ? 2 : second === 126 ? 4 : 10
  if (bytes.length < start) return undefined
  const length =
    second < 126
      ? second
      : second === 126
        ? bytes.readUInt16BE(2)
        : Number(bytes.readBigUInt64BE(2))
  const size = start + length
  return bytes.length < size ? undefined : { opcode, payload: bytes.subarray(start, size), size }
}
