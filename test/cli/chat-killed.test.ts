/** A chat whose program is killed in the middle of an answer, and started again. */
import { expect, it } from 'vitest'
import type { SentEvent } from '#model'
import { GPT } from '../tools/app/asks.ts'
import { upstreamForTest } from '../tools/app/house.ts'
import { foldSent } from '../tools/chat/client-fold.ts'
import { folderForTest } from '../tools/chat/real-chat.ts'
import { toSummary } from '../tools/chat/ledger-summary.ts'
import { serve } from '../tools/cli/serve.ts'
import { rowsAt } from '../tools/stores/ledger-under-test.ts'

const WORDS = {
  parts: [{ text: Array.from({ length: 400 }, (_, at) => `${at} `).join('') }],
  paceMs: 5,
  pieces: 400,
}

/** The events of a session, until the connection ends. */
const follow = async (url: string, position: string) => {
  const sent: SentEvent[] = []
  const response = await fetch(`${url}/api/sessions/s/events?position=${position}`)
  const read = async (): Promise<void> => {
    let text = ''
    try {
      for await (const bytes of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += bytes
        const frames = text.split('\n\n')
        text = frames.pop() ?? ''
        for (const frame of frames) {
          const data = /^data: (.*)$/m.exec(frame)?.[1]
          if (data === undefined) continue
          const { seq, epoch, at, session_id: _id, ...event } = JSON.parse(data)
          if (seq !== undefined) sent.push({ seq, epoch, at: Date.parse(at), event })
          else if (event.type === 'rewind' || event.type === 'snapshot') sent.push({ event })
        }
      }
    } catch {
      // The program was killed.
    }
  }
  return { sent, ended: read() }
}

const textOf = (sent: readonly SentEvent[]): string =>
  sent.map(({ event }) => (event.type === 'token' ? event.token : '')).join('')

it('keeps what was stored, and takes back what was not', async () => {
  const upstream = await upstreamForTest()
  upstream.next(WORDS)
  const folder = folderForTest()
  const env = { SLUICE_DATA: folder }
  const serving = { upstreamUrl: upstream.url, env, file: { chat: { model: GPT } } }

  const first = await serve(serving)
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    return (await fetch(`${first.url}${path}`, init)).json()
  }
  expect(await post('/api/sessions', { id: 's' })).toMatchObject({ id: 's' })
  const before = await follow(first.url, '0.0')
  expect(await post('/api/sessions/s/messages', { content: 'count' })).toMatchObject({
    status: 'started',
  })
  await expect.poll(() => textOf(before.sent).length).toBeGreaterThan(200)
  first.process.kill('SIGKILL')
  await before.ended
  const last = before.sent.at(-1)
  const position = last?.seq === undefined ? '0.0' : `${last.epoch}.${last.seq}`

  const second = await serve(serving)
  const after = await follow(second.url, position)
  await expect.poll(() => after.sent.at(-1)?.event.type).toBe('run_end')
  const shown = foldSent([...before.sent, ...after.sent])
  expect(shown.map(({ status }) => status)).toEqual(['done', 'interrupted'])
  const { messages } = (await (await fetch(`${second.url}/api/sessions/s/messages`)).json()) as {
    messages: { message_id: string; content: string; status: string }[]
  }
  expect(messages.map(({ message_id: id, content, status }) => ({ id, content, status }))).toEqual(
    shown.map(({ id, content, status }) => ({ id, content, status })),
  )
  expect(messages[1]?.content.length).toBeGreaterThan(100)

  const [row, ...others] = await rowsAt({ folder })
  expect(others).toEqual([])
  expect(row).toMatchObject({ outcome: 'internal', caller_id: 'anonymous', target_model: GPT })
  const end = after.sent.at(-1)?.event
  expect(end?.type === 'run_end' && end.cost_summary).toEqual(toSummary(row))
  expect(row?.input_tokens).toBeGreaterThan(0)
  expect(row?.output_tokens).toBeGreaterThanOrEqual(
    Math.ceil((messages[1]?.content.length ?? 0) / 4),
  )
})
