/** The model's name, which a body may repeat and which must then match the path. */
import { isJsonObject, type JsonObject } from '#model'

export const renameSingle = (body: JsonObject, model: string): JsonObject | undefined =>
  body.model === undefined ? undefined : { ...body, model: `models/${model}` }

export const renameBatch = (body: JsonObject, model: string): JsonObject | undefined => {
  if (!Array.isArray(body.requests)) return undefined
  const requests = body.requests.map((request: unknown) =>
    isJsonObject(request) ? (renameSingle(request, model) ?? request) : request,
  )
  return { ...body, requests }
}
