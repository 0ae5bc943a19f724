/** The shape of Gemini requests: every field that Google knows, and none that it does not. */
import {
  anything,
  boolean,
  byKind,
  integer,
  isObject,
  list,
  literal,
  number,
  object,
  record,
  ShapeProblem,
  string,
} from '../requests/shape.ts'
import type { Fields, Shape } from '../requests/shape.ts'

const text = string()

/** Bytes may be written with either alphabet. */
const bytes = string({ pattern: /^[A-Za-z0-9+/_-]+={0,2}$/ })

/** Whole numbers of 64 bits are written as text, and may be written plainly. */
const int64: Shape = (value, path) => {
  const isWhole = typeof value === 'string' ? /^-?\d+$/.test(value) : Number.isInteger(value)
  if (!isWhole) throw new ShapeProblem(path, { kind: 'type', expected: ['integer'], got: value })
}

const TYPES = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL']

/** Google names a property in its paths by its place. */
const properties: Shape = (value, path) => {
  record()(value, path)
  for (const [index, item] of Object.values(value as object).entries())
    schema(item, [...path, index, 'value'])
}

/** The classic schema: a part of OpenAPI 3.0, and nothing of JSON Schema beyond it. */
const schema: Shape = (value, path) =>
  object(
    {},
    {
      anyOf: list(schema),
      default: anything,
      description: text,
      enum: list(text),
      example: anything,
      format: text,
      items: schema,
      maxItems: int64,
      maxLength: int64,
      maxProperties: int64,
      maximum: number(),
      minItems: int64,
      minLength: int64,
      minProperties: int64,
      minimum: number(),
      nullable: boolean,
      pattern: text,
      properties,
      propertyOrdering: list(text),
      required: list(text),
      title: text,
      type: literal(...TYPES, ...TYPES.map((type) => type.toLowerCase())),
    },
  )(value, path)

const blob = object({}, { mimeType: text, data: bytes, displayName: text })
const fileData = object({}, { mimeType: text, fileUri: text, displayName: text })

const part = object(
  {},
  {
    text,
    thought: boolean,
    thoughtSignature: bytes,
    inlineData: blob,
    fileData,
    functionCall: object({}, { id: text, name: text, args: record() }),
    functionResponse: object(
      {},
      {
        id: text,
        name: text,
        response: record(),
        parts: list(object({}, { inlineData: blob, fileData })),
        scheduling: literal('SILENT', 'WHEN_IDLE', 'INTERRUPT'),
        willContinue: boolean,
      },
    ),
    executableCode: object({}, { id: text, language: literal('PYTHON'), code: text }),
    codeExecutionResult: object(
      {},
      {
        id: text,
        outcome: literal('OUTCOME_OK', 'OUTCOME_FAILED', 'OUTCOME_DEADLINE_EXCEEDED'),
        output: text,
      },
    ),
    toolCall: record(),
    toolResponse: record(),
    videoMetadata: object({}, { startOffset: text, endOffset: text, fps: number() }),
    mediaResolution: record(),
    partMetadata: record(),
  },
)

const content = object({}, { role: text, parts: list(part) })

const functionDeclaration = object(
  {},
  {
    name: text,
    description: text,
    behavior: literal('UNSPECIFIED', 'BLOCKING', 'NON_BLOCKING'),
    parameters: schema,
    parametersJsonSchema: anything,
    response: schema,
    responseJsonSchema: anything,
  },
)

const tool = object(
  {},
  {
    functionDeclarations: list(functionDeclaration),
    googleSearch: record(),
    googleSearchRetrieval: record(),
    googleMaps: record(),
    codeExecution: object({}),
    computerUse: record(),
    urlContext: object({}),
    fileSearch: record(),
    mcpServers: list(record()),
  },
)

const toolConfig = object(
  {},
  {
    functionCallingConfig: object(
      {},
      {
        mode: literal('MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED'),
        allowedFunctionNames: list(text),
      },
    ),
    retrievalConfig: record(),
    includeServerSideToolInvocations: boolean,
  },
)

const CATEGORIES = ['HARASSMENT', 'HATE_SPEECH', 'SEXUALLY_EXPLICIT', 'DANGEROUS_CONTENT']

const safetySetting = object(
  {
    category: literal(
      ...CATEGORIES.map((name) => `HARM_CATEGORY_${name}`),
      'HARM_CATEGORY_CIVIC_INTEGRITY',
    ),
    threshold: literal(
      'BLOCK_LOW_AND_ABOVE',
      'BLOCK_MEDIUM_AND_ABOVE',
      'BLOCK_ONLY_HIGH',
      'BLOCK_NONE',
      'OFF',
    ),
  },
  {},
)

const generationConfig = object(
  {},
  {
    candidateCount: integer({ min: 1, max: 8 }),
    stopSequences: list(string({ min: 1 }), { max: 5 }),
    maxOutputTokens: integer(),
    temperature: number({ min: 0, max: 2 }),
    topP: number({ min: 0, max: 1 }),
    topK: number({ min: 1 }),
    seed: integer(),
    presencePenalty: number({ min: -2, max: 2 }),
    frequencyPenalty: number({ min: -2, max: 2 }),
    responseMimeType: text,
    responseSchema: schema,
    responseJsonSchema: anything,
    responseLogprobs: boolean,
    logprobs: integer({ min: 0, max: 20 }),
    responseModalities: list(literal('TEXT', 'IMAGE', 'AUDIO')),
    mediaResolution: literal(
      'MEDIA_RESOLUTION_LOW',
      'MEDIA_RESOLUTION_MEDIUM',
      'MEDIA_RESOLUTION_HIGH',
    ),
    speechConfig: record(),
    imageConfig: record(),
    audioTranscriptionConfig: record(),
    enableEnhancedCivicAnswers: boolean,
    thinkingConfig: object(
      {},
      {
        includeThoughts: boolean,
        thinkingBudget: integer({ min: -1 }),
        thinkingLevel: byKind({ string: literal('MINIMAL', 'LOW', 'MEDIUM', 'HIGH') }),
      },
    ),
  },
)

const generated: Fields = {
  contents: list(content),
  systemInstruction: content,
  tools: list(tool),
  toolConfig,
  safetySettings: list(safetySetting),
  generationConfig,
  cachedContent: text,
  labels: record(text),
  serviceTier: literal('unspecified', 'flex', 'standard', 'priority'),
  store: boolean,
  continuationToken: text,
}

/** The name of the model may also be in the body. */
export const generateShape = object({}, { ...generated, model: text })

export const countShape = object(
  {},
  { contents: list(content), generateContentRequest: generateShape },
)

const TASKS = [
  'RETRIEVAL_QUERY',
  'RETRIEVAL_DOCUMENT',
  'SEMANTIC_SIMILARITY',
  'CLASSIFICATION',
  'CLUSTERING',
  'QUESTION_ANSWERING',
  'FACT_VERIFICATION',
  'CODE_RETRIEVAL_QUERY',
]

export const embedShape = object(
  {},
  {
    model: text,
    content,
    taskType: literal(...TASKS),
    title: text,
    outputDimensionality: integer({ min: 1 }),
  },
)

export const batchEmbedShape = object({}, { requests: list(embedShape) })

/** The fields of a part of which each part has one. */
export const PART_KINDS = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
]

export const isEmptyPart = (value: unknown) =>
  !isObject(value) || PART_KINDS.every((kind) => value[kind] === undefined)
