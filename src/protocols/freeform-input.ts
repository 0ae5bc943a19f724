/** Freeform tools where a protocol has only functions: the text travels as the one field of a JSON object. */
import { isJsonObject, type JsonObject } from '#model'

export const FREEFORM_SCHEMA: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
  additionalProperties: false,
}

export const wrapFreeform = (input: string): JsonObject => ({ input })

/** The text in it. Arguments of another shape stand for themselves: the tool's owner will say what is wrong. */
export const unwrapFreeform = (json: string): string => {
  try {
    const value: unknown = JSON.parse(json)
    return isJsonObject(value) && typeof value.input === 'string' ? value.input : json
  } catch {
    return json
  }
}
