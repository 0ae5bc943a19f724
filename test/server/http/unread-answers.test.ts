/** Unread answers are held for their caller, within its share. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, RESPONSES, responsesBody } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { openRawClient, type RawClient, toRequest } from '../../tools/app/raw-client.ts'
import { eventually } from '../../tools/app/within.ts'

const MB = 1024 * 1024
const KEYS = ['sk-hostile', 'sk-friendly']
const HOSTILE = { 'x-api-key': 'sk-hostile' }
const FRIENDLY = { 'x-api-key': 'sk-friendly' }

const clients: RawClient[] = []
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy()
})

it('input items for many clients that do not read are refused beyond the share', async () => {
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

it('a stream that is read arrives complete while the memory is used up', async () => {
  const { sluice } = await startHouse({
    keys: KEYS.slice(0, 1),
    limits: { bodyBytes: 8 * MB, inFlightBytes: 8 * MB, depth: 512 },
    upstream: { reply: () => ({ parts: [{ text: 'x'.repeat(16 * MB) }], pieces: 2_000 }) },
  })
  const upload = await openRawClient(sluice.url)
  clients.push(upload)
  const open = `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\nx-api-key: sk-hostile\r\n`
  upload.write(`${open}content-length: ${8 * MB}\r\n\r\n${'x'.repeat(8 * MB - 2_000)}`)
  await eventually('the upload has left', () => upload.socket.writableLength === 0)
  await sleep(300)
  const full = await sluice.send(CHAT, { headers: HOSTILE, body: chatBody('x'.repeat(4_000)) })
  expect(full.status).toBe(503)

  const reader = await openRawClient(sluice.url, { reads: false })
  clients.push(reader)
  const headers = ['x-api-key: sk-hostile', 'connection: close']
  reader.write(toRequest(CHAT, chatBody('hello', { stream: true }), headers))
  await sleep(500)
  let tail = ''
  reader.socket.on('data', (bytes) => {
    tail = (tail + bytes.toString('latin1')).slice(-200)
  })
  await reader.closed
  expect(tail).toContain('data: [DONE]')
  expect(upload.received()).toBe('')
})
