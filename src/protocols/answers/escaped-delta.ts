/** The text of a delta, escaped as in a JSON string. */
import type { PartDelta } from '#model'
import { type ByteString, escapeJson } from '#streams'

/** The text of a spliced delta is unescaped only if something asks for it. */
export const toEscaped = (delta: PartDelta): ByteString => delta.escaped ?? escapeJson(delta.text)
