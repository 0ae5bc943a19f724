/**
 * The default model: it does what directives in the user's text say, quotes tool results back, gives
 * JSON where a schema is asked for, and echoes otherwise; it thinks first where thinking is switched on.
 */
import type { Answer, Fault, Part, Reply, ReplyCall, Stop } from './answer.ts'
import { satisfy } from '../requests/json-schemas.ts'
import { forcedTool, offeredTools, wantedSchema } from '../requests/offers.ts'
import { isObject } from '../requests/shape.ts'

export interface Directive {
  name: string
  rest: string
}

const OPENING = /\[\[(?<name>[a-z]+)(?: +|(?=\]\]))/g

const isJson = (text: string) => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The arguments of a call may themselves hold `]]`: its end is the first that leaves whole JSON. */
const endOf = (text: string, start: number, name: string) => {
  const first = text.indexOf(']]', start)
  if (name !== 'call') return first
  for (let end = first; end >= 0; end = text.indexOf(']]', end + 1))
    if (isJson(text.slice(start, end).replace(/^\S+ */, '') || '{}')) return end
  return first
}

export const readDirectives = (text: string): Directive[] => {
  const directives: Directive[] = []
  for (const match of text.matchAll(OPENING)) {
    const name = match.groups?.name ?? ''
    const start = match.index + match[0].length
    const end = endOf(text, start, name)
    if (end >= 0) directives.push({ name, rest: text.slice(start, end).trim() })
  }
  return directives
}

const splitFirst = (text: string): [string, string] => {
  const [first = ''] = text.split(/\s/, 1)
  return [first, text.slice(first.length).trim()]
}

const toHeaders = (text: string) =>
  Object.fromEntries(
    text
      .split(/\s+/)
      .filter((pair) => pair.includes('='))
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )

/** An answer has a status in any case. */
const toStatus = (text: string) => {
  const status = Number(text)
  return Number.isInteger(status) && status >= 200 && status <= 599 ? status : 500
}

const toErrorFault = (rest: string): Fault => {
  const [count, after] = splitFirst(rest)
  const [type, message] = splitFirst(after)
  return {
    errorAfterEvents: Number(count),
    ...(type && { type }),
    ...(message && { message }),
  }
}

const FAULTS: Record<string, (rest: string) => Fault> = {
  status(rest) {
    const [status, headers] = splitFirst(rest)
    return { status: toStatus(status), headers: toHeaders(headers) }
  },
  html: (rest) => ({ html: toStatus(rest) }),
  cut: (rest) => ({ cutAfterEvents: Number(rest) }),
  end: (rest) => ({ endAfterEvents: Number(rest) }),
  stall: (rest) => ({ stallAfterEvents: Number(rest) }),
  garble: (rest) => ({ garbleAfterEvents: Number(rest) }),
  error: toErrorFault,
  reset: () => ({ resetBeforeAnswer: true }),
  silence: () => ({ neverAnswer: true }),
}

const SETTINGS: Record<string, (rest: string) => Partial<Answer>> = {
  stop: (rest) => ({ stop: rest as Stop }),
  pace: (rest) => ({ paceMs: Number(rest) }),
  delay: (rest) => ({ delayMs: Number(rest) }),
  pieces: (rest) => ({ pieces: Number(rest) }),
  usage(rest) {
    const counts = Object.entries(toHeaders(rest)).map(([key, count]) => [key, Number(count)])
    return { usage: { input: 1, output: 1, ...Object.fromEntries(counts) } }
  },
}

/** A tool that is not offered is not called: side requests of an agent carry the same text. */
const toCall = (rest: string, { body }: ReplyCall): Part[] => {
  const [name, input] = splitFirst(rest)
  const tool = offeredTools(body).find((offered) => offered.name === name)
  if (!tool) return []
  const { custom, namespace } = tool
  return [
    {
      toolCall: {
        name,
        arguments: input || (custom ? '' : '{}'),
        ...(custom && { custom }),
        ...(namespace !== undefined && { namespace }),
      },
    },
  ]
}

const PARTS: Record<string, (rest: string, call: ReplyCall) => Part[]> = {
  think: (rest) => [{ reasoning: rest }],
  redacted: () => [{ redacted: true }],
  say: (rest) => [{ text: rest }],
  refuse: (rest) => [{ refusal: rest }],
  call: toCall,
  custom: toCall,
}

const isThought = (part: Part) => 'reasoning' in part || 'redacted' in part

/** What the model says when no directive gives it words. */
const fallbackParts = (call: ReplyCall): Part[] => {
  const schema = wantedSchema(call.protocol, call.body)
  if (schema !== undefined) return [{ text: JSON.stringify(satisfy(schema)) }]
  const { toolResults } = call
  if (toolResults.length > 0) return [{ text: `The tool answered: ${toolResults.join(' and ')}` }]
  const forced = forcedTool(call.body)
  if (forced) {
    const { name, custom, namespace } = forced
    const input = custom ? 'input' : JSON.stringify(satisfy(forced.schema ?? { type: 'object' }))
    return [
      {
        toolCall: {
          name,
          arguments: input,
          ...(custom && { custom }),
          ...(namespace !== undefined && { namespace }),
        },
      },
    ]
  }
  return [{ text: call.lastUserText || 'ok' }]
}

/** A model whose thinking is switched on thinks before it says or does anything. */
const thinks = ({ thinking, generationConfig: config }: ReplyCall['body']) =>
  (isObject(thinking) && thinking.type === 'enabled') ||
  (isObject(config) &&
    isObject(config.thinkingConfig) &&
    config.thinkingConfig.includeThoughts === true)

const thinkFirst = ({ body }: ReplyCall, parts: Part[]): Part[] => {
  const [first] = parts
  const on = thinks(body)
  return !on || (first && isThought(first)) ? parts : [{ reasoning: 'Let me see.' }, ...parts]
}

export const followDirectives: Reply = (call) => {
  const answer = follow(call)
  return { ...answer, parts: thinkFirst(call, answer.parts ?? []) }
}

/** Results answer the directives of their turn: once they are there, nothing is done again. */
const follow: Reply = (call) => {
  if (call.toolResults.length > 0) return { parts: fallbackParts(call) }
  const answer: Answer = {}
  const parts: Part[] = []
  for (const { name, rest } of readDirectives(call.lastUserText)) {
    if (Object.hasOwn(FAULTS, name)) {
      const fault = FAULTS[name]?.(rest)
      if (fault) answer.fault = fault
    }
    if (Object.hasOwn(SETTINGS, name)) Object.assign(answer, SETTINGS[name]?.(rest))
    if (Object.hasOwn(PARTS, name)) parts.push(...(PARTS[name]?.(rest, call) ?? []))
  }
  return { ...answer, parts: parts.every(isThought) ? [...parts, ...fallbackParts(call)] : parts }
}
