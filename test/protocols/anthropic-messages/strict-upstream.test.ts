/** What is written for a strict upstream, however untidy the conversation was. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModelRequest, Part, Tool, ToolChoice, Turn } from '#model'
import type { TargetTraits } from '#protocols'
import { createVendorProvider } from '#providers'
import { nowhere } from '../../tools/providers/nowhere.ts'
import { TINY_PNG } from '../../tools/upstream/requests/images.ts'
import { createMemory } from '../../tools/upstream/memory.ts'
import { checkMessages } from '../../tools/upstream/messages/rules.ts'
import { createSealer } from '../../tools/upstream/answers/signatures.ts'
import { text } from '../../tools/protocols/random-sentences.ts'
import { encodeRequest } from '../../tools/protocols/anthropic-messages/codec.ts'

const { traits } = createVendorProvider('anthropic', { transport: nowhere })

const TARGETS: readonly TargetTraits[] = [
  'claude-3-5-haiku-20241022',
  'claude-sonnet-4-5',
  'claude-opus-4-6',
  'claude-opus-4-7',
  'claude-opus-5',
  'claude-sonnet-5-5',
].map(traits)

const sealer = createSealer()

const context: Parameters<typeof checkMessages>[2] = {
  keys: { anthropic: '', openai: '' } as never,
  memory: createMemory(),
  sealer,
  models: [],
  messageFields: [],
  threads: false,
}

const judge = (body: unknown): string | undefined => {
  try {
    checkMessages(body, { 'anthropic-version': '2023-06-01' }, context)
    return undefined
  } catch (refusal) {
    return refusal instanceof Error ? refusal.message : String(refusal)
  }
}

const textPart = text.map((said): Part => ({ kind: 'text', text: said }))
const sound = fc.constant<Part>({ kind: 'text', text: 'Go on.' })
const image = fc.constant<Part>({
  kind: 'image',
  source: { kind: 'base64', mediaType: 'image/png', data: TINY_PNG },
  detail: 'high',
})
const document = fc.constant<Part>({
  kind: 'file',
  source: { kind: 'text', text: 'A page.' },
  name: 'page.txt',
})
const foreign = fc.constantFrom<Part>(
  { kind: 'native', protocol: 'openai-chat', value: { type: 'something_new' } },
  { kind: 'reasoning', text: 'Unsigned.' },
  { kind: 'reasoning', text: 'Elsewhere.', signature: 'sluice.deepseek.chatcmpl-1' },
)
const thought = fc.constantFrom<Part>(
  { kind: 'reasoning', text: 'So.', signature: sealer.seal('thinking', 'So.', 'So.') },
  { kind: 'reasoning', text: '', signature: sealer.seal('thinking', 'Omitted.', '') },
  { kind: 'reasoning', text: '', redacted: sealer.seal('redacted', 'Hidden.') },
)

const userTurn = fc
  .tuple(fc.array(fc.oneof(textPart, image, document, foreign), { maxLength: 3 }), sound)
  .map(([parts, last]): Turn => ({ role: 'user', parts: [...parts, last] }))

const systemTurn = fc
  .array(textPart, { maxLength: 2 })
  .map((parts): Turn => ({ role: 'system', parts }))

const resultParts = fc.array(fc.oneof(textPart, image), { maxLength: 2 })

/** A round of the conversation: what was asked, said, called and answered, in an untidy order. */
const round = fc
  .record({
    asked: fc.array(userTurn, { minLength: 1, maxLength: 2 }),
    thoughts: fc.array(fc.oneof(thought, foreign), { maxLength: 2 }),
    said: fc.array(fc.oneof(textPart, sound), { maxLength: 2 }),
    calls: fc.array(
      fc.tuple(fc.constantFrom('call_1', 'call_2', 'a b.c', 'x'.repeat(50)), resultParts),
      {
        maxLength: 3,
      },
    ),
    splitCalls: fc.boolean(),
    between: fc.option(fc.oneof(systemTurn, userTurn)),
    arguments: fc.constantFrom('', '{}', '{"a": 1}', 'not json', '[1]'),
  })
  .map((all): Turn[] => {
    const ids = [...new Map(all.calls)]
    const calls = ids.map(([id]): Part => ({
      kind: 'tool-call',
      id,
      name: 'lookup',
      arguments: all.arguments,
    }))
    const spoken = [...all.thoughts, ...all.said, { kind: 'text', text: 'Well.' } satisfies Part]
    const assistants: Turn[] = all.splitCalls
      ? [
          { role: 'assistant', parts: spoken },
          ...calls.map((call): Turn => ({ role: 'assistant', parts: [call] })),
        ]
      : [{ role: 'assistant', parts: [...spoken, ...calls] }]
    const results = ids.map(([callId, parts]): Turn => ({
      role: 'tool',
      parts: [{ kind: 'tool-result', callId, parts, isError: parts.length === 0 }],
    }))
    return [...all.asked, ...assistants, ...(all.between ? [all.between] : []), ...results]
  })

