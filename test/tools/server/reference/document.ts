/** The OpenAPI document of a running Sluice, as a client reads it. */
import { fromJSONSchema, type ZodType } from 'zod'
import { send } from '../../app/send.ts'

export type Schema = Readonly<Record<string, unknown>>

interface Content {
  readonly schema: Schema
  readonly example?: Schema
}

interface Answer {
  readonly $ref?: string
  readonly description?: string
  readonly content?: Readonly<Record<string, Content>>
}

interface Operation {
  readonly tags: readonly string[]
  readonly operationId?: string
  readonly summary: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> }
  readonly responses: Readonly<Record<string, Answer>>
  readonly security?: readonly unknown[]
  readonly 'x-codeSamples'?: readonly { readonly lang: string; readonly source: string }[]
  readonly 'x-protocol'?: string
}

export interface Document {
  readonly openapi: string
  readonly info: { readonly version: string }
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly responses: Readonly<Record<string, Answer>>
  }
}

export const readDocument = async (url: string, key?: string): Promise<Document> => {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
  const { json } = await send(url, '/openapi.json', { headers })
  return json as unknown as Document
}

export interface Described {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

export const operationsOf = ({ paths }: Document): readonly Described[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  )

/** What is said of an answer of this status. */
export const answerOf = (
  { components }: Document,
  { operation }: Described,
  status: number,
): Answer | undefined => {
  const answer = operation.responses[status]
  return answer?.$ref ? components.responses[answer.$ref.split('/').at(-1) ?? ''] : answer
}

const REFERENCE = '#/components/schemas/'

/** What is not described is an error, in objects whose fields are described. */
const close = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(close)
  if (typeof value !== 'object' || value === null) return value
  const closed = Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, close(inner)]),
  )
  if (typeof closed['$ref'] === 'string')
    return { ...closed, $ref: closed['$ref'].replace(REFERENCE, '#/$defs/') }
  return closed['type'] === 'object' && typeof closed['properties'] === 'object'
    ? { additionalProperties: false, ...closed }
    : closed
}

/** What judges by a schema of the document, and allows no field that it does not describe. */
export const judgeOf = (document: Document, schema: Schema): ZodType =>
  fromJSONSchema({
    ...(close(schema) as object),
    $defs: close(document.components.schemas) as Record<string, never>,
  })
