/** What one caller has is not there for another, whatever the other says. */
import { describe, expect, it } from 'vitest'
import { CLAUDE, GPT, RESPONSES } from '../../tools/app/asks.ts'
import { HEADERS, inGroups, PARAMETERS } from '../../tools/server/tenancy/attacks.ts'
import { toRevisits } from '../../tools/server/tenancy/every-route.ts'
import {
  ANN,
  BEN,
  BEN_KEY,
  forEachAtOnce,
  startSweep,
} from '../../tools/server/tenancy/start-sweep.ts'
import { callsOf } from '../../tools/app/house.ts'
import { eventually } from '../../tools/app/within.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'

const OBJECTS = [
  ['that Sluice stores', { model: CLAUDE }],
  ['that its upstream stores', { model: GPT }],
  ['that runs in the background', { model: CLAUDE, background: true }],
  ['that runs in the background of its upstream', { model: GPT, background: true }],
] as const

const SECRET = 'what only ben said'

describe.each(OBJECTS)('a response %s', (_, more) => {
  const start = async () => {
    const sweep = await startSweep()
    const body = { input: SECRET, ...more }
    const made = await sweep.sluice.send(RESPONSES, { body, headers: BEN })
    expect(made.status).toBe(200)
    const { id = '', output = [] } = made.json as { id?: string; output?: { id?: string }[] }
    // A run in the background asks its upstream a moment later.
    await eventually('the upstream was asked', () => callsOf(sweep.upstream).length > 0)
    const seen = sweep.upstream.calls.length
    return { sweep, id, items: output.flatMap((item) => item.id ?? []), seen }
  }

  it('is not found by another caller, whatever a header or the query says', async () => {
    const { sweep, id, seen } = await start()
    for (const route of toRevisits(id)) {
      await forEachAtOnce(inGroups(HEADERS, 4), async (names, at) => {
        const value = ['ben', BEN_KEY, 'key-of-ben', '*'][at % 4] ?? ''
        const headers = Object.fromEntries(names.map((name) => [name, value]))
        const answer = await sweep.ask(route, { headers })
        const what = `${route.name}, ${names.join()}`
        expect(`${what}: ${answer.status}`).toBe(`${what}: 404`)
      })
      const query = new URLSearchParams(PARAMETERS.map((name): [string, string] => [name, BEN_KEY]))
      const answer = await sweep.ask(route, { query: `?${query}` })
      expect(answer.status).toBe(404)
      expect(answer.text).not.toContain(SECRET)
    }
    expect(sweep.upstream.calls).toHaveLength(seen)
    // It is still there for its own caller.
    expect((await sweep.sluice.send(`${RESPONSES}/${id}`, { headers: BEN })).status).toBe(200)
  })

  it('cannot be continued by another caller, over HTTP or a socket', async () => {
    const { sweep, id, items, seen } = await start()
    const bodies = [
      { input: 'go on', previous_response_id: id },
      ...items.map((item) => ({ input: [{ type: 'item_reference', id: item }] })),
    ].flatMap((body) => [CLAUDE, GPT].map((model) => ({ model, ...body })))
    for (const body of bodies)
      for (const path of [RESPONSES, `${RESPONSES}/input_tokens`, `${RESPONSES}/compact`]) {
        const { status, text } = await sweep.sluice.send(path, { body, headers: ANN })
        expect(`${path}: ${status}`).toMatch(/: 40[04]$/)
        expect(text).not.toContain(SECRET)
      }
    const client = await openClient(sweep.sluice.url, RESPONSES, { headers: ANN })
    for (const [at, body] of bodies.entries()) {
      client.send({ type: 'response.create', stream_id: `s${at}`, ...body })
      const refused = await client.until('a refusal', (frame) => frame['stream_id'] === `s${at}`)
      expect(refused.type).toBe('error')
    }
    client.socket.terminate()
    expect(sweep.upstream.calls).toHaveLength(seen)
    expect(JSON.stringify(client.frames)).not.toContain(SECRET)
  })
})
