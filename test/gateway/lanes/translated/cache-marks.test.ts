/** Marks for Anthropic's prompt cache: what they save, as the documentation shows it, and whose requests have them. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { addCosts, type Settlement, toDecimal } from '#model'
import {
  CHAT,
  chatBody,
  CLAUDE,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../../tools/app/asks.ts'
import { callsOf, sluiceForTest, upstreamForTest } from '../../../tools/app/house.ts'
import { anthropicAt } from '../../../tools/app/start-sluice.ts'

const PAGE = new URL('../../../../docs/translation.md', import.meta.url)
const SHOWN = readFileSync(PAGE, 'utf8').replaceAll(/ +/g, ' ').split('\n')

/** The instructions of an agent: 5,000 tokens as the upstream counts them. */
const INSTRUCTIONS = 'Rules! '.repeat(2_857)

const start = async (cacheMarks: boolean) => {
  const settlements: Settlement[] = []
  const upstream = await upstreamForTest({
    reply: () => ({ parts: [{ text: 'A word. '.repeat(100) }] }),
  })
  const sluice = await sluiceForTest({
    providers: [{ ...anthropicAt(upstream.url), cacheMarks }],
    settlers: [(settlement) => void settlements.push(settlement)],
  })
  return { upstream, sluice, settlements }
}

/** Three turns of a conversation in Chat. Each request has the ones before it. */
const talk = async (cacheMarks: boolean) => {
  const { sluice, settlements } = await start(cacheMarks)
  const messages = [{ role: 'system', content: INSTRUCTIONS }]
  for (let turn = 0; turn < 3; turn++) {
    messages.push({ role: 'user', content: 'Go on with it. '.repeat(20) })
    const body = chatBody('', { model: CLAUDE, messages })
    const { status, json } = await sluice.send(CHAT, { body })
    expect(status).toBe(200)
    const [choice] = json.choices as { message: { content: string } }[]
    messages.push({ role: 'assistant', content: choice?.message.content ?? '' })
  }
  return settlements
}

it('the documentation shows what they save', async () => {
  const marked = await talk(true)
  const plain = await talk(false)
  const rows = marked.map(({ usage, cost }, at) => {
    const counts = [usage.inputTokens, usage.cacheWriteTokens, usage.cacheReadTokens]
    const costs = [plain[at]?.cost ?? 0, cost ?? 0]
    return `| ${[at + 1, ...counts, ...costs.map((each) => toDecimal(each))].join(' | ')} |`
  })
  const sum = (of: readonly Settlement[]) =>
    of.reduce<number | null>((total, { cost }) => addCosts(total, cost), 0) ?? 0
  rows.push(`| all | | | | ${toDecimal(sum(plain))} | ${toDecimal(sum(marked))} |`)
  expect(rows.filter((row) => !SHOWN.includes(row))).toEqual([])
  expect(sum(marked)).toBeLessThan(sum(plain))
})

const bodyOf = (call: { body: unknown } | undefined) => JSON.stringify(call?.body)

describe('a request', () => {
  it.each([
    ['Chat', CHAT, chatBody(INSTRUCTIONS, { model: CLAUDE })],
    ['Chat, streamed', CHAT, chatBody(INSTRUCTIONS, { model: CLAUDE, stream: true })],
    ['Responses', RESPONSES, responsesBody(INSTRUCTIONS, { model: CLAUDE })],
    [
      'Gemini',
      `/v1beta/models/${CLAUDE}:generateContent`,
      { contents: [{ role: 'user', parts: [{ text: INSTRUCTIONS }] }] },
    ],
  ])('in %s has them', async (_, path, body) => {
    const { sluice, upstream } = await start(true)
    expect((await sluice.send(path, { body })).status).toBe(200)
    expect(bodyOf(callsOf(upstream)[0])).toContain('"cache_control":{"type":"ephemeral"}')
  })

  it('of a client of Messages is relayed as it is', async () => {
    const { sluice, upstream } = await start(true)
    const body = messagesBody(INSTRUCTIONS)
    await sluice.send(MESSAGES, { body })
    expect(callsOf(upstream)[0]?.rawBody.toString()).toBe(JSON.stringify(body))
  })

  it('has none unless the provider asks for them', async () => {
    const { sluice, upstream } = await start(false)
    await sluice.send(CHAT, { body: chatBody(INSTRUCTIONS, { model: CLAUDE }) })
    expect(bodyOf(callsOf(upstream)[0])).not.toContain('cache_control')
  })
})
