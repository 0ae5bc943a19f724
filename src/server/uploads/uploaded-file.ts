/** Opens the file that a request brings: as the part of a form, or as its body. */
import type { IncomingMessage } from 'node:http'
import { MAX_UPLOAD_BYTES, type UploadedFile } from '#chat'
import { clientLeft, GatewayError, invalidRequest } from '#model'
import { createUploadProgress } from '../bodies/upload-progress.ts'
import type { Visit } from '../serving/visit.ts'
import { decodePercent, fileNameOf, readHeaderValue, toFileName } from './file-name.ts'
import { openFilePart } from './multipart.ts'

/** The head of a part and the boundaries. */
const FORM_BYTES = 16 * 1024
/** A chunk of a request, the piece that is filled from it, and its way to the store. */
const UPLOAD_HOLD_BYTES = 1024 * 1024

/** @param take reads the file. What it leaves is discarded. @throws GatewayError */
export const withUploadedFile = async <Result>(
  { request, caller, memory, serving }: Pick<Visit, 'request' | 'caller' | 'memory' | 'serving'>,
  take: (file: UploadedFile) => Promise<Result>,
): Promise<Result> => {
  const { headers } = request
  const content = readHeaderValue(headers['content-type'] ?? '')
  const isForm = content?.value === 'multipart/form-data'
  if (!content || (content.value.startsWith('multipart/') && !isForm)) throw unknownForm()
  if (!isPlain(headers['content-encoding'])) throw encoded()
  const most = Math.min(MAX_UPLOAD_BYTES, serving.limits.bodyBytes) + (isForm ? FORM_BYTES : 0)
  const declaredBytes = toLength(headers['content-length'])
  if (declaredBytes !== undefined && declaredBytes > most) throw tooLarge(most)
  const held = memory.hold(caller, UPLOAD_HOLD_BYTES)
  const progress = createUploadProgress(request, serving.limits.uploadStallMs)
  const stalled = Promise.withResolvers<never>()
  stalled.promise.catch(() => undefined)
  progress.watch(stalled.reject)
  const chunks = readChunks(request, stalled.promise, most)
  try {
    if (!isForm) return await take({ ...rawFile(request), declaredBytes, bytes: chunks })
    const { name, type, bytes } = await openFilePart(chunks, content.parameters.get('boundary'))
    return await take({ name: toFileName(name), type, declaredBytes, bytes })
  } finally {
    progress.stop()
    void chunks.return(undefined)
    held.release()
  }
}

const rawFile = ({ headers }: IncomingMessage): Pick<UploadedFile, 'name' | 'type'> => {
  const plain = toText(headers['x-filename'])
  const disposition = readHeaderValue(toText(headers['content-disposition']) ?? '')
  const name =
    plain === undefined
      ? fileNameOf(disposition?.parameters ?? new Map())
      : (decodePercent(plain) ?? plain)
  return { name: toFileName(name), type: headers['content-type'] ?? '' }
}

/** Node reads headers byte by byte, and clients write names in UTF-8. */
const toText = (header: string | readonly string[] | undefined): string | undefined => {
  if (typeof header !== 'string') return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(header, 'latin1'))
  } catch {
    return header
  }
}

const toLength = (header: string | undefined): number | undefined =>
  header === undefined ? undefined : Number(header)

const isPlain = (coding = 'identity'): boolean => coding.trim().toLowerCase() === 'identity'

/** Reads as fast as the chunks are taken. The connection stays open when nobody takes more. */
async function* readChunks(
  request: IncomingMessage,
  stalled: Promise<never>,
  most: number,
): AsyncGenerator<Uint8Array> {
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  const next = async (): Promise<IteratorResult<Buffer, undefined>> => {
    try {
      return await chunks.next()
    } catch {
      throw clientLeft()
    }
  }
  let bytes = 0
  try {
    for (;;) {
      const { value } = await Promise.race([next(), stalled])
      if (!value) {
        if (!request.complete) throw clientLeft()
        return
      }
      bytes += value.length
      if (bytes > most) throw tooLarge(most)
      yield value
    }
  } finally {
    void chunks.return?.()
  }
}

const tooLarge = (most: number): GatewayError =>
  new GatewayError('request_too_large', `The upload is larger than ${most} bytes.`, {
    param: 'file',
  })

const unknownForm = (): GatewayError =>
  invalidRequest(
    "An upload is the part 'file' of multipart/form-data, or the body itself with its type.",
    'content-type',
  )

const encoded = (): GatewayError =>
  invalidRequest('An upload is not compressed: send the file as it is.', 'content-encoding')
