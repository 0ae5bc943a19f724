/** The schema of the file as JSON Schema, for editors and for the documentation. */
import * as z from 'zod'
import { isJsonObject, type JsonObject } from '#model'
import { fileSchema } from '../schema/index.ts'

/** The schema after all references are resolved. */
export const createJsonSchema = (): JsonObject => z.toJSONSchema(fileSchema) as JsonObject

/** The schema as users write the file: any value may be a reference. */
export const createPublishedSchema = (): JsonObject => withReferences(createJsonSchema())

const REFERENCE: JsonObject = { type: 'string', pattern: String.raw`\$\{.+\}` }

/** Text may be a reference as it is. */
const SCALARS: ReadonlySet<unknown> = new Set(['integer', 'number', 'boolean'])

const withReferences = (schema: JsonObject): JsonObject => {
  if (SCALARS.has(schema.type) || schema.enum) {
    const { description, default: preset, ...rest } = schema
    return {
      ...(description === undefined ? {} : { description }),
      ...(preset === undefined ? {} : { default: preset }),
      anyOf: [rest, REFERENCE],
    }
  }
  return Object.fromEntries(Object.entries(schema).map(([key, member]) => [key, descend(member)]))
}

const descend = (member: unknown): unknown => {
  if (Array.isArray(member)) return member.map(descend)
  return isJsonObject(member) ? withReferences(member) : member
}
