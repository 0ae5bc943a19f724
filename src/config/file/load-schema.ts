/** The published schema, which is loaded only when somebody asks for it. */
import type { JsonObject } from '#model'

export const createPublishedSchema = async (): Promise<JsonObject> =>
  (await import('./json-schema.ts')).createPublishedSchema()
