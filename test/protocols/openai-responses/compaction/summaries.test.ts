/** Our summaries: encoded when written, decoded when read, and sent as text to models that cannot decode them. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ModelEvent, NO_USAGE } from '#model'
import { openaiResponses } from '#protocols'
import { translateAll } from '#streams'
import { checkResponsesStream } from '../../../tools/checkers/index.ts'

const { codec, findForeign } = openaiResponses
const TRIGGER = { type: 'compaction_trigger' }
const START: ModelEvent = { type: 'message-start', id: 'up_1', model: 'm' }
const END: ModelEvent = { type: 'message-end', reason: 'stop', usage: NO_USAGE }

const askFor = (more: object = {}) =>
  codec!.decodeRequest({ model: 'm', input: [{ role: 'user', content: 'Hi.' }, TRIGGER], ...more })

const answerOf = (events: ModelEvent[], more: object = {}) => {
  const request = askFor(more)
  const answer = {
    model: 'm',
    provider: 'p',
    inputTokens: 1,
    usageInStream: true,
    createdAtMs: 0,
    request,
  }
  return translateAll(codec!.encodeEvents(answer), [START, ...events]).join('')
}

const say = (index: number, text: string): ModelEvent[] => [
  { type: 'part-start', index, part: { kind: 'text' } },
  { type: 'part-delta', index, text },
  { type: 'part-end', index },
]

const sealedIn = (stream: string): string => /"encrypted_content":"([^"]*)"/.exec(stream)?.[1] ?? ''

it('any summary reaches a model through its item', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      fc.pre(text.trim() !== '')
      const item = {
        type: 'compaction',
        encrypted_content: sealedIn(answerOf([...say(0, text), END])),
      }
      const { turns } = codec!.decodeRequest({ model: 'm', input: [item] })
      expect(turns).toMatchObject([{ role: 'user', parts: [{ kind: 'text' }] }])
      const part = turns[0]?.parts[0]
      expect(part?.kind === 'text' && part.text.endsWith(text.trim().toWellFormed())).toBe(true)
    }),
    { numRuns: 50 },
  )
})

describe('the answer to a trigger', () => {
  it('has no reasoning and no call, and joins the text', () => {
    const stream = answerOf([
      { type: 'part-start', index: 0, part: { kind: 'reasoning' } },
      { type: 'part-delta', index: 0, text: 'Hm.' },
      { type: 'part-end', index: 0 },
      ...say(1, 'One.'),
      ...say(2, 'Two.'),
      { type: 'part-start', index: 3, part: { kind: 'tool-call', id: 'call_1', name: 'look' } },
      { type: 'part-end', index: 3 },
      { ...END, reason: 'tool-calls' } as ModelEvent,
    ])
    expect(checkResponsesStream(Buffer.from(stream, 'latin1'))).toEqual([])
    expect(Buffer.from(sealedIn(stream).split('.')[2] ?? '', 'base64url').toString()).toBe(
      'One.\n\nTwo.',
    )
    expect(stream).not.toContain('function_call')
  })

  it.each([
    ['says nothing', [END]],
    ['breaks off', say(0, 'Half')],
  ])('that %s is a failure', (_, events) => {
    const stream = answerOf(events as ModelEvent[])
    expect(checkResponsesStream(Buffer.from(stream, 'latin1'))).toEqual([])
    expect(stream).toContain('response.failed')
  })
})

it('the request keeps its tools but allows no call, and drops the answer format', () => {
  const tools = [{ type: 'function', name: 'look', parameters: {} }]
  const text = { format: { type: 'json_object' } }
  const request = askFor({ tools, text, tool_choice: 'required' })
  expect(request.toolChoice).toEqual({ mode: 'none' })
  expect(request.tools).toHaveLength(1)
  expect(request.answerFormat).toBeUndefined()
  expect(askFor({ tool_choice: 'none' }).toolChoice).toBeUndefined()
})

describe('in a request that is relayed', () => {
  const relay = (input: unknown): unknown => {
    const body = Buffer.from(JSON.stringify({ model: 'm', input }))
    let text = ''
    let at = 0
    const spans = findForeign?.(body) ?? []
    for (const { start, end, json = '' } of spans.toSorted((a, b) => a.start - b.start)) {
      text += body.toString('utf8', at, start) + json
      at = end
    }
    return (JSON.parse(text + body.toString('utf8', at)) as { input: unknown }).input
  }
  const item = {
    type: 'compaction',
    id: 'cmp_1',
    encrypted_content: sealedIn(answerOf([...say(0, 'The – summary.'), END])),
  }

  it('a summary of ours is a message, in any position', () => {
    const said = { role: 'user', content: 'Hi.' }
    const thought = { type: 'reasoning', summary: [], encrypted_content: 'sluice.sealed.e30' }
    expect(relay([said, item, thought, item, said])).toMatchObject([
      said,
      { type: 'message', content: [{ text: expect.stringContaining('The – summary.') }] },
      { type: 'message' },
      said,
    ])
    expect(relay([thought, item])).toMatchObject([{ type: 'message' }])
  })

  it.each([
    ['of the vendor', { ...item, encrypted_content: 'gAAAA' }],
    ['that is quoted', { role: 'user', content: item.encrypted_content }],
    ['in an item that is none', { ...item, type: 'else' }],
  ])('one %s stays unchanged', (_, other) => {
    expect(relay([other])).toEqual([other])
  })
})
