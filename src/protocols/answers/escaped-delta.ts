/** What a delta adds, as it stands in a JSON string. */
import type { PartDelta } from '#model'
import { type ByteString, escapeJson } from '#streams'

/** The text of a spliced delta is only made where somebody asks for it. */
export const toEscaped = (delta: PartDelta): ByteString => delta.escaped ?? escapeJson(delta.text)
