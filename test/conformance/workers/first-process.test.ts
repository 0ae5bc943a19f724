/** Workers whose first process is ill, and a first process whose workers cannot start. */
import { rmSync } from 'node:fs'
import { Agent } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { upstreamForTest } from '../../tools/app/house.ts'
import { startSluice } from '../../tools/cli/start.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { startCrew } from '../../tools/workers/crew.ts'
import { ask } from '../../tools/workers/own-connection.ts'

const headers = { authorization: 'Bearer key-of-ann' }
const keys = [{ key: 'key-of-ann' }]

describe.runIf(withServers)('a first process', () => {
  it('that is frozen keeps no call waiting on an open connection', async () => {
    const upstream = await upstreamForTest()
    const file = { keys, limits: { window_requests: 1000 } }
    const crew = await startCrew({ upstreamUrl: upstream.url, file })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const call = async (): Promise<number> => {
      const { status, text } = await ask(`${crew.url}${CHAT}`, { body: chatBody(), headers, agent })
      await text
      return status
    }
    expect(await call()).toBe(200)
    crew.process.kill('SIGSTOP')
    onTestFinished(() => void crew.process.kill('SIGCONT'))
    for (let at = 0; at < 5; at++) expect(await call()).toBe(200)
    crew.process.kill('SIGCONT')
    await expect.poll(() => crew.lines('the first process is used again').length).toBe(1)
    expect(crew.lines('the first process cannot be used')).toHaveLength(1)
    expect(await call()).toBe(200)
    expect(crew.lines('a worker ended, and is replaced')).toEqual([])
  })

  it('ends with a sentence if no worker can start any more', async () => {
    const upstream = await upstreamForTest()
    const crew = await startCrew({ upstreamUrl: upstream.url })
    // A process cannot start in a folder that is gone.
    rmSync(crew.cwd, { recursive: true, force: true })
    for (const pid of crew.workerPids()) process.kill(pid, 'SIGKILL')
    const { code, stderr } = await crew.ended
    expect(code).toBe(1)
    expect(stderr).toContain('Workers end again and again before they can serve')
    expect(crew.workerPids()).toEqual([])
  })

  it('has the rows of a worker that is killed, but for those of the last moment', async () => {
    const upstream = await upstreamForTest()
    const crew = await startCrew({ upstreamUrl: upstream.url })
    for (let at = 0; at < 40; at++)
      await (
        await ask(`${crew.url}${CHAT}`, { body: chatBody() })
      ).text
    // The first rows of a process may take longer, while the file is opened.
    await new Promise((resolve) => void setTimeout(resolve, 2_000))
    for (const pid of crew.workerPids()) process.kill(pid, 'SIGKILL')
    await expect.poll(() => crew.lines('a worker is ready').length).toBe(4)
    crew.process.kill('SIGTERM')
    expect((await crew.ended).code).toBe(0)
    const report = await startSluice(['usage', '--json'], { cwd: crew.cwd }).ended
    expect(JSON.parse(report.stdout)).toMatchObject({ total: { calls: 40 } })
  })
})
