/** No header of a call chooses where it goes, with which key, or as whom. */
import { describe, expect, it } from 'vitest'
import {
  HEADERS,
  inGroups,
  PARAMETERS,
  STEERING_HEADERS,
} from '../../tools/server/tenancy/attacks.ts'
import {
  ADMIN_ROUTES,
  CALLER_ROUTES,
  OPEN_ROUTES,
  SESSION_CALLS,
} from '../../tools/server/tenancy/every-route.ts'
import { ANN, BEN_KEY, forEachAtOnce, startSweep } from '../../tools/server/tenancy/start-sweep.ts'
import { openRawClient } from '../../tools/app/raw-client.ts'

describe.each([...CALLER_ROUTES, ...SESSION_CALLS])('$name', (route) => {
  it('is the same call whatever a header says, and none without a key', async () => {
    const sweep = await startSweep()
    const { sluice, upstream, values } = sweep
    await forEachAtOnce(inGroups(HEADERS, 10), async (names, at) => {
      const value = values[at % values.length] ?? ''
      const { method, path, body } = route
      const headers = Object.fromEntries(names.map((name) => [name, value]))
      const { status } = await sluice.send(path, { method, headers, ...(body && { body }) })
      // An `X-User-ID` with a blank in it is refused before.
      expect(`${names.join()}: ${status}`).toMatch(/: 40[01]$/)
    })
    expect(upstream.calls).toEqual([])

    await forEachAtOnce(inGroups(HEADERS, 4), async (names, at) => {
      for (const value of [sweep.canary, values[at % values.length] ?? '']) {
        const headers = Object.fromEntries(names.map((name) => [name, value]))
        const { status, text } = await sweep.ask(route, { headers })
        expect(status === 500 ? { headers, text } : 'no fault').toBe('no fault')
      }
    })
    const forwarded = upstream.calls.flatMap(({ headers }) =>
      STEERING_HEADERS.filter((name) => headers[name] !== undefined),
    )
    expect([...new Set(forwarded)]).toEqual([])
    await sweep.expectOnlyAnn()
  })
})

it.each(ADMIN_ROUTES)('$name stays shut to a caller', async ({ method, path }) => {
  const sweep = await startSweep()
  await forEachAtOnce(HEADERS, async (name, at) => {
    const value = sweep.values[at % sweep.values.length] ?? ''
    if (value.startsWith('sk-key-of-the-admin')) return
    const headers = { ...ANN, [name]: value.replace('Bearer ', '') }
    const { status } = await sweep.sluice.send(path, { method, headers })
    expect(`${name}: ${status}`).toBe(`${name}: 403`)
  })
  for (const name of PARAMETERS) {
    const query = `?${name}=${encodeURIComponent(BEN_KEY)}`
    expect((await sweep.sluice.send(path + query, { method, headers: ANN })).status).toBe(403)
  }
  await sweep.expectOnlyAnn()
})

/** Without the time, and what is measured. */
const toUnmeasured = ({ status, text }: { readonly status: number; readonly text: string }) => ({
  status,
  text: text.replace(/\d[\d.]*/g, '0'),
})

it.each(OPEN_ROUTES)('$name names no upstream and no caller', async ({ method, path }) => {
  const sweep = await startSweep()
  const plain = await sweep.sluice.send(path, { method })
  for (const name of HEADERS) {
    const answer = await sweep.sluice.send(path, { method, headers: { [name]: sweep.canary } })
    expect(toUnmeasured(answer)).toEqual(toUnmeasured(plain))
  }
  expect(plain.text).not.toMatch(/openai|anthropic|gemini|ann|127\.0\.0\.1/)
  expect(sweep.upstream.calls).toEqual([])
})

describe('the line of a request', () => {
  const raw = async (
    head: string,
  ): Promise<{ text: string; sweep: Awaited<ReturnType<typeof startSweep>> }> => {
    const sweep = await startSweep()
    const client = await openRawClient(sweep.sluice.url)
    const { host } = new URL(sweep.canary)
    client.write(
      `${head.replace('CANARY', host)}\r\nhost: ${host}\r\nauthorization: ${ANN.authorization}\r\nconnection: close\r\n\r\n`,
    )
    return { text: await client.closed, sweep }
  }

  it.each(['GET http://CANARY/v1/models HTTP/1.1', 'GET //CANARY/v1/models HTTP/1.1'])(
    'is no address to go to: %s',
    async (head) => {
      const { text, sweep } = await raw(head)
      expect(text).toMatch(/^HTTP\/1\.1 404 /)
      expect(sweep.upstream.calls).toEqual([])
      await sweep.expectOnlyAnn()
    },
  )

  it('opens no tunnel', async () => {
    const { text, sweep } = await raw('CONNECT CANARY HTTP/1.1')
    expect(text).not.toMatch(/^HTTP\/1\.1 2/)
    await sweep.expectOnlyAnn()
  })
})
