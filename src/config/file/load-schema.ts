/** The published schema. It is loaded only when it is needed. */
import type { JsonObject } from '#model'

export const createPublishedSchema = async (): Promise<JsonObject> =>
  (await import('./json-schema.ts')).createPublishedSchema()
