/** JSON from outside: an object whose fields have not been checked. */
export type JsonObject = { [key: string]: unknown }

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Parses JSON text. Undefined if it is invalid. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Parses a JSON object. Undefined if the text is anything else. */
export const parseObject = (text: string): JsonObject | undefined => {
  const value = parseJson(text)
  return isJsonObject(value) ? value : undefined
}
