/** Work of the models in this process: the processing of a request before them, and of their answer after. */
import type { ModelRequest } from '#model'
import { createAnswerWriter } from '#protocols'
import { answerRequest } from '../../../src/providers/demo/answer.ts'
import { readPrompt } from '../../../src/providers/demo/directives.ts'
import { embedTexts } from '../../../src/providers/demo/embed.ts'
import { toRequestedTools } from '../../../src/providers/demo/offers.ts'
import { samplePattern } from '../../../src/providers/demo/samples/pattern-sample.ts'
import { toPlan } from '../../../src/providers/demo/plan.ts'
import { satisfySchema } from '../../../src/providers/demo/samples/schema-instance.ts'
import { answerRequest as askLangchain } from '../../../src/providers/langchain/answer.ts'
import type {
  AnswerMessage,
  ChatModel,
} from '../../../src/providers/langchain/models/chat-model.ts'
import { embedTexts as embedByLangchain } from '../../../src/providers/langchain/embed.ts'
import { prepare } from '../../../src/providers/langchain/prepare.ts'
import { createAnswerReader } from '../../../src/providers/langchain/translators/answer-reader.ts'
import { aRequest, many, REQUESTS, wide } from './conversations.ts'
import type { Measured, Work } from './measure.ts'

const nothing = () => undefined
const never = new AbortController().signal

const user = (text: string): ModelRequest =>
  aRequest({ turns: [{ role: 'user', parts: [{ kind: 'text', text }] }] })

const planned =
  (requestOf: (size: number) => ModelRequest): Work =>
  (size) => {
    const request = requestOf(size)
    return () => void toPlan(request)
  }

/** Each asks for a call, and each but the last is answered. */
const rounds = (size: number): ModelRequest =>
  aRequest({
    turns: many(size, (at) => [
      {
        role: 'user',
        parts: [{ kind: 'text', text: `[[say x]] <system-reminder>${at}` }],
      } as const,
      { role: 'assistant', parts: [{ kind: 'text', text: 'x' }] } as const,
    ]).flat(),
  })

const answeredByDemo: Work = (size) => async () => {
  let events = 0
  for await (const _ of answerRequest(user(`[[tokens ${size}]]`), never)) events++
}

/** An object of so many properties, again and again, none of which may be written. */
const referred = (size: number) => ({
  $defs: { a: { ...wide(size), required: [], maxProperties: 0 } },
  type: 'array',
  minItems: size,
  items: { $ref: '#/$defs/a' },
})

const model: ChatModel = {
  getName: () => 'ChatAnthropic',
  bindTools: () => model,
  invoke: async () => ({ content: 'x' }),
  stream: async () =>
    (async function* () {
      for (let at = 0; at < 1000; at++) yield { content: 'x' }
    })(),
}

const read =
  (messages: (size: number) => readonly AnswerMessage[], freeform = ''): Work =>
  (size) => {
    const answer = messages(size)
    return () => {
      const reader = createAnswerReader(
        createAnswerWriter(nothing),
        { toolNames: new Map(), freeform: new Set([freeform]) },
        'm',
      )
      for (const message of answer) reader.read(message)
      reader.finish()
    }
  }

const called = (...calls: readonly NonNullable<AnswerMessage['tool_call_chunks']>[number][]) => ({
  content: '',
  tool_call_chunks: calls,
})

/** The demo refuses more than a few stop sequences. */
const PLANNABLE = Object.entries(REQUESTS).filter(([what]) => what !== 'stop sequences')

