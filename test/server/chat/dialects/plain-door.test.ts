/** Plain text over a socket: `/ws/chat` and `/ws/langchain`. */
import { describe, expect, it } from 'vitest'
import { GPT } from '../../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../../tools/app/house.ts'
import { eventually, within } from '../../../tools/app/within.ts'
import { readPlain } from '../../../tools/checkers/chat/index.ts'
import { openDoor } from '../../../tools/server/chat/door-client.ts'

const WORDS = 'one two three four five six seven eight nine ten'
const END = '<END_STREAM>'

describe.each(['/ws/chat', '/ws/langchain'])('%s', (path) => {
  const connect = async (url: string, query = '') => {
    const reader = readPlain()
    const client = await openDoor(url, path + query, reader.take)
    const texts = () =>
      reader
        .read()
        .entries.filter(({ status }) => status === 'done')
        .map(({ text }) => text)
    const asked = async (question: string, count: number) => {
      client.send(question)
      await client.until('the answer', () => texts().length === count)
    }
    return { client, texts, asked, reader }
  }

  it('answers any text in pieces, with a mark behind each answer', async () => {
    const { upstream, sluice } = await startHouse({ defaultModel: GPT })
    const { client, texts, asked, reader } = await connect(sluice.url)
    upstream.next({ parts: [{ text: WORDS }], pieces: 10 }, { parts: [{ text: 'JSON, too.' }] })
    await asked('Hello?', 1)
    expect(client.texts.length).toBeGreaterThan(2)
    await asked('{"type":"cancel"}', 2)
    expect(texts()).toEqual([WORDS, 'JSON, too.'])
    expect(reader.read().faults).toEqual([])
    client.cut()
  })

  it('cuts the mark in two where the model writes it', async () => {
    const { upstream, sluice } = await startHouse({ defaultModel: GPT })
    upstream.next({ parts: [{ text: END }], pieces: 1 }, { parts: [{ text: 'Next.' }] })
    const { client, texts, asked } = await connect(sluice.url)
    await asked('Hello?', 1)
    await asked('Again?', 2)
    expect(texts()).toEqual([END, 'Next.'])
    client.cut()
  })

  it('knows the conversation of its connection, and of a session that is named', async () => {
    const { upstream, sluice } = await startHouse({ defaultModel: GPT })
    const first = await connect(sluice.url)
    await first.asked('My name is Ann.', 1)
    await first.asked('What is my name?', 2)
    const second = await connect(sluice.url)
    await second.asked('What is my name?', 1)
    const bodies = callsOf(upstream).map(({ body }) => JSON.stringify(body))
    expect(bodies.map((body) => body.includes('Ann'))).toEqual([true, true, false])
    const third = await connect(sluice.url, '?session_id=den')
    await third.asked('My name is Bob.', 1)
    const fourth = await connect(sluice.url, '?session_id=den')
    await fourth.asked('What is my name?', 1)
    expect(JSON.stringify(callsOf(upstream).at(-1)?.body)).toContain('Bob')
    await third.client.until('the answer to the other', () => third.texts().length === 2)
    for (const { client } of [first, second, third, fourth]) client.cut()
  })

  it('closes with 1011 and the reason if an answer fails', async () => {
    const { upstream, sluice } = await startHouse({ defaultModel: GPT })
    upstream.next({ fault: { status: 400, body: { error: { message: 'No such thing.' } } } })
    const { client } = await connect(sluice.url)
    client.send('Hello?')
    const { code, reason } = await client.closed
    expect(code).toBe(1011)
    expect(reason).not.toBe('')
    expect(client.texts).not.toContain(END)
  })

  it('closes with 1011 and the reason if there is no question', async () => {
    const { upstream, sluice } = await startHouse({ defaultModel: GPT })
    const { client } = await connect(sluice.url)
    client.send(' ')
    expect(await client.closed).toMatchObject({
      code: 1011,
      reason: expect.stringContaining('empty'),
    })
    expect(callsOf(upstream)).toEqual([])
  })

  it('leaves the upstream when its client leaves', async () => {
    const { upstream, sluice } = await startHouse({ defaultModel: GPT })
    upstream.next({ parts: [{ text: WORDS }], pieces: 10, fault: { stallAfterEvents: 5 } })
    const { client } = await connect(sluice.url)
    client.send('Hello?')
    await client.until('its beginning', () => client.texts.length > 0)
    client.cut()
    await eventually('the upstream is asked', () => callsOf(upstream).length === 1)
    await within(30_000, 'the upstream is left', callsOf(upstream)[0]!.closed)
    expect(callsOf(upstream)[0]!.closedEarly).toBe(true)
  })
})
