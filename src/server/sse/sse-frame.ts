/** Writes a frame of a dialect as a server-sent event. */
import type { Frame } from '#chat'
import { type ByteString, toByteString } from '#streams'

/** @param id from where the client reads on. Undefined: it stays where it was. */
export const toSseFrame = (
  { text, name }: Frame,
  id: string | undefined,
  isNamed: boolean,
): ByteString => {
  const event = isNamed && name !== undefined ? `event: ${name}\n` : ''
  const place = id === undefined ? '' : `id: ${id}\n`
  return `${place}${event}data: ${toByteString(text.replace(LINE_END, '\ndata: '))}\n\n`
}

const LINE_END = /\r\n|\r|\n/g
