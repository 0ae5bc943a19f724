/** Estimates tokens by rule of thumb, where a tokenizer would cost more than the answer is worth. */
import type { FilePart, ModelRequest, Part, Tool } from '#model'
import { audioTokens, pdfTokensBySize, TOKENS_PER_UNKNOWN_FILE } from './parts/attachment-tokens.ts'

/** One token for every four characters: right for English, too low for code and for other scripts. */
export const estimateTokens = (characters: number): number => Math.ceil(characters / 4)

const TOKENS_PER_MESSAGE = 4
const TOKENS_PER_TOOL = 8
const TOKENS_PER_IMAGE = 765

/** Estimates what a model reads of a request. Takes a few microseconds, whatever the size. */
export const estimateRequestTokens = ({ turns, tools, answerFormat }: ModelRequest): number => {
  let tokens = 0
  for (const { parts } of turns) {
    tokens += TOKENS_PER_MESSAGE
    for (const part of parts) tokens += estimatePart(part)
  }
  for (const tool of tools) tokens += estimateTool(tool)
  if (answerFormat?.kind === 'json-schema') tokens += estimateJson(answerFormat.schema, 0)
  return Math.ceil(tokens)
}

/** The punctuation and the names around each part, tool and turn. */
const BYTES_AROUND = 32

/** About how many bytes a body with this request would have. The limits of callers count by the size of bodies. */
export const estimateRequestBytes = ({ turns, tools, answerFormat }: ModelRequest): number => {
  let bytes = BYTES_AROUND
  for (const { parts } of turns) bytes += BYTES_AROUND + bytesOfAll(parts)
  for (const tool of tools) bytes += BYTES_AROUND + bytesOfJson(tool)
  if (answerFormat?.kind === 'json-schema') bytes += bytesOfJson(answerFormat.schema)
  return bytes
}

const bytesOfAll = (parts: readonly Part[]): number =>
  parts.reduce((sum, part) => sum + BYTES_AROUND + bytesOfPart(part), 0)

const bytesOfPart = (part: Part): number => {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return Buffer.byteLength(part.text)
    case 'reasoning':
      return (
        Buffer.byteLength(part.text) + (part.redacted?.length ?? 0) + (part.signature?.length ?? 0)
      )
    case 'tool-call':
      return part.name.length + Buffer.byteLength(part.arguments)
    case 'tool-result':
      return bytesOfAll(part.parts)
    case 'tool-reference':
      return part.name.length
    case 'audio':
      return part.data.length
    case 'image':
      return bytesOfSource(part.source)
    case 'file':
      return bytesOfSource(part.source)
    case 'native':
      return bytesOfJson(part.value)
  }
}

const bytesOfSource = (source: FilePart['source']): number => {
  switch (source.kind) {
    case 'text':
      return Buffer.byteLength(source.text)
    case 'base64':
      return source.data.length
    case 'url':
      return source.url.length
    case 'upload':
      return source.id.length
  }
}

const bytesOfJson = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')

const estimatePart = (part: Part): number => {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return estimateText(part.text)
    case 'reasoning':
      return estimateText(part.text) + estimateTokens(part.redacted?.length ?? 0)
    case 'tool-call':
      return estimateText(part.name) + estimateText(part.arguments)
    case 'tool-result':
      return part.parts.reduce((sum, inner) => sum + estimatePart(inner), TOKENS_PER_MESSAGE)
    case 'tool-reference':
      return estimateText(part.name)
    case 'image':
      return TOKENS_PER_IMAGE
    case 'audio':
      return audioTokens(part.data, part.format)
    case 'file': {
      const { source } = part
      if (source.kind === 'text') return estimateText(source.text)
      return source.kind === 'base64' ? pdfTokensBySize(source.data) : TOKENS_PER_UNKNOWN_FILE
    }
    case 'native':
      return estimateJson(part.value, 0)
  }
}

const estimateTool = (tool: Tool): number =>
  TOKENS_PER_TOOL +
  estimateJson(tool.kind === 'native' ? tool.value : { ...tool, kind: undefined }, 0)

const MAX_DEPTH = 32

/** The length of the JSON, without the punctuation that a model is not shown. */
const estimateJson = (value: unknown, depth: number): number => {
  if (typeof value === 'string') return estimateText(value)
  if (typeof value !== 'object' || value === null) return value === undefined ? 0 : 1
  if (depth > MAX_DEPTH) return 0
  let tokens = 1
  if (Array.isArray(value)) for (const item of value) tokens += 1 + estimateJson(item, depth + 1)
  else
    for (const [key, item] of Object.entries(value))
      if (item !== undefined) tokens += 1 + estimateText(key) + estimateJson(item, depth + 1)
  return tokens
}

/** Tokens per UTF-16 unit, by the first code of a range of scripts. */
const WEIGHTS: readonly (readonly [number, number])[] = [
  [0x00, 0.25],
  // Latin with accents, then Greek, Cyrillic, Semitic, Indic and other alphabets.
  [0x80, 0.5],
  [0x300, 0.35],
  // Punctuation, signs, then kana and ideographs.
  [0x2000, 0.8],
  // Hangul.
  [0xac00, 0.7],
  // Halves of emoji and rare ideographs, private use, wide forms.
  [0xd800, 0.9],
]

const weightOf = (code: number): number => WEIGHTS.findLast(([first]) => code >= first)?.[1] ?? 1

/** The table is indexed by the upper bits of a code. */
const BLOCK_BITS = 7
const BLOCKS = Float64Array.from({ length: 0x10000 >> BLOCK_BITS }, (_, block) =>
  weightOf(block << BLOCK_BITS),
)

const WHOLE_CHARACTERS = 512
const SAMPLES = 8
const SAMPLE_CHARACTERS = WHOLE_CHARACTERS / SAMPLES

const estimateText = (text: string): number => {
  if (text.length <= WHOLE_CHARACTERS) return weigh(text, 0, text.length)
  let tokens = 0
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = Math.floor((sample * (text.length - SAMPLE_CHARACTERS)) / (SAMPLES - 1))
    tokens += weigh(text, start, start + SAMPLE_CHARACTERS)
  }
  return (tokens / WHOLE_CHARACTERS) * text.length
}

const weigh = (text: string, start: number, end: number): number => {
  let tokens = 0
  for (let at = start; at < end; at++) tokens += BLOCKS[text.charCodeAt(at) >> BLOCK_BITS] ?? 1
  return tokens
}
