/** Decodes the content coding of an answer, for upstreams that compress although we asked for identity. */
import type { Transform } from 'node:stream'
import { type ByteString, CONTENT_CODINGS, createCodingBalance } from '#streams'
import { TransportError } from '../transport.ts'
import type { Exchange, TransportHandler } from '../transport.ts'

export const isDecodable = (coding: string): boolean =>
  coding === 'identity' || CONTENT_CODINGS.has(coding)

export interface Decoding extends TransportHandler, Exchange {}

/**
 * Sits between a connection and the handler of its answer. Memory is bounded: the decoder expands no more
 * than the handler takes, and while it is full its source is paused.
 */
export const createDecoding = (
  coding: string,
  handler: TransportHandler,
  source: Pick<Exchange, 'pause' | 'resume' | 'abort'>,
): Decoding => {
  const balance = createCodingBalance()
  let decoder: Transform | undefined
  let failure: TransportError | undefined
  let paused = false
  let sourceEnded = false
  let over = false

  const fail = (error: TransportError): void => {
    if (over) return
    over = true
    decoder?.destroy()
    source.abort()
    handler.onError(error)
  }

  /** What the handler throws is reported to it as an error, as a connection does. */
  const guard = (call: () => void): void => {
    try {
      call()
    } catch (cause) {
      fail(new TransportError('handler_threw', 'the handler threw', { cause }))
    }
  }

  const finish = (): void => {
    if (over) return
    if (failure) return fail(failure)
    // Anything after the end of the coded body belongs to nothing.
    if (!sourceEnded) source.abort()
    guard(() => handler.onEnd())
    over = true
  }

  const open = (bytes: ByteString): Transform | undefined => {
    const made = CONTENT_CODINGS.get(coding)?.create(bytes.charCodeAt(0))
    made?.on('data', (chunk: Buffer) => {
      balance.addDecoded(chunk.length)
      if (!over) guard(() => handler.onData(chunk.toString('latin1')))
    })
    made?.on('drain', () => source.resume())
    made?.once('end', finish)
    made?.on('error', (cause) =>
      fail(
        failure ?? new TransportError('invalid_coding', `a body that is no ${coding}`, { cause }),
      ),
    )
    if (paused) made?.pause()
    return made
  }

  const end = (): void => {
    if (over) return
    if (decoder) decoder.end()
    else finish()
  }

  return {
    onResponse: ({ status, rawHeaders }) =>
      handler.onResponse({ status, rawHeaders: withoutCoding(rawHeaders) }),
    onData(bytes) {
      if (over) return
      if (coding === 'identity') return handler.onData(bytes)
      if (!balance.addCoded(bytes.length))
        return fail(
          new TransportError('invalid_coding', `a body of ${coding} that is mostly empty`),
        )
      decoder ??= open(bytes)
      if (decoder?.write(Buffer.from(bytes, 'latin1')) === false) source.pause()
    },
    onEnd() {
      sourceEnded = true
      end()
    },
    onError(error) {
      // First pass on what arrived before the failure.
      failure = error
      end()
    },
    pause() {
      paused = true
      if (decoder) decoder.pause()
      else source.pause()
    },
    resume() {
      paused = false
      decoder?.resume()
      // A full decoder resumes the source itself, when it drains.
      if (!decoder?.writableNeedDrain) source.resume()
    },
    abort() {
      over = true
      decoder?.destroy()
      source.abort()
    },
  }
}

/** The server's `content-length` is the length of the coded body. */
const ABOUT_THE_CODING: ReadonlySet<string> = new Set(['content-encoding', 'content-length'])

const withoutCoding = (rawHeaders: readonly string[]): readonly string[] =>
  rawHeaders.filter(
    (_, at) => !ABOUT_THE_CODING.has((rawHeaders[at - (at % 2)] ?? '').toLowerCase()),
  )