const turns = fc
  .record({
    system: fc.array(systemTurn, { maxLength: 2 }),
    rounds: fc.array(round, { maxLength: 3 }),
    last: fc.option(userTurn),
  })
  .map(({ system, rounds, last }): Turn[] => {
    const told = rounds.flat()
    const ending = last ?? { role: 'user', parts: [{ kind: 'text', text: 'And now?' }] }
    const open = told.at(-1)?.role === 'tool' && last === null
    return [...system, ...told, ...(open ? [] : [ending])]
  })

const TOOLS: readonly Tool[] = [
  {
    kind: 'function',
    name: 'lookup',
    schema: { properties: { a: { type: 'number' } } },
    strict: true,
  },
  {
    kind: 'function',
    name: 'mcp.server/a very long name of a tool that goes on beyond what is allowed',
  },
  {
    kind: 'freeform',
    name: 'apply_patch',
    description: 'Edits files.',
    format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "x"' } },
  },
  {
    kind: 'native',
    protocol: 'openai-responses',
    name: 'web_search',
    value: { type: 'web_search' },
  },
]

const choice = fc.constantFrom<ToolChoice>(
  { mode: 'auto' },
  { mode: 'none' },
  { mode: 'required' },
  { mode: 'named', name: 'lookup' },
  { mode: 'allowed', names: ['lookup'], required: true },
)

const requests: fc.Arbitrary<ModelRequest> = fc
  .record(
    {
      model: fc.constant('asked'),
      stream: fc.boolean(),
      turns,
      tools: fc.constantFrom(TOOLS, []),
      toolChoice: choice,
      parallelToolCalls: fc.boolean(),
      maxOutputTokens: fc.integer({ min: 1, max: 500_000 }),
      temperature: fc.double({ min: 0, max: 2, noNaN: true }),
      topP: fc.double({ min: 0, max: 1, noNaN: true }),
      topK: fc.nat(100),
      stopSequences: fc.array(fc.constantFrom('END', ' ', '\n\n'), { maxLength: 3 }),
      reasoning: fc.record(
        {
          effort: fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
          budgetTokens: fc.nat(200_000),
          adaptive: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      answerFormat: fc.constantFrom(
        { kind: 'json' as const },
        {
          kind: 'json-schema' as const,
          name: 'the answer',
          schema: {
            type: 'object',
            properties: { items: { type: 'array', items: { type: 'object', properties: {} } } },
          },
        },
      ),
      userId: fc.string(),
      usageInStream: fc.boolean(),
      extensions: fc.constant({ 'openai-chat': { seed: 7, logit_bias: {} } }),
    },
    { requiredKeys: ['model', 'stream', 'turns', 'tools'] },
  )
  .map((request) => request as ModelRequest)

describe.each(TARGETS)('a request to $model', (target) => {
  it('is accepted, however irregular it was', () => {
    fc.assert(
      fc.property(requests, (request) => {
        expect(judge(encodeRequest(request, target).body)).toBeUndefined()
      }),
      { numRuns: 400 },
    )
  })
})

it('is judged by an upstream that does refuse', () => {
  const { body } = encodeRequest(
    {
      model: 'a',
      stream: false,
      turns: [{ role: 'assistant', parts: [{ kind: 'text', text: 'Hi' }] }],
      tools: [],
    },
    { provider: 'anthropic', model: 'claude-sonnet-4-5' },
  )
  expect(judge(body)).toBe('messages: first message must use the "user" role')
})
