/** Writes a request to generate content. Model and stream go into its path. */
import type { JsonObject, ModelRequest } from '#model'
import { lookUp, withoutUndefined } from '../requests/fields.ts'
import type { Drop, EncodedRequest, TargetTraits } from '../protocol.ts'
import { createToolNames } from '../requests/tools/tool-names.ts'
import { encodeThinking } from './encode-thinking.ts'
import { encodeTools } from './encode-tools.ts'
import { encodeTurns } from './encode-turns.ts'
import { toAnswerSchema } from './schemas.ts'

const CONFIG = 'generationConfig.'
const MAX_STOP_SEQUENCES = 5

export const encodeRequest = (request: ModelRequest, target: TargetTraits): EncodedRequest => {
  const dropped = new Set<string>()
  const drop: Drop = (name) => dropped.add(name)
  const names = createFunctionNames()
  const { answerFormat: format } = request
  // Older models refuse a response schema when functions are offered.
  const byTool =
    format?.kind === 'json-schema' && target.structuredOutput === 'tool' && request.tools.length > 0
  const { answerTool, ...offer } = encodeTools(
    request,
    byTool ? format : undefined,
    names.toWire,
    drop,
  )
  const { system, contents } = encodeTurns(request.turns, {
    provider: target.provider,
    drop,
    toName: names.toWire,
    wantsCallSignatures: target.wantsCallSignatures ?? false,
    takesMediaInResults: target.takesMediaInResults ?? false,
  })
  if (request.userId !== undefined) drop('user')
  if (request.parallelToolCalls === false && request.tools.length > 0) drop('parallel_tool_calls')
  const generationConfig = encodeSettings(request, target, byTool, drop)
  const { top, settings } = ownExtensions(request, drop)
  const config = { ...settings, ...generationConfig }
  const body = withoutUndefined<JsonObject>({
    ...top,
    systemInstruction: system.length > 0 ? { parts: system } : undefined,
    contents,
    ...offer,
    generationConfig: Object.keys(config).length > 0 ? config : undefined,
  })
  return {
    body,
    dropped: [...dropped],
    undo: withoutUndefined({
      toolNames: names.changed,
      freeformTools: new Set(
        request.tools.flatMap(({ kind, name }) => (kind === 'freeform' ? [name] : [])),
      ),
      answerTool,
      provider: target.provider,
    } as EncodedRequest['undo']),
  }
}

/** Default values: nothing is lost by leaving them out. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  temperature: 1,
  topP: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
}

/** Fields that clients of the other protocols spell differently. */
const CLIENT_NAMES: Readonly<Record<string, string>> = {
  topP: 'top_p',
  topK: 'top_k',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
}

const MAX_TEMPERATURE = 2

const encodeSettings = (
  request: ModelRequest,
  target: TargetTraits,
  byTool: boolean,
  drop: Drop,
): JsonObject => {
  const { temperature, maxOutputTokens, answerFormat } = request
  const format = byTool ? undefined : answerFormat
  const settings = withoutUndefined<JsonObject>({
    maxOutputTokens:
      maxOutputTokens && Math.min(maxOutputTokens, target.maxOutputTokens ?? Infinity),
    temperature: temperature && Math.min(MAX_TEMPERATURE, Math.max(0, temperature)),
    topP: request.topP,
    topK: request.topK,
    seed: encodeSeed(request.seed, drop),
    presencePenalty: request.presencePenalty,
    frequencyPenalty: request.frequencyPenalty,
    stopSequences: encodeStopSequences(request.stopSequences, drop),
    responseMimeType: format && 'application/json',
    responseJsonSchema: format?.kind === 'json-schema' ? toAnswerSchema(format.schema) : undefined,
    thinkingConfig: encodeThinking(request, target, drop),
  })
  for (const field of target.refusedFields ?? []) {
    if (settings[field] === undefined) continue
    if (lookUp(DEFAULTS, field) !== settings[field]) drop(lookUp(CLIENT_NAMES, field) ?? field)
    delete settings[field]
  }
  return settings
}

/** The vendor accepts 32 bits only. */
const encodeSeed = (seed: number | undefined, drop: Drop): number | undefined => {
  if (seed === undefined || seed === (seed | 0)) return seed
  return void drop('seed')
}

const encodeStopSequences = (
  sequences: readonly string[] | undefined,
  drop: Drop,
): readonly string[] | undefined => {
  const valid = sequences?.filter((sequence) => sequence !== '').slice(0, MAX_STOP_SEQUENCES)
  if (valid?.length !== sequences?.length) drop('stop')
  return valid && valid.length > 0 ? valid : undefined
}

const ownExtensions = ({ extensions = {} }: ModelRequest, drop: Drop) => {
  const { gemini: own = {}, ...foreign } = extensions
  for (const fields of Object.values(foreign)) for (const name of Object.keys(fields)) drop(name)
  const settings: JsonObject = {}
  const top: JsonObject = {}
  for (const [key, value] of Object.entries(own))
    if (key.startsWith(CONFIG)) settings[key.slice(CONFIG.length)] = value
    else top[key] = value
  return { top, settings }
}

/** A function's name must begin with a letter or `_` here. */
const createFunctionNames = () => {
  const names = createToolNames()
  const prefixed = new Map<string, string>()
  return {
    toWire(name: string): string {
      const wire = names.toWire(name)
      if (/^[a-zA-Z_]/.test(wire)) return wire
      const own = `_${wire}`.slice(0, 64)
      prefixed.set(own, name)
      return own
    },
    get changed(): ReadonlyMap<string, string> {
      return new Map([...names.changed, ...prefixed])
    },
  }
}
