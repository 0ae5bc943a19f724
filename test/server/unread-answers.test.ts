/** Answers that nobody reads are held for their caller, within its share. */
import { afterEach, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, RESPONSES, responsesBody } from '../app/asks.ts'
import { startHouse } from '../app/house.ts'
import { openRawClient, type RawClient } from '../app/raw-client.ts'

const MB = 1024 * 1024
const KEYS = ['sk-hostile', 'sk-friendly']
const HOSTILE = { 'x-api-key': 'sk-hostile' }
const FRIENDLY = { 'x-api-key': 'sk-friendly' }

const clients: RawClient[] = []
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy()
})

it('what a response was given, asked for by many who do not read, is refused past the share', async () => {
  const { sluice } = await startHouse({
    keys: KEYS,
    limits: { bodyBytes: 8 * MB, inFlightBytes: 64 * MB, depth: 512 },
    upstream: { reply: () => ({ parts: [{ text: 'yes' }] }) },
  })
  const body = responsesBody('x'.repeat(7 * MB), { model: CLAUDE })
  const made = await sluice.send(RESPONSES, { headers: HOSTILE, body })
  expect(made.status).toBe(200)
  const path = `${RESPONSES}/${String(made.json.id)}/input_items`
  for (let reader = 0; reader < 20; reader++) {
    const client = await openRawClient(sluice.url, { reads: false })
    clients.push(client)
    client.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: sk-hostile\r\n\r\n`)
  }
  await expect
    .poll(async () => {
      const { status, json } = await sluice.send(path, { headers: HOSTILE })
      return [status, (json.error as { code?: string } | undefined)?.code]
    })
    .toEqual([429, 'share_used_up'])
  const answer = await sluice.send(CHAT, { headers: FRIENDLY, body: chatBody('x'.repeat(4 * MB)) })
  expect(answer.status).toBe(200)

  for (const { socket } of clients.splice(0)) socket.destroy()
  await expect.poll(async () => (await sluice.send(path, { headers: HOSTILE })).status).toBe(200)
})
