/**
 * Reads a form with one file while it arrives. It holds the head of the part, and then no more than one chunk. Whatever
 * is not such a form is refused: nobody has to guess which part was meant.
 */
import { invalidRequest } from '#model'
import { fileNameOf, readHeaderValue } from './file-name.ts'

export interface FilePart {
  /** Undefined if the form gives none. */
  readonly name: string | undefined
  /** As the form says. Empty if it says nothing. */
  readonly type: string
  readonly bytes: AsyncIterable<Buffer>
}

const MAX_PART_HEAD_BYTES = 8 * 1024
/** What may follow the last boundary. */
const MAX_EPILOGUE_BYTES = 1024

const CRLF = '\r\n'
const END_OF_HEAD = Buffer.from('\r\n\r\n')
const BOUNDARY = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/

/** @throws GatewayError `invalid_request` */
export const openFilePart = async (
  chunks: AsyncIterator<Uint8Array>,
  boundary: string | undefined,
): Promise<FilePart> => {
  if (boundary === undefined || !BOUNDARY.test(boundary))
    throw malformed('has no valid boundary in its content-type')
  const window = createWindow(chunks)
  const opening = Buffer.from(`--${boundary}${CRLF}`)
  const head = await readHead(window, opening)
  return { ...toPart(head), bytes: readData(window, Buffer.from(`${CRLF}--${boundary}`)) }
}

interface Window {
  /** What has arrived and was not taken yet. */
  readonly bytes: Buffer
  take(length: number): Buffer
  /** False: there is no more. */
  more(): Promise<boolean>
}

const createWindow = (chunks: AsyncIterator<Uint8Array>): Window => {
  let bytes: Buffer = Buffer.alloc(0)
  return {
    get bytes() {
      return bytes
    },
    take(length) {
      const taken = bytes.subarray(0, length)
      bytes = bytes.subarray(length)
      return taken
    },
    async more() {
      const next = await chunks.next()
      if (next.done === true) return false
      const { buffer, byteOffset, byteLength } = next.value
      const added = Buffer.from(buffer, byteOffset, byteLength)
      bytes = bytes.length === 0 ? added : Buffer.concat([bytes, added])
      return true
    },
  }
}

/** From the first boundary to the empty line. */
const readHead = async (window: Window, opening: Buffer): Promise<string> => {
  // A part without a head has its empty line at once.
  let from = opening.length - CRLF.length
  for (;;) {
    const { bytes } = window
    const seen = Math.min(bytes.length, opening.length)
    if (!bytes.subarray(0, seen).equals(opening.subarray(0, seen)))
      throw malformed('does not begin with its boundary')
    const end = bytes.indexOf(END_OF_HEAD, from)
    if (end > MAX_PART_HEAD_BYTES) throw largeHead()
    if (seen === opening.length && end !== -1)
      return decode(window.take(end + END_OF_HEAD.length).subarray(opening.length, end))
    if (bytes.length > MAX_PART_HEAD_BYTES) throw largeHead()
    from = Math.max(from, bytes.length - END_OF_HEAD.length + 1)
    if (!(await window.more())) throw malformed('ends before its file')
  }
}

const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw malformed('has a head that is not UTF-8')
  }
}

const toPart = (head: string): Omit<FilePart, 'bytes'> => {
  const headers = new Map<string, string>()
  for (const line of head === '' ? [] : head.split(CRLF)) {
    const [, name = '', value = ''] = /^([\w-]+):[ \t]*([^\r\n\0]*)$/.exec(line) ?? []
    if (name === '' || headers.has(name.toLowerCase()))
      throw malformed('has a part whose head is not valid')
    headers.set(name.toLowerCase(), value.trim())
  }
  const { value, parameters } = readHeaderValue(headers.get('content-disposition') ?? '') ?? {}
  if (value !== 'form-data' || !parameters)
    throw malformed('has a part without a valid disposition')
  if (parameters.get('name') !== 'file') throw malformed("has another part than 'file'")
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase() ?? 'binary'
  if (!['binary', '8bit', '7bit'].includes(encoding))
    throw malformed('has a part in another encoding than binary')
  return { name: fileNameOf(parameters), type: headers.get('content-type') ?? '' }
}

/** The bytes up to the last boundary, behind which nothing may come. */
async function* readData(window: Window, delimiter: Buffer): AsyncGenerator<Buffer> {
  let end = findEnd(window.bytes, delimiter)
  while (end === -1) {
    // The rest may be the beginning of a boundary.
    const free = window.bytes.length - delimiter.length - CRLF.length + 1
    if (free > 0) yield window.take(free)
    if (!(await window.more())) throw malformed('ends before its last boundary')
    end = findEnd(window.bytes, delimiter)
  }
  if (end > 0) yield window.take(end)
  const last = window.take(delimiter.length + CRLF.length)
  if (last.toString('latin1', delimiter.length) === CRLF) throw malformed('has more than one part')
  await checkEnd(window)
}

/** Where a boundary is that is complete. What only begins like one is of the file. */
const findEnd = (bytes: Buffer, delimiter: Buffer): number => {
  for (let at = bytes.indexOf(delimiter); at !== -1; at = bytes.indexOf(delimiter, at + 1)) {
    const next = bytes.toString(
      'latin1',
      at + delimiter.length,
      at + delimiter.length + CRLF.length,
    )
    if (next === '--' || next === CRLF) return at
  }
  return -1
}

const checkEnd = async (window: Window): Promise<void> => {
  do {
    if (
      window.bytes.length > MAX_EPILOGUE_BYTES ||
      /[^\r\n\t ]/.test(window.bytes.toString('latin1'))
    )
      throw malformed('goes on after its last boundary')
  } while (await window.more())
}

const largeHead = () => malformed('has a part whose head is too large')

const malformed = (what: string) =>
  invalidRequest(`The form ${what}. It needs one part, a file of the name 'file'.`, 'file')
