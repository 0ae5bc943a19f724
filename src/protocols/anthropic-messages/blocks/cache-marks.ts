/** Marks what the vendor is to keep in its prompt cache, for clients whose protocol has no words for it. */
import { isJsonObject, type JsonObject } from '#model'
import type { RequestBlock, RequestMessage } from '../wire.ts'

interface Prompt {
  readonly tools: readonly JsonObject[]
  readonly system: readonly RequestBlock[]
  readonly messages: readonly RequestMessage[]
}

const MARK = { type: 'ephemeral' }

/** No model keeps less than 1,024 tokens, of some four characters. A mark on less has no effect. */
const LEAST_CHARACTERS = 4096

/** The vendor finds what it kept a turn ago at the first of them, and keeps more at the second one. */
const MARKED_TURNS = 2

/** Other blocks, such as thoughts, take no mark. */
const MARKABLE: ReadonlySet<unknown> = new Set(['text', 'image', 'document', 'tool_result'])

/** Unless the client has set a mark of its own. The vendor allows four of them. */
export const withCacheMarks = (prompt: Prompt): Prompt => {
  const { tools, system, messages } = prompt
  const contents = messages.map(({ content }) => content)
  if ([tools, system, ...contents].some((blocks) => blocks.some(isMarked))) return prompt
  const isLong = createMeasure()
  const turns = messages.flatMap(({ role }, at) => (role === 'user' ? [at] : []))
  const marked = new Set(turns.slice(-MARKED_TURNS))
  return {
    tools: isLong(tools) ? markLast(tools, isLoaded) : tools,
    system: isLong(system) ? markLast(system, isMarkable) : system,
    messages: messages.map((message, at) => {
      const { content } = message
      const mayMark = isLong(content) && marked.has(at)
      return mayMark ? { ...message, content: markLast(content, isMarkable) } : message
    }),
  }
}

const isMarked = ({ cache_control: mark, content }: JsonObject): boolean =>
  mark !== undefined || (Array.isArray(content) && content.filter(isJsonObject).some(isMarked))

/** Whether the prompt is long enough with what is added. Nothing is measured once it is. */
const createMeasure = () => {
  let characters = 0
  return (added: readonly JsonObject[]): boolean => {
    if (characters < LEAST_CHARACTERS && added.length > 0)
      characters += JSON.stringify(added).length
    return characters >= LEAST_CHARACTERS
  }
}

const isMarkable = ({ type }: JsonObject): boolean => MARKABLE.has(type)

/** A tool that is loaded later is no part of the prompt yet. */
const isLoaded = ({ defer_loading: isDeferred }: JsonObject): boolean => isDeferred !== true

const markLast = <Block extends JsonObject>(
  blocks: readonly Block[],
  mayMark: (block: Block) => boolean,
): readonly Block[] => {
  const last = blocks.findLastIndex(mayMark)
  return blocks.map((block, at) => (at === last ? { ...block, cache_control: MARK } : block))
}
