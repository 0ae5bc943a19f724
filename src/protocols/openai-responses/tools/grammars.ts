/** Grammars of freeform tools: flat here, but a nested object in the vocabulary and in Chat. */
import { isJsonObject } from '#model'

export const decodeGrammar = (format: unknown): unknown => {
  if (!isJsonObject(format) || format.type !== 'grammar' || isJsonObject(format.grammar))
    return format
  const { type, ...grammar } = format
  return { type, grammar }
}

export const encodeGrammar = (format: unknown): unknown =>
  isJsonObject(format) && format.type === 'grammar' && isJsonObject(format.grammar)
    ? { type: format.type, ...format.grammar }
    : format
