/** The refusals of vendors, each in its own format, as clients of two protocols receive them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Vendor, VENDOR_NAMES, type VendorName, VENDORS } from '#providers'
import {
  CHAT,
  chatBody,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../tools/app/asks.ts'
import { closeLater, sluiceForTest } from '../tools/app/house.ts'
import { checkChatError, checkMessagesError } from '../tools/checkers/index.ts'
import { startVendorServer } from '../tools/providers/vendor-server.ts'

interface Refusal {
  /** Absent: OpenAI's. */
  readonly shape?: string
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
  readonly told: {
    readonly message: string
    readonly code?: string
    readonly param?: string
    readonly retryAfter?: string
  }
}

const FOLDER = join(import.meta.dirname, 'fixtures')

const refusalsOf = (vendor: string): readonly Refusal[] =>
  JSON.parse(readFileSync(join(FOLDER, `${vendor}.json`), 'utf8')) as Refusal[]

const FIXTURES = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''))

const isVendor = (name: string): name is VendorName => name in VENDORS

const REFUSALS = FIXTURES.filter(isVendor).flatMap((vendor) =>
  refusalsOf(vendor).map((refusal) => [vendor, refusal.told.message, refusal] as const),
)

const ask = async (
  vendor: VendorName,
  { status, headers = {}, body }: Refusal,
  client: 'chat' | 'messages',
) => {
  const server = closeLater(await startVendorServer(() => ({ status, headers, body })))
  const sluice = await sluiceForTest({
    retry: { retries: 0, baseMs: 1 },
    providers: [{ name: vendor, vendor, baseUrl: server.url, protocols: ['openai-chat'] }],
  })
  const model = `${vendor}/some-model`
  return client === 'chat'
    ? sluice.send(CHAT, { body: chatBody('hello', { model }) })
    : sluice.send(MESSAGES, { body: messagesBody('hello', { model }) })
}

it('every fixture belongs to a vendor', () => {
  expect(FIXTURES.filter((name) => !isVendor(name))).toEqual([])
})

it.each(VENDOR_NAMES)('every shape in the row of %s has a fixture', (name) => {
  const { quirks }: Vendor = VENDORS[name]
  const inRow = quirks.map(({ errorShape }) => errorShape).filter((shape) => shape !== undefined)
  const shown = FIXTURES.includes(name) ? refusalsOf(name).map(({ shape }) => shape) : []
  expect(new Set(shown.filter((shape) => shape !== undefined))).toEqual(new Set(inRow))
})

describe.each(REFUSALS)('%s: %s', (vendor, _message, refusal) => {
  const { status, told } = refusal

  it('reaches a client of another protocol in its dialect', async () => {
    const answer = await ask(vendor, refusal, 'messages')
    expect(answer.status).toBe(status)
    expect(checkMessagesError(answer.json)).toEqual([])
    expect(answer.json.error).toMatchObject({ message: told.message })
    const { details } = answer.json.error as { details?: { error_code?: string } }
    expect(details?.error_code).toBe(told.code)
    expect(answer.headers['retry-after']).toBe(told.retryAfter)
  })

  it('reaches a client of the same protocol in a shape that its SDK reads', async () => {
    const answer = await ask(vendor, refusal, 'chat')
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.headers).toMatchObject(refusal.headers ?? {})
    const { message, code, param } = answer.json.error as Record<string, unknown>
    // An error that already has the shape is unchanged.
    if (JSON.stringify(answer.json) === JSON.stringify(refusal.body)) {
      expect(told.message).toContain(message)
      return
    }
    expect(checkChatError(answer.json)).toEqual([])
    expect(message).toBe(told.message)
    if (told.code !== undefined) expect(code).toBe(told.code)
    expect(param).toBe(told.param ?? null)
    if (told.retryAfter !== undefined) expect(answer.headers['retry-after']).toBe(told.retryAfter)
  })
})

describe('a server on this machine, refusing with nothing but a text,', () => {
  const text = 'the model failed to generate a response'

  it.each([
    ['openai-chat', CHAT, chatBody('hello', { model: 'ollama/x' }), checkChatError],
    [
      'anthropic-messages',
      MESSAGES,
      messagesBody('hello', { model: 'ollama/x' }),
      checkMessagesError,
    ],
    ['openai-responses', RESPONSES, responsesBody('hello', { model: 'ollama/x' }), checkChatError],
    ['openai-completions', '/v1/completions', { model: 'ollama/x', prompt: 'a' }, checkChatError],
  ] as const)('is understood by its clients in %s', async (_protocol, path, body, check) => {
    const server = closeLater(
      await startVendorServer(() => ({
        status: 500,
        headers: { 'x-request-id': 'of-the-server' },
        body: { error: text },
      })),
    )
    const sluice = await sluiceForTest({
      retry: { retries: 0, baseMs: 1 },
      providers: [{ name: 'ollama', vendor: 'ollama', baseUrl: server.url }],
    })
    const answer = await sluice.send(path, { body })
    expect(server.asked.find(({ method }) => method === 'POST')?.path).toBe(path)
    expect(answer.status).toBe(500)
    expect(check(answer.json)).toEqual([])
    expect(answer.json.error).toMatchObject({ message: text })
    expect(answer.headers['x-sluice-target']).toBe('ollama/x')
  })
})
