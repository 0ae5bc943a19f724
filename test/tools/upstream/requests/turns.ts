/** Reads from a request of any protocol what the model is asked now: the last words and the newest results. */
import type { ProtocolName, ReplyCall } from '../answers/answer.ts'
import { isObject } from './shape.ts'
import type { Body } from './shape.ts'

const objects = (value: unknown): Body[] => (Array.isArray(value) ? value.filter(isObject) : [])

/** The text of a string, of a list of parts, or of whatever else as JSON. */
const textOf = (content: unknown): string => {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return content === undefined ? '' : JSON.stringify(content)
  return objects(content)
    .map((part) => part.text)
    .filter((text) => typeof text === 'string')
    .join('\n')
}

const resultText = (content: unknown): string => {
  const text = textOf(content)
  return (
    text ||
    (Array.isArray(content)
      ? objects(content)
          .map(({ type }) => `[${String(type)}]`)
          .join(' ')
      : '')
  )
}

interface Entry {
  from: 'model' | 'user' | 'result' | 'other'
  text: string
}

const ROLES: Record<string, Entry['from']> = { assistant: 'model', user: 'user', tool: 'result' }

const fromChat = ({ messages }: Body): Entry[] =>
  objects(messages).map(({ role, content }) => {
    const from = ROLES[String(role)] ?? 'other'
    return { from, text: from === 'result' ? resultText(content) : textOf(content) }
  })

const fromMessages = ({ messages }: Body): Entry[] =>
  objects(messages).flatMap(({ role, content }): Entry[] => {
    const from = ROLES[String(role)] ?? 'other'
    const results = objects(content)
      .filter(({ type }) => type === 'tool_result')
      .map((block): Entry => ({ from: 'result', text: resultText(block.content) }))
    const text = textOf(content)
    return text || results.length === 0 ? [...results, { from, text }] : results
  })

const fromItem = (item: Body): Entry => {
  const type = String(item.type ?? 'message')
  if (type.endsWith('_output'))
    return { from: 'result', text: resultText(item.output ?? item.tools) }
  if (type === 'message')
    return { from: ROLES[String(item.role)] ?? 'other', text: textOf(item.content) }
  return { from: type.endsWith('_call') || type === 'reasoning' ? 'model' : 'other', text: '' }
}

const fromResponses = ({ input }: Body): Entry[] =>
  typeof input === 'string' ? [{ from: 'user', text: input }] : objects(input).map(fromItem)

/** A response is an object; its text is under one of these names. */
const RESPONSE_WORDS = ['output', 'result', 'content', 'error']

const responseText = (response: unknown) => {
  if (!isObject(response)) return ''
  const words = RESPONSE_WORDS.map((name) => response[name]).find((word) => word !== undefined)
  return typeof words === 'string' ? words : JSON.stringify(words ?? response)
}

const fromGemini = ({ contents }: Body): Entry[] =>
  objects(contents).flatMap(({ role, parts }): Entry[] => {
    const results = objects(parts)
      .filter(({ functionResponse }) => isObject(functionResponse))
      .map(({ functionResponse }): Entry => {
        const { response } = functionResponse as Body
        return { from: 'result', text: responseText(response) }
      })
    const text = textOf(parts)
    const from = role === 'model' ? 'model' : 'user'
    return text || results.length === 0 ? [...results, { from, text }] : results
  })

const fromText = (given: unknown): Entry[] => [
  {
    from: 'user',
    text: (Array.isArray(given) ? given : [given])
      .filter((some) => typeof some === 'string')
      .join('\n'),
  },
]

const READERS: Record<ProtocolName, (body: Body) => Entry[]> = {
  chat: fromChat,
  messages: fromMessages,
  responses: fromResponses,
  gemini: fromGemini,
  completions: ({ prompt }) => fromText(prompt),
  embeddings: ({ input }) => fromText(input),
}

const said = (some: Entry[]) =>
  some
    .filter(({ from, text }) => from === 'user' && text)
    .map(({ text }) => text)
    .join('\n')

export const toReplyCall = (protocol: ProtocolName, body: Body): ReplyCall => {
  const entries = READERS[protocol](body)
  const newest = entries.slice(entries.findLastIndex(({ from }) => from === 'model') + 1)
  return {
    protocol,
    body,
    lastUserText: said(newest) || said(entries.filter(({ from }) => from === 'user').slice(-1)),
    toolResults: newest.filter(({ from }) => from === 'result').map(({ text }) => text),
  }
}
