/** Frames of a dialect as they are on the wire. All readers of a session are sent the same, so it is made once. */
import type { Frame } from '#chat'
import { type ByteString, toByteString } from '#streams'
import { toTextFrame } from '../frames/text-frame.ts'

/** Readers are sent an event at nearly the same time. */
const MOST_SHARED = 256
/** Larger ones are a client's own: a history or a snapshot. */
const MOST_SHARED_CHARACTERS = 4096

const made = new Map<Frame, ByteString>()

export const toWire = (frame: Frame): ByteString => {
  if (frame.text.length > MOST_SHARED_CHARACTERS) return write(frame)
  const known = made.get(frame)
  if (known !== undefined) return known
  if (made.size >= MOST_SHARED) made.clear()
  const wire = write(frame)
  made.set(frame, wire)
  return wire
}

const write = ({ text }: Frame): ByteString => toTextFrame(toByteString(text))