export const LOCAL_MODELS: Readonly<Record<string, readonly Measured[]>> = {
  toPlan: [
    ...PLANNABLE.map(([what, requestOf]): Measured => [
      what,
      1000,
      planned((size) => requestOf(what.includes('answer') ? Math.min(size, 1000) : size)),
    ]),
    ['rounds', 2000, planned(rounds)],
    ['directives', 20_000, planned((size) => user('[[say x]]'.repeat(size)))],
    ['one long word', 50_000, planned((size) => user('x'.repeat(size)))],
  ],
  readPrompt: [
    ['openings without an end', 20_000, (size) => () => void readPrompt('[[say '.repeat(size))],
    [
      'calls whose arguments never end',
      1000,
      (size) => () => void readPrompt('[[call f "]] '.repeat(size)),
    ],
    ['white space', 100_000, (size) => () => void readPrompt(`[[say ${' '.repeat(size)}`)],
  ],
  toRequestedTools: [
    [
      'white space',
      100_000,
      (size) => () => void toRequestedTools(`use the ${' '.repeat(size)}`, []),
    ],
    ['names', 20_000, (size) => () => void toRequestedTools('use the tool x '.repeat(size), [])],
  ],
  satisfySchema: [
    [
      'properties',
      1000,
      (size) => {
        const schema = wide(size)
        return () => void satisfySchema(schema)
      },
    ],
    [
      'references to much',
      2000,
      (size) => {
        const schema = referred(size)
        return () => void satisfySchema(schema)
      },
    ],
  ],
  samplePattern: [['groups', 50, (size) => () => void samplePattern('(a|b)'.repeat(size))]],
  answerDemo: [['tokens', 5000, answeredByDemo]],
  embedDemo: [
    [
      'many texts',
      500,
      (size) => () =>
        void embedTexts(
          { model: 'm', inputs: many(Math.min(size, 2048), () => 'x') } as never,
          never,
        ),
    ],
  ],
  prepare: Object.entries(REQUESTS).map(([what, requestOf]): Measured => [
    what,
    1000,
    (size) => {
      const request = requestOf(size)
      return () => void prepare(request, model, (name) => name, nothing)
    },
  ]),
  createAnswerReader: [
    ['one long text', 5000, read((size) => many(size, () => ({ content: 'x' })))],
    [
      'thoughts',
      2000,
      read((size) =>
        many(size, (index) => ({
          content: [{ type: 'thinking', thinking: 'x', signature: 'y', index }],
        })),
      ),
    ],
    [
      'calls without an index',
      2000,
      read((size) => many(size, (at) => called({ id: `c${at}`, name: 'f', args: '{}' }))),
    ],
    [
      'calls by index',
      2000,
      read((size) =>
        many(size, (index) => called({ id: `c${index}`, name: 'f', args: '{}', index })),
      ),
    ],
    [
      'calls whose arguments never end',
      2000,
      read((size) =>
        many(size, (index) => called({ id: `c${index}`, name: 'f', args: '{', index })),
      ),
    ],
    [
      'one call that repeats its name',
      3000,
      read((size) => many(size, () => called({ name: 'f', args: '{"a":"xxxxxxxx', index: 0 }))),
    ],
    [
      'one freeform call',
      3000,
      read(
        (size) => many(size, (at) => called({ name: at === 0 ? 'f' : '', args: 'xxxx', index: 0 })),
        'f',
      ),
    ],
  ],
  askLangchain: [
    [
      'chunks',
      2000,
      (size) => async () => {
        const chatty: ChatModel = {
          ...model,
          stream: async () =>
            (async function* () {
              for (let at = 0; at < size; at++) yield { content: 'x' }
            })(),
        }
        const instances = { ownName: 'm', get: async () => ({ built: chatty, unsupported: [] }) }
        const request = { ...user('x'), stream: true }
        for await (const _ of askLangchain(instances, request, never, nothing));
      },
    ],
  ],
  embedByLangchain: [
    [
      'texts',
      20_000,
      (size) => async () => {
        const built = { embedDocuments: async (texts: string[]) => texts.map(() => [0]) }
        const instances = { ownName: 'm', get: async () => ({ built, unsupported: [] }) }
        const inputs = many(size, () => 'x')
        await embedByLangchain(instances, { model: 'm', inputs } as never, never)
      },
    ],
  ],
}
