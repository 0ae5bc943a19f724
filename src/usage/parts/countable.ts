/** Splits a request into what a tokenizer must count and what is known without one. */
import type { FunctionTool, ModelRequest, Part, Tool, Turn } from '#model'
import { audioTokens, bytesOfBase64, TOKENS_PER_UNKNOWN_FILE } from './attachment-tokens.ts'
import { countImageTokens } from './image-tokens.ts'
import { toToolText } from './tool-text.ts'

export interface Countable {
  readonly knownTokens: number
  readonly texts: readonly string[]
  /** Base64. */
  readonly pdfs: readonly string[]
}

/** The chat format: https://github.com/openai/openai-cookbook/blob/main/examples/How_to_count_tokens_with_tiktoken.ipynb */
const TOKENS_PER_MESSAGE = 4
const TOKENS_PER_ANSWER_START = 3
const TOKENS_PER_CALL = 3
const TOKENS_FOR_TOOLS = 9
/** The system prompt and the tools share one message. */
const TOKENS_SAVED_BY_SYSTEM = 4
const TOKENS_FOR_NAMED_TOOL = 4
const TOKENS_PER_OTHER_TOOL = 8

export const toCountable = (request: ModelRequest, model: string): Countable => {
  const { turns, tools, toolChoice, answerFormat } = request
  const texts: string[] = []
  const pdfs: string[] = []
  let known = TOKENS_PER_ANSWER_START

  const addPart = (part: Part): void => {
    switch (part.kind) {
      case 'text':
      case 'refusal':
        texts.push(part.text)
        break
      case 'reasoning':
        texts.push(part.text)
        // About one token for every four encrypted bytes.
        if (part.redacted !== undefined) known += Math.ceil(bytesOfBase64(part.redacted) / 4)
        break
      case 'tool-call':
        texts.push(part.name, part.arguments)
        known += TOKENS_PER_CALL
        break
      case 'tool-result':
        for (const inner of part.parts) addPart(inner)
        break
      case 'tool-reference':
        texts.push(part.name)
        break
      case 'image':
        known += countImageTokens(part, model)
        break
      case 'audio':
        known += audioTokens(part.data, part.format)
        break
      case 'file': {
        const { source } = part
        if (source.kind === 'text') texts.push(source.text)
        else if (source.kind !== 'base64') known += TOKENS_PER_UNKNOWN_FILE
        else if (isText(source.mediaType))
          texts.push(Buffer.from(source.data, 'base64').toString('utf8'))
        else pdfs.push(source.data)
        if (part.name !== undefined) texts.push(part.name)
        break
      }
      case 'native':
        texts.push(JSON.stringify(part.value) ?? '')
    }
  }

  const addTurn = ({ role, parts }: Turn): void => {
    // Each tool result is a separate message.
    known += TOKENS_PER_MESSAGE * (role === 'tool' ? parts.length : 1)
    for (const part of parts) addPart(part)
  }

  for (const turn of turns) addTurn(turn)
  const functions = tools.filter(isFunction)
  if (functions.length > 0) {
    texts.push(toToolText(functions))
    known += TOKENS_FOR_TOOLS
    if (turns.some(({ role }) => role === 'system')) known -= TOKENS_SAVED_BY_SYSTEM
  }
  for (const tool of tools) {
    if (tool.kind === 'function') continue
    texts.push(JSON.stringify(tool.kind === 'native' ? tool.value : tool) ?? '')
    known += TOKENS_PER_OTHER_TOOL
  }
  if (toolChoice?.mode === 'none' && functions.length > 0) known += 1
  if (toolChoice?.mode === 'named') {
    texts.push(toolChoice.name)
    known += TOKENS_FOR_NAMED_TOOL
  }
  if (answerFormat?.kind === 'json-schema') texts.push(JSON.stringify(answerFormat.schema) ?? '')
  return { knownTokens: known, texts, pdfs }
}

const isFunction = (tool: Tool): tool is FunctionTool => tool.kind === 'function' && !tool.deferred

const isText = (mediaType: string): boolean =>
  mediaType.startsWith('text/') || mediaType === 'application/json'
