/** Reads the complete body of a request, decodes its content coding, and bounds both. */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Caller, MemoryAccount, MemoryHold } from '#access'
import { clientLeft, GatewayError, invalidRequest } from '#model'
import { CONTENT_CODINGS, type ContentCoding, createCodingBalance, DECODER_BYTES } from '#streams'
import { type BodyMemory, createBodyMemory } from './body-memory.ts'
import { gatherPieces } from './gather-pieces.ts'
import { createUploadProgress, type UploadProgress } from './upload-progress.ts'

export interface BodyLimits {
  /** The limit for one body, after decoding. */
  readonly bodyBytes: number
  /** The limit for everything that is held for callers at one time. */
  readonly inFlightBytes: number
  /** How long a body may stall while it arrives. */
  readonly uploadStallMs?: number
}

export interface BodyReader {
  /**
   * The body must not be read after `release`.
   *
   * @param most for a route whose bodies are smaller than the limit for all.
   * @throws GatewayError
   */
  read(
    request: IncomingMessage,
    caller: Caller,
    most?: number,
  ): Promise<{ readonly body: Buffer; release(): void }>
}

export const createBodyReader = (
  { bodyBytes: limit, uploadStallMs }: Pick<BodyLimits, 'bodyBytes' | 'uploadStallMs'>,
  account: MemoryAccount,
  memory: BodyMemory = createBodyMemory(),
): BodyReader => {
  return {
    async read(request, caller, most = limit) {
      const bodyBytes = Math.min(most, limit)
      const declared = Number(request.headers['content-length'] ?? 0)
      if (declared > bodyBytes) throw tooLarge(bodyBytes)
      const coding = toCoding(request)
      const held = account.hold(caller, 0)
      const decoding = coding && account.hold(caller, DECODER_BYTES)
      const progress = createUploadProgress(request, uploadStallMs)
      const count = (bytes: number): void => {
        if (held.bytes + bytes > bodyBytes) throw tooLarge(bodyBytes)
        held.grow(bytes)
        decoding?.grow(Math.min(bytes, mostOf(coding) - decoding.bytes))
      }
      try {
        const pieces = await collect(request, coding, count, progress)
        const joined = memory.join(pieces)
        const release = toRelease(held, joined.release)
        const { body } = joined
        if (isUtf8(body)) return { body, release }
        release()
        throw invalidRequest('The body is not valid UTF-8.')
      } catch (error) {
        held.release()
        throw error
      } finally {
        progress.stop()
        decoding?.release()
      }
    },
  }
}

/** Kept until the answer ends, so it must not retain anything from reading the body. */
const toRelease = (held: MemoryHold, releaseBody: () => void) => (): void => {
  held.release()
  releaseBody()
}

const tooLarge = (bodyBytes: number) =>
  new GatewayError('request_too_large', `The body is larger than ${bodyBytes} bytes.`)

/** A decoder's window grows with its output. */
const mostOf = (coding: ContentCoding | undefined): number =>
  DECODER_BYTES + (coding?.windowBytes ?? 0)

/** Undefined if the body is not coded. @throws GatewayError */
const toCoding = ({ headers }: IncomingMessage): ContentCoding | undefined => {
  const name = codingOf(headers)
  const coding = CONTENT_CODINGS.get(name)
  if (name === 'identity' || coding) return coding
  throw invalidRequest(
    `The content encoding '${name.slice(0, 40)}' is not known here.`,
    'content-encoding',
  )
}

const codingOf = (headers: IncomingMessage['headers']): string =>
  headers['content-encoding']?.trim().toLowerCase() || 'identity'

const collect = (
  request: IncomingMessage,
  coding: ContentCoding | undefined,
  count: (bytes: number) => void,
  progress: UploadProgress,
): Promise<readonly Buffer[]> =>
  new Promise((resolve, reject) => {
    const chunks = gatherPieces()
    const decoder = coding?.create()
    const source = decoder ?? request
    const balance = decoder && createCodingBalance()

    const onCoded = (bytes: Buffer): void => {
      if (balance?.addCoded(bytes.length) === false)
        fail(
          invalidRequest(
            `The body's ${codingOf(request.headers)} is mostly empty.`,
            'content-encoding',
          ),
        )
    }
    let complete = false
    const fail = (error: unknown): void => {
      // The body is in use by now: nothing of it may be freed.
      if (complete) return
      request.unpipe()
      request.off('data', onCoded)
      decoder?.destroy()
      source.off('data', onData)
      chunks.discard()
      reject(error)
    }
    const onData = (chunk: Buffer): void => {
      try {
        count(chunk.length)
        balance?.addDecoded(chunk.length)
        chunks.add(chunk)
      } catch (error) {
        fail(error)
      }
    }
    const onError = (): void => fail(clientLeft())
    const onClose = (): void => {
      if (!request.complete) fail(clientLeft())
    }
    source.on('data', onData)
    source.once('end', () => {
      // The request stays open until it is answered. These listeners would retain the body.
      if (!decoder) request.off('data', onData).off('error', onError).off('close', onClose)
      complete = true
      resolve(chunks.all)
    })
    decoder?.once('error', () =>
      fail(
        invalidRequest(`The body is not valid ${codingOf(request.headers)}.`, 'content-encoding'),
      ),
    )
    request.on('error', onError)
    request.on('close', onClose)
    progress.watch(fail)
    if (!decoder) return
    request.on('data', onCoded)
    request.pipe(decoder)
  })
