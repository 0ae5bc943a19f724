/** What docs/errors.md says of an error is what a client of a running Sluice gets. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  CHAT,
  chatBody,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../tools/app/asks.ts'
import { type House, sluiceForTest } from '../tools/app/house.ts'
import type { Sending } from '../tools/app/send.ts'
import { isCall } from '../tools/app/start-sluice.ts'

const PAGE = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')

/** The cells of a table's rows, by the first of them. */
const rowsBelow = (heading: string): Map<string, string[]> => {
  const [, below = ''] = PAGE.split(heading)
  const table = /(?:^\|.*\n)+/m.exec(below)?.[0] ?? ''
  return new Map(
    table.split('\n').map((row) => {
      const cells = row.split('|').map((cell) => cell.trim().replaceAll('`', ''))
      return [cells[1] ?? '', cells.slice(2, -1)]
    }),
  )
}

const MEANINGS = rowsBelow('# Errors\n')
const WORDS = rowsBelow('## In each dialect\n')

const GEMINI = '/v1beta/models/pair:generateContent'

const geminiBody = (text = 'hello') => ({ contents: [{ role: 'user', parts: [{ text }] }] })

/** Asked in the same words, by the column in which the answer is. */
const ASKS = [
  ['Chat Completions', 0, CHAT, (text: string) => chatBody(text, { model: 'pair' })],
  ['Responses', 0, RESPONSES, (text: string) => responsesBody(text, { model: 'pair' })],
  ['Messages', 2, MESSAGES, (text: string) => messagesBody(text, { model: 'pair' })],
  ['Gemini', 3, GEMINI, geminiBody],
] as const

const start = (): Promise<House> =>
  sluiceForTest({
    demo: {},
    aliases: [{ name: 'pair', targets: ['demo/one', 'demo/two'] }],
    retry: { retries: 1, baseMs: 1 },
    limits: { bodyBytes: 4096, inFlightBytes: 2 ** 20, depth: 64 },
  })

interface Told {
  readonly type?: string
  readonly code?: string | number | null
  readonly status?: string
}

/** As a cell has it: the status, and the words of the column's dialect. */
const toCell = (status: number, json: Record<string, unknown>, column: number): string => {
  const { type, code = null, status: name } = json.error as Told
  if (column === 0) return `${status} ${type} ${code}`
  return `${status} ${column === 3 ? name : type}`
}

const ATTEMPTS: Readonly<Record<string, number>> = {
  no: 1,
  'next target': 2,
  'next target, then same target': 3,
}

describe.each([
  ['upstream_rejected', '[[status 400]]'],
  ['upstream_denied', '[[status 401]]'],
  ['upstream_missing', '[[status 404]]'],
  ['upstream_rate_limited', '[[status 429]]'],
  ['upstream_failed', '[[status 500]]'],
  ['upstream_overloaded', '[[status 529]]'],
  ['upstream_timeout', '[[status 504]]'],
  ['upstream_broken', '[[cut]]'],
  ['upstream_invalid', '[[garbage]]'],
])('%s', (code, prompt) => {
  it.each(ASKS)('matches the page for clients of %s', async (_, column, path, toBody) => {
    const sluice = await start()
    const { status, headers, json } = await sluice.send(path, { body: toBody(prompt) })
    expect(toCell(status, json, column)).toBe(WORDS.get(code)?.[column])
    const attempts = ATTEMPTS[MEANINGS.get(code)?.[1] ?? '']
    expect(headers['x-sluice-attempts']).toBe(String(attempts))
    expect(await sluice.logged(isCall)).toMatchObject({ outcome: code, attempts })
  })
})

describe.each([
  ['invalid_request', { body: '{' }],
  ['forbidden', { body: '{}', headers: { host: 'evil.example' } }],
  ['method_not_allowed', { method: 'DELETE' }],
  ['request_too_large', { body: 'x'.repeat(5000) }],
] as const satisfies readonly (readonly [string, Sending])[])('%s', (code, sending) => {
  it.each(ASKS)('matches the page for clients of %s', async (_, column, path) => {
    const sluice = await start()
    const { status, json } = await sluice.send(path, sending)
    expect(toCell(status, json, column)).toBe(WORDS.get(code)?.[column])
    expect(String(status)).toBe(MEANINGS.get(code)?.[0])
  })
})

it('an opened stream ends as the page says', async () => {
  const sluice = await start()
  for (const [path, body, failed] of [
    [CHAT, chatBody('[[cut 2]]', { model: 'pair', stream: true }), /"code":"upstream_broken"\}\}/],
    [
      RESPONSES,
      responsesBody('[[cut 2]]', { model: 'pair', stream: true }),
      /event: response.failed\n.*"code":"server_error"/,
    ],
    [
      MESSAGES,
      messagesBody('[[cut 2]]', { model: 'pair', stream: true }),
      /event: error\n.*"type":"api_error"/,
    ],
  ] as const) {
    const { status, text } = await sluice.send(path, { body })
    expect(status).toBe(200)
    expect(text).toMatch(failed)
  }
})
