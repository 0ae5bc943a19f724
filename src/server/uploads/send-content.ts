/** Sends a file that was uploaded, as fast as the client reads. No browser runs what is in it. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { UploadContent } from '#chat'
import type { Visit } from '../serving/visit.ts'

/** How long a client may read nothing. */
const CONTENT_STALL_MS = 60_000

export const sendContent = async (
  { request, response, headers }: Pick<Visit, 'request' | 'response' | 'headers'>,
  content: UploadContent,
): Promise<void> => {
  if (response.destroyed) return
  const isHead = request.method === 'HEAD'
  const pieces = content.pieces[Symbol.asyncIterator]()
  // What the store cannot read is still an error with its status.
  const first = isHead ? undefined : await pieces.next()
  response.writeHead(200, [...headers, ...toHeaders(content)])
  if (isHead) return void response.end()
  response.setTimeout(CONTENT_STALL_MS, () => response.destroy())
  try {
    for (let piece = first; piece && piece.done !== true; piece = await pieces.next())
      if (!response.write(piece.value)) await drained(response)
    response.end()
  } catch {
    // It was deleted meanwhile, or the client has left: a clean end would look like the complete file.
    response.destroy()
  }
}

const drained = async (response: ServerResponse): Promise<void> => {
  const closed = new AbortController()
  const onClose = (): void => closed.abort()
  response.once('close', onClose)
  try {
    if (response.destroyed) throw new Error('the client has left')
    await once(response, 'drain', { signal: closed.signal })
  } finally {
    response.off('close', onClose)
  }
}

const toHeaders = ({ name, type, bytes }: UploadContent): readonly string[] => [
  'content-type',
  type.startsWith('text/') ? `${type}; charset=utf-8` : type,
  'content-length',
  String(bytes),
  'content-disposition',
  `attachment; filename="${toAscii(name)}"; filename*=UTF-8''${toExtended(name)}`,
  'x-content-type-options',
  'nosniff',
  'content-security-policy',
  "default-src 'none'; sandbox",
  'cache-control',
  'private, no-store',
]

const toAscii = (name: string): string => name.replaceAll(/[^\w .()-]/g, '_')

const toExtended = (name: string): string =>
  encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
