/** Classes of LangChain's own that know little of what OpenAI's do. */
import { expect, it } from 'vitest'
import { GatewayError, type ModelEvent, type ModelRequest } from '#model'
import { langchain } from '#providers'
import { PATIENCE_MS, within } from '../../tools/app/within.ts'
import { toModelError } from '../../../src/providers/langchain/translators/to-error.ts'

const fake = (options: Record<string, unknown>) =>
  langchain({
    name: 'mine',
    chat: {
      source: { module: '@langchain/core/utils/testing', class: 'FakeListChatModel' },
      options,
    },
  })

const request = (more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: 'FakeListChatModel',
  stream: true,
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hello' }] }],
  tools: [],
  ...more,
})

it('are listed by their own name if they have no model', () => {
  expect(fake({ responses: [] }).knownModels()).toEqual([{ id: 'FakeListChatModel' }])
})

it('stream their answer, and name what they do not support', async () => {
  const dropped: string[] = []
  const asked = request({ temperature: 0.5, maxOutputTokens: 9 })
  const events: ModelEvent[] = []
  const answer = fake({ responses: ['Hi!'] }).answer(asked, new AbortController().signal, (name) =>
    dropped.push(name),
  )
  for await (const event of answer) events.push(event)
  expect(events.map((event) => (event.type === 'part-delta' ? event.text : event.type))).toEqual([
    'message-start',
    'part-start',
    'H',
    'i',
    '!',
    'part-end',
    'message-end',
  ])
  expect(dropped).toEqual(['temperature', 'max_tokens'])
})

it.each([true, false])(
  'are abandoned at once if they ignore the abort (stream: %s)',
  async (stream) => {
    const leaving = new AbortController()
    const answer = fake({ responses: ['Hi!'], sleep: 60_000 }).answer(
      request({ stream }),
      leaving.signal,
    )
    const first = answer[Symbol.asyncIterator]().next()
    setTimeout(() => leaving.abort(new Error('left')), 20)
    await expect(within(PATIENCE_MS, 'the end', Promise.resolve(first))).rejects.toThrow('left')
  },
)

it.each([
  [{ status: 418, message: '418 teapot' }, 'upstream_rejected', 418],
  [{ statusCode: 529 }, 'upstream_overloaded', 529],
  [{ response: { status: 404 } }, 'upstream_missing', 404],
  [{ $metadata: { httpStatusCode: 429 } }, 'upstream_rate_limited', 429],
  [{ name: 'ContextOverflowError', cause: { status: 400 } }, 'upstream_rejected', 400],
  [{ name: 'TimeoutError' }, 'upstream_timeout', 504],
  [{ message: 'fetch failed', cause: { code: 'ECONNREFUSED' } }, 'upstream_unreachable', 502],
  [{ message: 'some fault' }, 'upstream_failed', 500],
])('fail with %o as %s', (thrown, code, status) => {
  const error = toModelError(thrown, false)
  expect(error).toBeInstanceOf(GatewayError)
  expect([error.code, error.status]).toEqual([code, status])
})

it('report how long to wait, and the upstream’s message', () => {
  const error = toModelError(
    {
      status: 429,
      headers: new Headers({ 'retry-after': '7' }),
      message: '429 Slow down\n\nTroubleshooting URL: https://docs.langchain.com/errors/X/\n',
      error: { message: 'Slow down', code: 'rate_limit' },
    },
    false,
  )
  expect([error.message, error.vendorCode, error.retryAfterMs]).toEqual([
    'Slow down',
    'rate_limit',
    7000,
  ])
})

it('end when the connection breaks', () => {
  expect(toModelError({ message: 'terminated' }, true).code).toBe('upstream_broken')
})
