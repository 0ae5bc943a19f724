/** Workers that are replaced under load. */
import { describe, expect, it } from 'vitest'
import { upstreamForTest } from '../../tools/app/house.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { startCrew } from '../../tools/workers/crew.ts'
import { startStreamLoad } from '../../tools/workers/stream-load.ts'

const CLIENTS = 24
const ROLLS = 3

describe.runIf(withServers)('workers under load', () => {
  it('are replaced again and again, and no stream is dropped', async () => {
    const upstream = await upstreamForTest()
    const crew = await startCrew({ upstreamUrl: upstream.url })
    const load = startStreamLoad(crew.url, CLIENTS)
    for (let roll = 1; roll <= ROLLS; roll++) {
      const before = load.ended
      await expect.poll(() => load.ended - before).toBeGreaterThan(CLIENTS)
      crew.process.kill('SIGUSR2')
      await expect.poll(() => crew.lines('all workers are replaced').length).toBe(roll)
    }
    await expect.poll(() => crew.lines('a worker has drained').length).toBe(2 * ROLLS)
    expect(await load.stop()).toEqual([])
    expect(crew.lines('a worker has drained').every(({ code }) => code === 0)).toBe(true)
    expect((await crew.metrics()).sum('sluice_calls_total')).toBe(load.ended)
    crew.process.kill('SIGTERM')
    expect((await crew.ended).code).toBe(0)
    expect(crew.lines('call')).toHaveLength(load.ended)
  })

  it('lose only the streams of a worker that is killed', async () => {
    const upstream = await upstreamForTest()
    const crew = await startCrew({ upstreamUrl: upstream.url })
    const load = startStreamLoad(crew.url, CLIENTS)
    await expect.poll(() => load.ended).toBeGreaterThan(CLIENTS)
    process.kill(crew.workerPids()[0] ?? 0, 'SIGKILL')
    await expect.poll(() => crew.lines('a worker is ready').length).toBe(3)
    const before = load.ended
    await expect.poll(() => load.ended - before).toBeGreaterThan(CLIENTS)
    const faults = await load.stop()
    // Half of the streams at that moment, and one more for each client whose kept connection is gone.
    expect(faults.length).toBeGreaterThan(0)
    expect(faults.length).toBeLessThan(CLIENTS)
  })
})
