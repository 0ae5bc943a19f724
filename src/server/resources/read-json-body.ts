/** Reads the JSON object in the body of a request about sessions. */
import { invalidRequest, type JsonObject, parseObject } from '#model'
import { findMembers, JsonShapeError, MAX_JSON_VALUES } from '#streams'
import type { Visit } from '../serving/visit.ts'

/** A message of 256 KB, however it is escaped. */
const MAX_SESSION_BODY_BYTES = 2 * 1024 * 1024

/** Nothing is an empty object. @throws GatewayError */
export const readJsonBody = async ({
  bodies,
  request,
  caller,
  serving,
}: Pick<Visit, 'bodies' | 'request' | 'caller' | 'serving'>): Promise<JsonObject> => {
  const { body, release } = await bodies.read(request, caller, MAX_SESSION_BODY_BYTES)
  try {
    if (body.length === 0) return {}
    checkShape(body, serving.limits.depth)
    const parsed = parseObject(body.toString())
    if (!parsed) throw invalidRequest('The body is not valid JSON.')
    return parsed
  } finally {
    release()
  }
}

/** Parsing would take the last of two fields of one name. */
const checkShape = (body: Buffer, maxDepth: number): void => {
  const names = new Set<string>()
  for (const { key } of findOutline(body, maxDepth)) {
    if (names.has(key))
      throw invalidRequest(`'${key.slice(0, 64)}' is in the body more than once.`, key.slice(0, 64))
    names.add(key)
  }
}

const findOutline = (body: Buffer, maxDepth: number) => {
  try {
    return findMembers(body, maxDepth, MAX_JSON_VALUES)
  } catch (error) {
    if (error instanceof JsonShapeError) throw invalidRequest(error.message)
    throw error
  }
}
