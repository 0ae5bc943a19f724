/** OpenAI's rules for tool schemas, response formats, images and files: the same in both of its protocols. */
import { mediaTypeOf, parseDataUri } from './images.ts'
import { findSchemaFault, isNotStrict, missesItems } from './json-schemas.ts'
import type { SchemaFault } from './json-schemas.ts'
import { openaiRefusal } from '../answers/openai-errors.ts'
import { asText, isObject } from './shape.ts'
import type { Body } from './shape.ts'

const NOT_AT_THE_TOP = ['oneOf', 'anyOf', 'allOf', 'enum', 'not']

const pythonTuple = (keys: string[]) =>
  `(${keys.map((key) => `'${key}'`).join(', ')}${keys.length === 1 ? ',' : ''})`

const wording = ({ context, text }: SchemaFault) => `In context=${pythonTuple(context)}, ${text}`

const schemaFault = (schema: Body, strict: boolean): string | undefined => {
  if (schema.type !== 'object')
    return `schema must be a JSON Schema of 'type: "object"', got 'type: "${schema.type === undefined ? 'None' : asText(schema.type)}"'.`
  if (NOT_AT_THE_TOP.some((key) => key in schema))
    return "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level."
  if (!isObject(schema.properties) && !strict)
    return 'In context=(), object schema missing properties.'
  const fault = findSchemaFault(
    schema,
    (node) => missesItems(node) ?? (strict ? isNotStrict(node) : undefined),
  )
  return fault && wording(fault)
}

export const checkFunctionSchema = (tool: Body, param: string) => {
  const { name, parameters, strict } = tool
  if (parameters === undefined || parameters === null) return
  const fault = schemaFault(parameters as Body, strict === true)
  if (fault)
    throw openaiRefusal(`Invalid schema for function '${String(name)}': ${fault}`, {
      param,
      code: 'invalid_function_parameters',
    })
}

export const checkFormatSchema = (format: Body, param: string) => {
  const { name, schema, strict } = format
  if (schema === undefined) return
  const fault = schemaFault(schema as Body, strict === true)
  if (fault)
    throw openaiRefusal(`Invalid schema for response_format '${String(name)}': ${fault}`, {
      param,
      code: 'invalid_json_schema',
    })
}

const IMAGE_TYPES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

export const checkImageUrl = (url: string, param: string) => {
  if (/^https?:\/\/\S+$/.test(url)) return
  if (!url.startsWith('data:'))
    throw openaiRefusal(
      `Invalid '${param}'. Expected a valid URL, but got a value with an invalid format.`,
      { param, code: 'invalid_value' },
    )
  const data = parseDataUri(url)
  if (!data || !IMAGE_TYPES.has(data.mediaType))
    throw openaiRefusal(
      `Invalid '${param}'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got an invalid value.`,
      { param, code: 'invalid_value' },
    )
  if (!data.bytes)
    throw openaiRefusal(
      `Invalid '${param}'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got an invalid base64-encoded value.`,
      { param, code: 'invalid_base64_image' },
    )
  if (!IMAGE_TYPES.has(mediaTypeOf(data.bytes) ?? ''))
    throw openaiRefusal(
      "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].",
      { param, code: 'invalid_image_format' },
    )
}

export const checkFileData = (uri: string, param: string) => {
  const data = parseDataUri(uri)
  if (data?.mediaType !== 'application/pdf' || !data.bytes)
    throw openaiRefusal(
      `Invalid '${param}'. Expected a base64-encoded data URL with an application/pdf MIME type (e.g. 'data:application/pdf;base64,aW1nIGJ5dGVzIGhlcmU='), but got ${data ? `unsupported MIME type '${data.mediaType}'` : 'an invalid value'}.`,
      { param, code: 'invalid_value' },
    )
}

/** What a reasoning model does not know, or knows with one value only. */
export const checkSampling = (body: Body, params: readonly string[]) => {
  for (const param of params)
    if (
      body[param] !== undefined &&
      body[param] !== null &&
      !(Array.isArray(body[param]) && body[param].length === 0)
    )
      throw openaiRefusal(`Unsupported parameter: '${param}' is not supported with this model.`, {
        param,
        code: 'unsupported_parameter',
      })
}

export const unknownModel = (model: string) =>
  openaiRefusal(`The model \`${model}\` does not exist or you do not have access to it.`, {
    status: 404,
    code: 'model_not_found',
  })
