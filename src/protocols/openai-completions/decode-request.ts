/** Reads a completion request: the text before the cursor, and optionally the text after it. */
import { invalidRequest, type JsonObject, type ModelRequest, type Turn } from '#model'
import {
  at,
  optionalBoolean,
  optionalCount,
  optionalNumber,
  optionalObject,
  optionalString,
  requiredString,
  toArray,
  toString,
  unknownFields,
  withoutUndefined,
} from '../requests/fields.ts'

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'stream_options',
  'prompt',
  'suffix',
  'max_tokens',
  'temperature',
  'top_p',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'stop',
  'echo',
  'n',
  'best_of',
  'user',
])

export const decodeRequest = (body: JsonObject): ModelRequest => {
  refuseMoreThanOne(body, 'n')
  refuseMoreThanOne(body, 'best_of')
  if (optionalBoolean(body, 'echo'))
    throw invalidRequest("'echo' must be false: this model does not say back its prompt.", 'echo')
  const streamOptions = optionalObject(body, 'stream_options')
  const rest = toRest(body)
  return withoutUndefined<ModelRequest>({
    model: requiredString(body, 'model'),
    stream: optionalBoolean(body, 'stream') ?? false,
    turns: toTurns(toPrompt(body), optionalString(body, 'suffix') ?? ''),
    tools: [],
    maxOutputTokens: optionalCount(body, 'max_tokens'),
    temperature: optionalNumber(body, 'temperature'),
    topP: optionalNumber(body, 'top_p'),
    seed: optionalNumber(body, 'seed'),
    presencePenalty: optionalNumber(body, 'presence_penalty'),
    frequencyPenalty: optionalNumber(body, 'frequency_penalty'),
    stopSequences: toStopSequences(body),
    userId: optionalString(body, 'user'),
    usageInStream:
      streamOptions && optionalBoolean(streamOptions, 'include_usage', 'stream_options'),
    extensions: Object.keys(rest).length > 0 ? { 'openai-completions': rest } : undefined,
  } as ModelRequest)
}

const refuseMoreThanOne = (body: JsonObject, field: string): void => {
  if ((optionalCount(body, field) ?? 1) > 1)
    throw invalidRequest(`'${field}' must be 1: this model gives one answer at a time.`, field)
}

const toRest = (body: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(unknownFields(body, KNOWN_FIELDS)).filter(
      ([, value]) => value !== null && value !== undefined,
    ),
  )

const toPrompt = ({ prompt }: JsonObject): string => {
  if (prompt === undefined || prompt === null)
    throw invalidRequest("'prompt' is required.", 'prompt')
  if (!Array.isArray(prompt)) return toString(prompt, 'prompt')
  if (prompt.length !== 1)
    throw invalidRequest(
      "'prompt' must be one text: this model answers one prompt at a time, and reads no tokens.",
      'prompt',
    )
  return toString(prompt[0], at('prompt', 0))
}

const toTurns = (prompt: string, suffix: string): readonly Turn[] => {
  if (suffix !== '') return [toTurn('system', FILL_IN), toTurn('user', toFrame(prompt, suffix))]
  if (prompt === '') throw invalidRequest("'prompt' must not be empty.", 'prompt')
  return [toTurn('user', prompt)]
}

const toTurn = (role: 'system' | 'user', text: string): Turn => ({
  role,
  parts: [{ kind: 'text', text }],
})

/** A chat model would converse unless it is given these instructions. */
const FILL_IN = `You fill in the text at a cursor. The user gives what stands before it, between <prefix> and </prefix>, and what stands after it, between <suffix> and </suffix>. Answer with nothing but the text that belongs between the two, so that prefix, answer and suffix make one whole when they are joined as they are. Repeat neither of them. No explanation, no quotation marks, no code fence, no tags.`

const toFrame = (prompt: string, suffix: string): string =>
  `<prefix>${prompt}</prefix>\n<suffix>${suffix}</suffix>`

const toStopSequences = ({ stop }: JsonObject): readonly string[] | undefined => {
  if (stop === undefined || stop === null) return undefined
  if (typeof stop === 'string') return [stop]
  return toArray(stop, 'stop').map((sequence, index) => toString(sequence, at('stop', index)))
}
