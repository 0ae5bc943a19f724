/** Writes server-sent events. */
import { type ByteString, toByteString } from '../bytes/bytes.ts'

export const sseData = (value: unknown): ByteString =>
  `data: ${toByteString(JSON.stringify(value))}\n\n`

export const sseEvent = (event: string, value: unknown): ByteString =>
  `event: ${event}\n${sseData(value)}`

export const sseComment = (text: string): ByteString => `: ${text}\n\n`
