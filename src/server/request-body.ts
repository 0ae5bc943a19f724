/** Reads a request's body whole, undoes its content coding, and bounds both. */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Transform } from 'node:stream'
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib'
import type { Caller, MemoryAccount } from '#access'
import { clientLeft, GatewayError, invalidRequest } from '#model'
import { createBodyMemory } from './body-memory.ts'

export interface BodyLimits {
  /** Of one body, decoded. */
  readonly bodyBytes: number
  /** Of all that is held for callers at one time. */
  readonly inFlightBytes: number
}

export interface BodyReader {
  /** `release` gives the memory back: the body must not be read after it. @throws GatewayError */
  read(
    request: IncomingMessage,
    caller: Caller,
  ): Promise<{ readonly body: Buffer; release(): void }>
}

const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  ['zstd', createZstdDecompress],
])

export const createBodyReader = (
  { bodyBytes }: Pick<BodyLimits, 'bodyBytes'>,
  account: MemoryAccount,
): BodyReader => {
  const memory = createBodyMemory()

  return {
    async read(request, caller) {
      const declared = Number(request.headers['content-length'] ?? 0)
      if (declared > bodyBytes) throw tooLarge(bodyBytes)
      const held = account.hold(caller, 0)
      let giveBack: (() => void) | undefined
      const release = () => {
        held.release()
        giveBack?.()
      }
      try {
        const pieces = await collect(request, (bytes) => {
          if (held.bytes + bytes > bodyBytes) throw tooLarge(bodyBytes)
          held.grow(bytes)
        })
        const joined = memory.join(pieces)
        const { body } = joined
        giveBack = joined.giveBack
        if (!isUtf8(body)) throw invalidRequest('The body is not valid UTF-8.')
        return { body, release }
      } catch (error) {
        release()
        throw error
      }
    },
  }
}

const tooLarge = (bodyBytes: number) =>
  new GatewayError('request_too_large', `The body is larger than ${bodyBytes} bytes.`)

const collect = (
  request: IncomingMessage,
  count: (bytes: number) => void,
): Promise<readonly Buffer[]> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const coding = request.headers['content-encoding']?.trim().toLowerCase() || 'identity'
    const decoder = DECODERS.get(coding)?.()
    if (coding !== 'identity' && !decoder)
      return reject(
        invalidRequest(
          `The content encoding '${coding.slice(0, 40)}' is not known here.`,
          'content-encoding',
        ),
      )
    const source = decoder ?? request

    const fail = (error: unknown): void => {
      request.unpipe()
      decoder?.destroy()
      source.off('data', onData)
      reject(error)
    }
    const onData = (chunk: Buffer): void => {
      try {
        count(chunk.length)
        chunks.push(chunk)
      } catch (error) {
        fail(error)
      }
    }
    source.on('data', onData)
    source.once('end', () => resolve(chunks))
    decoder?.once('error', () =>
      fail(invalidRequest(`The body is not valid ${coding}.`, 'content-encoding')),
    )
    request.once('error', () => fail(clientLeft()))
    request.once('close', () => {
      if (!request.complete) fail(clientLeft())
    })
    if (decoder) request.pipe(decoder)
  })
