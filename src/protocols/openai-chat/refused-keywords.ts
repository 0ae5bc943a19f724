/** Removes the keywords that a target refuses from a schema, at any depth. */
import { isJsonObject } from '#model'
import { mapSubschemas } from './schemas.ts'
import type { Drop } from '../protocol.ts'

/** @param owner what the schema belongs to, as a client would name it */
export type SchemaFilter = (schema: unknown, owner: string) => unknown

export const createSchemaFilter = (refused: readonly string[] = [], drop: Drop): SchemaFilter => {
  if (refused.length === 0) return (schema) => schema
  return (schema, owner) => {
    const filter = (subschema: unknown): unknown => {
      if (!isJsonObject(subschema)) return subschema
      const taken = refused.filter((keyword) => subschema[keyword] !== undefined)
      for (const keyword of taken) drop(`${owner}.${keyword}`)
      const rest = Object.entries(subschema).filter(([key]) => !taken.includes(key))
      return mapSubschemas(Object.fromEntries(rest), filter)
    }
    return filter(schema)
  }
}
