/** One caller's storm of counts beside another caller's single one. */
import { request as httpRequest } from 'node:http'
import { describe, expect, it } from 'vitest'
import { GPT, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { PATIENCE_MS, within } from '../../tools/app/within.ts'
import { checkMessagesError } from '../../tools/checkers/index.ts'

const COUNT = `${MESSAGES}/count_tokens`
const KEYS = ['sk-hostile', 'sk-friendly']
const FRIENDLY = { 'x-api-key': 'sk-friendly' }
const HOSTILE = { 'x-api-key': 'sk-hostile' }

const bodyOf = (text: string): string => {
  const { max_tokens: _, ...body } = messagesBody(text, { model: GPT })
  return JSON.stringify(body)
}

/** Words that no tokenizer has met. */
const distinct = (words: number): string =>
  Array.from({ length: words }, (_, index) => `${(index * 2654435761).toString(36)}q`)
    .join(' ')
    .replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '')

/** Sends everything, and leaves on the signal. */
const askAndLeave = (url: string, body: string) => {
  const request = httpRequest(`${url}${COUNT}`, { method: 'POST', agent: false, headers: HOSTILE })
  request.on('error', () => undefined)
  const sent = new Promise<void>((resolve) => {
    request.end(body, () => resolve())
  })
  return { sent, leave: () => request.destroy() }
}

describe('a storm of counts', () => {
  it('that was abandoned or is in progress does not delay other callers', async () => {
    const { sluice } = await startHouse({ keys: KEYS })
    const body = bodyOf(distinct(60_000))
    const storm = Array.from({ length: 40 }, () => askAndLeave(sluice.url, body))
    await Promise.all(storm.map(({ sent }) => sent))
    for (const { leave } of storm.slice(0, 20)) leave()
    const counted = await within(
      PATIENCE_MS,
      'an answer beside the storm',
      sluice.send(COUNT, { headers: FRIENDLY, body: bodyOf('How much is this?') }),
    )
    expect(counted.status).toBe(200)
    for (const { leave } of storm.slice(20)) leave()
    // Of what was abandoned nothing is counted any more: else this would wait for minutes.
    const own = await within(
      PATIENCE_MS,
      'an answer behind the storm',
      sluice.send(COUNT, { headers: HOSTILE, body: bodyOf('How much is this?') }),
    )
    expect(own.status).toBe(200)
  })

  it('holds at most the share of its caller', async () => {
    const sluice = await sluiceForTest({
      keys: KEYS,
      demo: { paceMs: 0 },
      providers: [
        { name: 'openai', vendor: 'openai', apiKey: 'sk-x', baseUrl: 'http://127.0.0.1:9/v1' },
      ],
      limits: { bodyBytes: 1024 * 1024, inFlightBytes: 4 * 1024 * 1024, depth: 512 },
    })
    const body = bodyOf(distinct(60_000))
    const storm = Array.from({ length: 12 }, () =>
      sluice.send(COUNT, { headers: HOSTILE, body }).then(({ status, json }) => {
        if (status !== 200) expect(checkMessagesError(json)).toEqual([])
        return status
      }),
    )
    const beside = await sluice.send(COUNT, { headers: FRIENDLY, body: bodyOf('Hello') })
    expect(beside.status).toBe(200)
    const statuses = await Promise.all(storm)
    expect(new Set(statuses)).toEqual(new Set([200, 429]))
  })
})
