/** Reads a request for the embedding of one content, or of many. */
import { type EmbeddingRequest, invalidRequest, type JsonObject } from '#model'
import {
  at,
  optionalCount,
  requiredArray,
  requiredObject,
  requiredString,
  toObject,
  toString,
  unknownFields,
  withoutUndefined,
} from '../../requests/fields.ts'
import {
  anything,
  each,
  fields,
  listIgnoredFields,
  looseFields,
} from '../../requests/ignored-fields.ts'
import { optionalList, withCamelKeys } from '../../gemini/index.ts'

const KNOWN_FIELDS: ReadonlySet<string> = new Set(['model', 'content', 'outputDimensionality'])

const READ_INSIDE = looseFields({
  content: fields({ role: anything, parts: each(fields({ text: anything })) }),
})

interface Entry {
  readonly input: string
  readonly dimensions: number | undefined
  readonly ignoredFields: readonly string[]
}

export const decodeSingle = (body: JsonObject): EmbeddingRequest =>
  toRequest(requiredString(body, 'model'), [toEntry(body, '')])

export const decodeBatch = (body: JsonObject): EmbeddingRequest => {
  const requests = requiredArray(body, 'requests')
  if (requests.length === 0) throw invalidRequest("'requests' must not be empty.", 'requests')
  const entries = requests.map((request, index) => {
    const path = at('requests', index)
    return toEntry(toObject(request, path), path)
  })
  const odd = entries.findIndex(({ dimensions }) => dimensions !== entries[0]?.dimensions)
  if (odd !== -1) {
    const path = at(at('requests', odd), 'outputDimensionality')
    throw invalidRequest(`'${path}' must be the same in every request.`, path)
  }
  return toRequest(requiredString(body, 'model'), entries)
}

const toRequest = (model: string, entries: readonly Entry[]): EmbeddingRequest => {
  const ignoredFields = [...new Set(entries.flatMap((entry) => entry.ignoredFields))]
  return withoutUndefined<EmbeddingRequest>({
    model,
    inputs: entries.map(({ input }) => input),
    dimensions: entries[0]?.dimensions,
    ignoredFields: ignoredFields.length > 0 ? ignoredFields : undefined,
  } as EmbeddingRequest)
}

const toEntry = (given: JsonObject, path: string): Entry => {
  const request = withCamelKeys(given)
  const dimensions = optionalCount(request, 'outputDimensionality', path)
  const where = at(path, 'outputDimensionality')
  if (dimensions === 0) throw invalidRequest(`'${where}' must be 1 or more.`, where)
  return {
    input: toText(request, path),
    dimensions,
    ignoredFields: [
      ...Object.entries(unknownFields(request, KNOWN_FIELDS)).flatMap(([key, value]) =>
        value === null ? [] : [key],
      ),
      ...(listIgnoredFields(request, READ_INSIDE) ?? []),
    ],
  }
}

const toText = (request: JsonObject, path: string): string => {
  const content = requiredObject(request, 'content', path)
  const where = at(path, 'content')
  const parts = optionalList(content, 'parts', where) ?? []
  const text = parts
    .map((value, index) => {
      const place = at(at(where, 'parts'), index)
      const part = toObject(value, place)
      if (part.text === undefined)
        throw invalidRequest(`'${place}' must be a text: this model embeds nothing else.`, place)
      return toString(part.text, at(place, 'text'))
    })
    .join('')
  if (text === '') throw invalidRequest(`'${where}' must not be empty.`, where)
  return text
}
