/** No header, parameter or frame of a WebSocket chooses where a call goes, with which key, or as whom. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  HEADERS,
  inGroups,
  PARAMETERS,
  READ_FIELDS,
  STEERING_HEADERS,
  STRANGE_FIELDS,
} from '../../tools/server/tenancy/attacks.ts'
import { SWEPT_DOORS, SWEPT_SESSIONS } from '../../tools/server/tenancy/every-door.ts'
import {
  ANN,
  ANN_KEY,
  BEN_KEY,
  forEachAtOnce,
  startSweep,
} from '../../tools/server/tenancy/start-sweep.ts'
import { sluiceForTest } from '../../tools/app/house.ts'
import { isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'
import { type FrameJson, openClient } from '../../tools/server/websocket/open-client.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'
import { rowsAt } from '../../tools/stores/ledger-under-test.ts'

const CALL_DOORS = SWEPT_DOORS.filter(({ frames }) => frames !== undefined)
const REALTIME_DOORS = SWEPT_DOORS.filter(({ frames }) => frames === undefined)

/** A page of another origin is refused before anything else is read. */
const SOCKET_HEADERS = HEADERS.filter((name) => name !== 'origin')

const ALL = (value: string) =>
  new URLSearchParams(PARAMETERS.map((name): [string, string] => [name, value]))

describe.each(CALL_DOORS)('$path', ({ path, frames = [], isLast }) => {
  const count = (received: readonly FrameJson[]) => received.filter(isLast).length

  it('is that of its caller whatever a header or the query says', async () => {
    const sweep = await startSweep()
    await forEachAtOnce(inGroups(SOCKET_HEADERS, 5), async (names, at) => {
      const value = (sweep.values[at % sweep.values.length] ?? '').replace('Bearer ', '')
      const client = await openClient(sweep.sluice.url, `${path}?${ALL(value)}`, {
        headers: { ...ANN, ...Object.fromEntries(names.map((name) => [name, value])) },
      })
      client.send(frames[at % frames.length] ?? {})
      await client.until('the end', isLast)
      client.socket.terminate()
    })
    const forwarded = sweep.upstream.calls.flatMap(({ headers }) =>
      STEERING_HEADERS.filter((name) => headers[name] !== undefined),
    )
    expect([...new Set(forwarded)]).toEqual([])
    await sweep.expectOnlyAnn()
  })

  // The same door at another path reads the same frames.
  it.skipIf(path.startsWith('/openai') || path === '/v1/chat/completions')(
    'is that of its caller whatever a field of a frame says',
    async () => {
      const sweep = await startSweep()
      for (const frame of frames) {
        const client = await openClient(sweep.sluice.url, path, { headers: ANN })
        const read = READ_FIELDS.filter((name) => name !== 'id' && name !== 'stream_id')
        const groups = [...inGroups(STRANGE_FIELDS, 10), ...read.map((name) => [name])]
        for (const [at, names] of groups.entries()) {
          const value = at % 2 === 0 ? sweep.canary : sweep.values[at % sweep.values.length]
          client.send({ ...frame, ...Object.fromEntries(names.map((name) => [name, value])) })
          await eventually(`an end for ${names.join()}`, () => count(client.frames) > at)
        }
        client.socket.terminate()
      }
      await sweep.expectOnlyAnn()
    },
  )

  it('stays that of its caller after other keys in frames', async () => {
    const sweep = await startSweep()
    const client = await openClient(sweep.sluice.url, path, { headers: ANN })
    for (const type of ['auth', 'session.update', 'authenticate'])
      client.send({ type, api_key: BEN_KEY, key: BEN_KEY, token: BEN_KEY })
    client.send(frames[0] ?? {})
    await client.until('the end', (frame) => isLast(frame) && frame.type !== 'error')
    client.socket.terminate()
    await sweep.expectOnlyAnn()
  })
})

describe.each(SWEPT_SESSIONS)('$path', ({ path, frames = [], isLast }) => {
  it('is that of its caller whatever a header or the query says', async () => {
    const sweep = await startSweep()
    const query = ALL(BEN_KEY)
    // It would name another session.
    query.delete('session_id')
    await forEachAtOnce(
      inGroups(SOCKET_HEADERS, 5),
      async (names, at) => {
        const value = (sweep.values[at % sweep.values.length] ?? '').replace('Bearer ', '')
        const client = await openClient(sweep.sluice.url, `${path}?${query}`, {
          headers: { ...ANN, ...Object.fromEntries(names.map((name) => [name, value])) },
        })
        client.send(frames[at % frames.length] ?? {})
        await client.until('the end', isLast)
        client.socket.terminate()
      },
      4,
    )
    expect(sweep.upstream.calls.length).toBeGreaterThan(0)
    const forwarded = sweep.upstream.calls.flatMap(({ headers }) =>
      STEERING_HEADERS.filter((name) => headers[name] !== undefined),
    )
    expect([...new Set(forwarded)]).toEqual([])
    await sweep.expectOnlyAnn()
  })

  it('has no field that chooses anything', async () => {
    const sweep = await startSweep()
    for (const name of STRANGE_FIELDS) {
      const client = await openClient(sweep.sluice.url, path, { headers: ANN })
      const text = JSON.stringify(frames[0]).replace('}', `,${JSON.stringify(name)}:"ben"}`)
      client.send(text)
      const refused = await client.until('a refusal', isLast)
      // Some are fields of a message, but not with this value.
      expect([name, refused.error?.param]).toEqual([name, name])
      client.socket.terminate()
    }
    expect(sweep.upstream.calls).toEqual([])
  })
})

describe.each(REALTIME_DOORS)('$path', ({ path }) => {
  it('reaches the configured upstream with the configured key, whatever the opening says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-realtime-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const canary = await startRealtime()
    const upstream = await startRealtime()
    const sluice = await sluiceForTest({
      keys: [{ key: ANN_KEY, name: 'key-of-ann', owner: 'ann' }, BEN_KEY],
      providers: [openaiAt(upstream.url)],
      rows: { folder },
    })
    const values = [canary.url, BEN_KEY, 'ben']
    const groups = inGroups(SOCKET_HEADERS, 5)
    await forEachAtOnce(groups, async (names, at) => {
      const value = values[at % values.length] ?? ''
      const client = await openClient(sluice.url, `${path}?model=gpt-realtime&${ALL(value)}`, {
        headers: { ...ANN, ...Object.fromEntries(names.map((name) => [name, value])) },
      })
      client.send({ type: 'session.update', session: { base_url: canary.url, api_key: BEN_KEY } })
      client.socket.close()
      await client.closed
    })
    const opened = groups.length
    await eventually('all have ended', () => sluice.log.filter(isCall).length === opened)
    await sluice.close()
    const { host } = new URL(upstream.url)
    for (const { headers, url } of upstream.requests) {
      expect(headers).toMatchObject({ host, authorization: 'Bearer sk-upstream-openai' })
      expect(STEERING_HEADERS.filter((name) => headers[name] !== undefined)).toEqual([])
      expect(new URL(url ?? '', 'http://upstream').searchParams.getAll('model')).toEqual([
        'gpt-realtime',
      ])
      expect(url).not.toMatch(/[?&]key=/)
    }
    const rows = await rowsAt({ folder })
    expect(rows).toHaveLength(opened)
    for (const row of rows) expect(row).toMatchObject({ key_name: 'key-of-ann', owner: 'ann' })
    expect(canary.requests).toEqual([])
  })
})
