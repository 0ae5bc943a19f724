/** What is said to a model is in no log line, row or error of ours, however malformed the request is. */
import { asks } from '../../tools/server/tenancy/every-lane.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { chatBody } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'
import { FULL_BODIES } from '../../tools/server/tenancy/full-bodies.ts'
import { bytesBelow, plantIn, PROMPT } from '../../tools/server/tenancy/planted.ts'

const startWithDemo = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-prompts-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const house = await startHouse({
    logLevel: 'trace',
    rows: { folder },
    demo: {},
    retry: { retries: 0, baseMs: 1 },
  })
  return { ...house, folder }
}

it.each(FULL_BODIES)(
  'are in no error of ours, log line or row of %s, whatever is malformed',
  async (path, body) => {
    const { sluice, upstream, folder } = await startWithDemo()
    const quoting: string[] = []
    for (const planted of plantIn(body)) {
      const asked = upstream.calls.length
      const { status, text, headers } = await sluice.send(path, { body: planted as object })
      expect(`${status} ${text.slice(0, 200)} ${JSON.stringify(planted)}`).not.toMatch(/^500 /)
      const isOurs = status >= 400 && upstream.calls.length === asked
      if (isOurs && (text + JSON.stringify(headers)).includes(PROMPT)) quoting.push(text)
    }
    expect(quoting).toEqual([])
    await sluice.close()
    expect(sluice.rawLog()).toContain('"msg":"call"')
    expect(sluice.rawLog()).not.toContain(PROMPT)
    expect(bytesBelow(folder)).not.toContain(PROMPT)
  },
)

it.each(FULL_BODIES)('are in nothing of ours if the body of %s is no JSON', async (path, body) => {
  const { sluice, folder } = await startWithDemo()
  const text = JSON.stringify({ ...body, further: PROMPT })
  const broken = [
    text.slice(0, -1),
    `${text}${PROMPT}`,
    text.replace(`"${PROMPT}"`, PROMPT),
    text.replace(`"${PROMPT}"`, `"${PROMPT}\u0001"`),
    PROMPT,
    `"${PROMPT}"`,
    `[${JSON.stringify(PROMPT)}]`,
  ]
  for (const each of broken) {
    const answer = await sluice.send(path, { body: each })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).not.toBe(500)
    expect(answer.text).not.toContain(PROMPT)
  }
  await sluice.close()
  expect(sluice.rawLog() + bytesBelow(folder)).not.toContain(PROMPT)
})

it('are in no line or row if an upstream answers nonsense, or leaves', async () => {
  const { sluice, upstream, folder } = await startWithDemo()
  for (const rawBytes of [`{"x":${PROMPT}`, PROMPT, `data: {"x":${PROMPT}}\n\n`, `data: ${PROMPT}`])
    for (const contentType of ['application/json', 'text/event-stream', 'text/plain'])
      for (const [path, body] of asks(PROMPT)) {
        upstream.next({ fault: { rawBytes: [Buffer.from(rawBytes)], contentType } })
        await sluice.send(path, { body })
      }
  await sluice.close()
  expect(sluice.rawLog()).toContain('"msg":"call"')
  expect(sluice.rawLog() + bytesBelow(folder)).not.toContain(PROMPT)
})

it('and the names of users, are in no line or row of a call that succeeds', async () => {
  const { sluice, folder } = await startWithDemo()
  const headers = { 'x-user-id': PROMPT, 'user-agent': PROMPT, referer: PROMPT }
  for (const [path, body] of [...asks(PROMPT), ...FULL_BODIES])
    await sluice.send(path, { body: { ...body, user: PROMPT }, headers })
  const client = await openClient(sluice.url, '/ws', { headers })
  client.send({ id: 'a', ...chatBody(PROMPT) })
  client.send({ type: PROMPT, id: PROMPT })
  client.send(PROMPT)
  await client.until('the end', ({ type }) => type === 'done')
  client.socket.terminate()
  await sluice.close()
  expect(sluice.rawLog() + bytesBelow(folder)).not.toContain(PROMPT)
})
