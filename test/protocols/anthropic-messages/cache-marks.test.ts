/** Marks for the prompt cache, where the client has set none. */
import { describe, expect, it } from 'vitest'
import { isJsonObject, type ModelRequest, type Turn } from '#model'
import { write } from '../../tools/protocols/anthropic-messages/write-request.ts'

const LONG = 'A rule that holds for all answers. '.repeat(200)
const MARK = { type: 'ephemeral' }

const say = (role: Turn['role'], text: string): Turn => ({ role, parts: [{ kind: 'text', text }] })
const tool = (name: string, more = {}) =>
  ({ kind: 'function', name, description: LONG, ...more }) as const

const CHAT: readonly Turn[] = [
  say('system', LONG),
  say('user', 'one'),
  say('assistant', 'two'),
  say('user', 'three'),
  say('assistant', 'four'),
  say('user', 'five'),
]

/** Where the marks are, as paths in the body. */
const marksIn = (value: unknown, path = ''): string[] => {
  if (Array.isArray(value)) return value.flatMap((each, at) => marksIn(each, `${path}.${at}`))
  if (!isJsonObject(value)) return []
  const here = value.cache_control === undefined ? [] : [path.slice(1)]
  return [
    ...here,
    ...Object.entries(value).flatMap(([key, each]) => marksIn(each, `${path}.${key}`)),
  ]
}

const marksOf = (request: Partial<ModelRequest>, traits: object = { cacheMarks: true }) =>
  marksIn(write(request, traits).body)

describe('a long conversation', () => {
  it('is marked after its tools, its system prompt and its last two turns of the user', () => {
    const { body } = write({ turns: CHAT, tools: [tool('a'), tool('b')] }, { cacheMarks: true })
    expect(marksIn(body)).toEqual([
      'system.0',
      'messages.2.content.0',
      'messages.4.content.0',
      'tools.1',
    ])
    expect(body).toMatchObject({ tools: [{}, { cache_control: MARK }] })
  })

  it('is not marked unless the target asks for it', () => {
    expect(marksOf({ turns: CHAT, tools: [tool('a')] }, {})).toEqual([])
  })

  it('is not marked where its client has set a mark of its own', () => {
    const own = { kind: 'text', text: 'own', cacheControl: MARK } as const
    expect(marksOf({ turns: [...CHAT, { role: 'user', parts: [own] }] })).toEqual([
      'messages.4.content.1',
    ])
    expect(marksOf({ turns: CHAT, tools: [tool('a', { cacheControl: MARK })] })).toEqual([
      'tools.0',
    ])
    const extensions = { 'anthropic-messages': { cache_control: MARK } }
    expect(marksOf({ turns: CHAT, extensions })).toEqual([''])
    const result: Turn = {
      role: 'tool',
      parts: [{ kind: 'tool-result', callId: 'c', parts: [own] }],
    }
    const call: Turn = {
      role: 'assistant',
      parts: [{ kind: 'tool-call', id: 'c', name: 'a', arguments: '{}' }],
    }
    expect(marksOf({ turns: [...CHAT, call, result] })).toEqual(['messages.6.content.0.content.0'])
  })

  it('is marked at the results of tools, and never at thoughts', () => {
    const call: Turn = {
      role: 'assistant',
      parts: [{ kind: 'tool-call', id: 'c', name: 'a', arguments: '{}' }],
    }
    const result: Turn = {
      role: 'tool',
      parts: [{ kind: 'tool-result', callId: 'c', parts: [{ kind: 'text', text: 'done' }] }],
    }
    expect(marksOf({ turns: [...CHAT, call, result], tools: [tool('a')] })).toEqual([
      'system.0',
      'messages.4.content.0',
      'messages.6.content.0',
      'tools.0',
    ])
  })

  it('is not marked at a tool that is loaded later', () => {
    const tools = [tool('a'), tool('b', { deferred: true })]
    expect(marksOf({ turns: CHAT, tools })).toContain('tools.0')
    expect(marksOf({ turns: CHAT, tools })).not.toContain('tools.1')
  })

  it('has four marks at most, however long it is', () => {
    const turns = Array.from({ length: 30 }, () => CHAT.slice(1)).flat()
    const tools = Array.from({ length: 20 }, (_, at) => tool(`t${at}`))
    expect(marksOf({ turns: [...CHAT, ...turns], tools })).toHaveLength(4)
  })
})

describe('a short conversation', () => {
  it('is not marked, since no model keeps it', () => {
    expect(marksOf({ turns: [say('system', 'short'), say('user', 'hello')] })).toEqual([])
  })

  it('is marked from where it is long enough', () => {
    const turns = [
      say('system', 'short'),
      say('user', LONG),
      say('assistant', 'a'),
      say('user', 'b'),
    ]
    expect(marksOf({ turns, tools: [tool('a', { description: 'short' })] })).toEqual([
      'messages.0.content.0',
      'messages.2.content.0',
    ])
  })
})
