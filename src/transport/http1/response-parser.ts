/** Reads one answer after another from the bytes of a connection, however they are split. */
import { createChunkedDecoder } from './chunked.ts'
import { createHeadText, type HeadText } from './head-text.ts'
import { decodeHead, findHeadEnd, invalid, MAX_HEAD_BYTES } from './response-head.ts'
import type { ResponseHead } from './response-head.ts'
import { TransportError } from '../transport.ts'
import { type ByteString, detach } from '#streams'

export interface ResponseSink {
  onHead(head: ResponseHead): void
  onData(bytes: ByteString): void
  /** `surplus`: the server sent more in the same read. */
  onEnd(surplus: boolean): void
}

/** Throws a `TransportError` for an invalid answer, after which it must not be used. */
export interface ResponseParser {
  push(bytes: ByteString): void
  /** Reports that the server has closed the connection. */
  end(): void
  /** Prepares for the next answer. */
  reset(): void
}

type State = 'head' | 'length' | 'chunked' | 'close' | 'done'

const VERSION = 'HTTP/1.'
const LAST_CHUNK = '0\r\n\r\n'

/** Whether nothing of the body is still to come. To err costs a copy of the head, or a body that lives as long as it. */
const isComplete = ({ framing, length }: ResponseHead, rest: ByteString): boolean =>
  framing === 'length' ? rest.length >= length : framing === 'chunked' && rest.endsWith(LAST_CHUNK)

export const createResponseParser = (sink: ResponseSink): ResponseParser => {
  const chunks = createChunkedDecoder()
  let state: State = 'head'
  /** A head that arrives in several reads. */
  let pending: HeadText | undefined
  let headBytes = 0
  let remaining = 0

  const reset = (): void => {
    state = 'head'
    pending = undefined
    headBytes = 0
  }

  // The sink may start the next answer during this call: touch no state after it.
  const finish = (surplus: boolean): void => {
    state = 'done'
    sink.onEnd(surplus)
  }

  const readHead = (bytes: ByteString): void => {
    const scanned = pending?.length ?? 0
    if (!bytes.startsWith(VERSION.slice(scanned, scanned + bytes.length)))
      throw invalid('not HTTP/1.1')
    // Nearly every head arrives in one read.
    const end = pending ? pending.push(bytes) : findHeadEnd(bytes, 0)
    // Interim answers count too, so that a server cannot send them for ever.
    if (headBytes + (end === -1 ? scanned + bytes.length : end) > MAX_HEAD_BYTES)
      throw invalid('a head too large')
    if (end === -1) {
      if (!pending) (pending = createHeadText()).push(bytes)
      return
    }
    const text = pending?.take() ?? bytes
    pending = undefined
    headBytes += end
    const rest = end === text.length ? '' : text.slice(end)
    let head = decodeHead(text, end)
    // What begins a longer body in the same read is not to live as long as the head does.
    if (rest !== '' && !isComplete(head, rest)) head = decodeHead(detach(text.slice(0, end)), end)
    if (head.status < 200) {
      if (head.status === 101) throw invalid('a change of protocol')
      if (rest !== '') readHead(rest)
      return
    }
    sink.onHead(head)
    if (head.framing === 'none') {
      finish(rest !== '')
      return
    }
    state = head.framing
    remaining = head.length
    if (state === 'chunked') chunks.reset()
    if (rest !== '') push(rest)
  }

  const readLength = (bytes: ByteString): void => {
    const surplus = bytes.length > remaining
    const data = surplus ? bytes.slice(0, remaining) : bytes
    remaining -= data.length
    sink.onData(data)
    if (remaining === 0) finish(surplus)
  }

  const readChunked = (bytes: ByteString): void => {
    const data = chunks.decode(bytes)
    if (data !== '') sink.onData(data)
    if (chunks.isDone()) finish(chunks.hasSurplus())
  }

  const readers: Record<State, (bytes: ByteString) => void> = {
    head: readHead,
    length: readLength,
    chunked: readChunked,
    close: (bytes) => sink.onData(bytes),
    done: () => {
      throw invalid('data after the end')
    },
  }

  const push = (bytes: ByteString): void => readers[state](bytes)

  const end = (): void => {
    if (state === 'close') return finish(false)
    if (state === 'done') return
    const where = state !== 'head' ? 'in the body' : !pending ? 'before the answer' : 'in the head'
    throw new TransportError('closed', `the upstream closed the connection ${where}`)
  }

  return { push, end, reset }
}
