/** Frames of a dialect as they are on the wire. All readers of a session are sent the same, so it is made once. */
import type { Frame } from '#chat'
import { type ByteString, toByteString } from '#streams'
import { frameSound } from '../frames/text-frame.ts'

export const toWire = (frame: Frame): ByteString =>
  (frame.wire ??= frameSound(toByteString(frame.text)))
