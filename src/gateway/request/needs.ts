/** Reads what a call needs of its target. */
import type {
  Ability,
  AnswerFormat,
  ModelRequest,
  Part,
  ProtocolName,
  ReasoningRequest,
} from '#model'
import type { Needs } from '#router'
import { estimateRequestTokens, estimateTokens } from '#usage'
import type { GatewayCall } from '../call.ts'
import { createDecoder } from './decode-request.ts'
import type { Envelope } from './envelope.ts'

/** In each of them a client can ask for it, in one protocol or another. */
const FIELDS: { readonly [ability in Ability]?: readonly string[] } = {
  tools: ['tools', 'functions'],
  json_schema: [
    'response_format',
    'text',
    'output_config',
    'output_format',
    'generationConfig',
    'generation_config',
  ],
  reasoning: [
    'reasoning_effort',
    'reasoning',
    'thinking',
    'output_config',
    'generationConfig',
    'generation_config',
  ],
}

const toWords = (...words: readonly string[]): readonly Buffer[] =>
  words.map((word) => Buffer.from(`"${word}"`))

const GEMINI_WORDS = toWords('inlineData', 'inline_data', 'fileData', 'file_data')

/** Beside whatever is no text is one of these words. An image may be sent as a file, and a file as an image. */
const MEDIA_WORDS: Readonly<
  Record<ProtocolName, { readonly [ability in Ability]?: readonly Buffer[] }>
> = {
  'openai-chat': {
    images: toWords('image_url', 'image', 'file', 'document'),
    pdfs: toWords('file', 'document', 'image_url', 'image'),
    audio: toWords('input_audio'),
  },
  'openai-responses': {
    images: toWords('input_image', 'input_file', 'computer_screenshot'),
    pdfs: toWords('input_file', 'input_image'),
    audio: toWords('input_audio'),
  },
  'anthropic-messages': {
    images: toWords('image', 'document'),
    pdfs: toWords('document', 'image'),
  },
  gemini: { images: GEMINI_WORDS, pdfs: GEMINI_WORDS, audio: GEMINI_WORDS },
  'openai-completions': {},
}

/**
 * What a call may need, found in its outline and by a search for a few words. It finds too much rather than too little,
 * except for words that are written with escapes.
 */
export const toPossibleNeeds = (call: GatewayCall, { members, stream }: Envelope): Needs => {
  const { body, protocol, askedIn = protocol } = call
  // There is nothing to decode.
  if (call.asked) return readNeeds(call)
  const tokens = estimateTokens(body.length)
  return {
    has(ability) {
      if (ability === 'streaming') return stream
      const fields = FIELDS[ability]
      if (fields) return members.some(({ key }) => fields.includes(key))
      return MEDIA_WORDS[askedIn.name][ability]?.some((word) => body.includes(word)) ?? false
    },
    exceeds: (most) => (tokens > most ? tokens : undefined),
  }
}

/** Nothing is known of a request that cannot be decoded: its target decides. */
const NOTHING: Needs = { has: () => false, exceeds: () => undefined }

/** What a call needs. The request is decoded for it, and not kept. */
export const readNeeds = (call: GatewayCall): Needs => {
  const request = decode(call)
  if (!request) return NOTHING
  const needed = toAbilities(request)
  const turns = request.turns.map((turn) => ({ ...turn, parts: withoutFiles(turn.parts) }))
  const tokens = estimateRequestTokens({ ...request, turns })
  // With this mark of Anthropic's the models have more room than their list says.
  const isLong = call.rawHeaders.some((value) => value.includes('context-1m'))
  return {
    has: (ability) => needed.has(ability),
    exceeds: (most) => (tokens > most && !isLong ? tokens : undefined),
  }
}

/** How many tokens a file has can only be guessed, and a guess must not refuse a call. */
const withoutFiles = (parts: readonly Part[]): readonly Part[] =>
  parts.flatMap((part): readonly Part[] => {
    if (part.kind === 'tool-result') return [{ ...part, parts: withoutFiles(part.parts) }]
    const isFile = part.kind === 'file' && part.source.kind !== 'text'
    return isFile || part.kind === 'audio' ? [] : [part]
  })

const decode = (call: GatewayCall): ModelRequest | undefined => {
  try {
    return createDecoder(call)()
  } catch {
    return undefined
  }
}

const toAbilities = ({
  stream,
  turns,
  tools,
  answerFormat,
  reasoning,
}: ModelRequest): ReadonlySet<Ability> => {
  const needed = new Set<Ability>()
  if (stream) needed.add('streaming')
  // A vendor's own tools are left out for other vendors.
  if (tools.some(({ kind }) => kind !== 'native')) needed.add('tools')
  if (isSchema(answerFormat)) needed.add('json_schema')
  if (asksToReason(reasoning)) needed.add('reasoning')
  for (const { parts } of turns) for (const part of parts) addMedia(needed, part)
  return needed
}

const isSchema = (format: AnswerFormat | undefined): boolean => format?.kind === 'json-schema'

const asksToReason = (reasoning: ReasoningRequest | undefined): boolean =>
  reasoning !== undefined &&
  reasoning.effort !== 'none' &&
  (reasoning.effort !== undefined ||
    reasoning.adaptive === true ||
    (reasoning.budgetTokens ?? 0) > 0)

const addMedia = (needed: Set<Ability>, part: Part): void => {
  if (part.kind === 'image') needed.add('images')
  else if (part.kind === 'audio') needed.add('audio')
  else if (part.kind === 'file' && part.source.kind !== 'text') needed.add('pdfs')
  else if (part.kind === 'tool-result') for (const inner of part.parts) addMedia(needed, inner)
}
