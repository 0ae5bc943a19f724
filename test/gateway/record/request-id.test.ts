/** The request id of a call's row is the one that its client was sent, and its log line has both. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody, CLAUDE, GPT, RESPONSES, responsesBody } from '../../tools/app/asks.ts'
import { sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { geminiAt, isCall } from '../../tools/app/start-sluice.ts'
import { answerJson, plainUpstream } from '../../tools/gateway/plain-upstream.ts'
import { isDone, openClient } from '../../tools/server/websocket/open-client.ts'
import { rowsAt } from '../../tools/stores/ledger-under-test.ts'

const toRows = () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-ids-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return { folder }
}

const start = async (options: Partial<AppOptions> = {}) => {
  const rows = toRows()
  return { rows, ...(await startHouse({ rows, ...options })) }
}

const headers = { 'x-request-id': 'req_of_the_upstream' }

it.each([
  ['an answer', chatBody(), {}],
  ['a stream', chatBody('x', { stream: true }), {}],
  ['a refusal', chatBody(), { fault: { status: 400, headers } }],
])('the line of %s that is relayed has the id of the upstream, too', async (_, body, more) => {
  const { sluice, upstream, rows } = await start()
  upstream.next({ parts: [{ text: 'one' }], headers, ...more })
  const answer = await sluice.send(CHAT, { body })
  const line = await sluice.logged(isCall)
  expect(line.answerId).toBe(answer.headers['x-request-id'])
  expect(line.answerId).not.toBe(line.requestId)
  await sluice.close()
  expect(await rowsAt(rows)).toMatchObject([
    { request_id: line.answerId, log_request_id: line.requestId },
  ])
})

it.each([
  ['that succeeds', {}],
  ['that fails', { fault: { status: 400, headers } }],
])('a stream that is opened early has our id, and so has its row: one %s', async (_, more) => {
  const { sluice, upstream, rows } = await start({ openAfterMs: 20 })
  upstream.next({ parts: [{ text: 'one' }], delayMs: 200, headers, ...more })
  const answer = await sluice.send(CHAT, { body: chatBody('x', { stream: true }) })
  expect(answer.text).toContain('keepalive')
  const line = await sluice.logged(isCall)
  expect(line).toMatchObject({ requestId: answer.headers['x-request-id'] })
  expect(line).not.toHaveProperty('answerId')
  await sluice.close()
  expect(await rowsAt(rows)).toMatchObject([{ request_id: line.requestId }])
})

it('a call on a socket has the id that its last frame has', async () => {
  const { sluice, upstream, rows } = await start()
  const client = await openClient(sluice.url, '/ws')
  upstream.next({ parts: [{ text: 'one' }], headers })
  client.send({ id: 'a', ...chatBody() })
  const done = await client.until('the end', isDone('a'))
  client.socket.terminate()
  await sluice.close()
  expect(await rowsAt(rows)).toMatchObject([{ request_id: done['request_id'] }])
})

it('a run in the background has the id of the answer that began it', async () => {
  const { sluice, upstream, rows } = await start({
    aliases: [{ name: 'either', targets: [`anthropic/${CLAUDE}`, `openai/${GPT}`] }],
  })
  upstream.next({ fault: { status: 529 } }, { parts: [{ text: 'one' }], headers })
  const body = responsesBody('x', { model: 'either', background: true })
  const answer = await sluice.send(RESPONSES, { body })
  expect(answer.json).toMatchObject({ status: 'queued' })
  await sluice.logged(isCall)
  await sluice.close()
  expect(await rowsAt(rows)).toMatchObject([{ request_id: answer.headers['x-request-id'] }])
})

it('an answer that is joined of several has our id, and so has its row', async () => {
  const upstream = await plainUpstream(({ body }, response) => {
    const requests = body['requests'] as readonly object[]
    response.setHeader('x-request-id', 'req_of_the_upstream')
    answerJson(response, { embeddings: requests.map(() => ({ values: [1] })) })
  })
  const rows = toRows()
  const sluice = await sluiceForTest({ providers: [geminiAt(upstream.url)], rows })
  const content = { parts: [{ text: 'x' }] }
  const requests = Array.from({ length: 101 }, () => ({ content }))
  const path = '/v1beta/models/gemini-embedding-001:batchEmbedContents'
  const answer = await sluice.send(path, { body: { requests } })
  expect(answer.status).toBe(200)
  expect(upstream.calls).toHaveLength(2)
  const line = await sluice.logged(isCall)
  expect(answer.headers['x-request-id']).toBe(line.requestId)
  await sluice.close()
  expect(await rowsAt(rows)).toMatchObject([{ request_id: line.requestId }])
})
