/** Chat where several processes serve. */
import { expect, it } from 'vitest'
import { upstreamForTest } from '../../tools/app/house.ts'
import { startCrew } from '../../tools/workers/crew.ts'
import { ask } from '../../tools/workers/own-connection.ts'

it('is refused by every worker, and the start says why, once', { timeout: 60_000 }, async () => {
  const upstream = await upstreamForTest()
  const crew = await startCrew({ upstreamUrl: upstream.url })
  const warnings = () =>
    crew.lines('Chat needs one process for now: set server.workers to 1 to use it.')
  await expect.poll(warnings, { timeout: 30_000 }).toHaveLength(1)
  for (let at = 0; at < 4; at++) {
    const { status, text } = await ask(`${crew.url}/api/sessions`, { body: {} })
    expect(await text).toContain('server.workers')
    expect(status).toBe(503)
  }
  expect(warnings()).toHaveLength(1)
})
