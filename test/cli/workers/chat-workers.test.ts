/** The sessions of a program with several workers are the same in each of them. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { GPT } from '../../tools/app/asks.ts'
import { upstreamForTest } from '../../tools/app/house.ts'
import { type CrewUnderTest, startCrew } from '../../tools/workers/crew.ts'
import { ask } from '../../tools/workers/own-connection.ts'

interface Tab {
  readonly events: Record<string, unknown>[]
  readonly types: unknown[]
  readonly text: string
  readonly isClosed: boolean
  readonly position: string
  send(command: object): void
}

const open = async (crew: CrewUnderTest, position = ''): Promise<Tab> => {
  const socket = new WebSocket(`${crew.url.replace('http', 'ws')}/ws/session/s${position}`)
  onTestFinished(() => socket.terminate())
  const events: Record<string, unknown>[] = []
  let isClosed = false
  socket.on('close', () => void (isClosed = true))
  socket.on('error', () => void (isClosed = true))
  socket.on('message', (data) => events.push(JSON.parse(String(data)) as Record<string, unknown>))
  await expect.poll(() => events.length, PATIENT).toBeGreaterThan(0)
  return {
    events,
    get types() {
      return events.map(({ type }) => type)
    },
    get text() {
      return events.map(({ type, token }) => (type === 'token' ? String(token) : '')).join('')
    },
    get isClosed() {
      return isClosed
    },
    get position() {
      const last = events.findLast(({ seq }) => seq !== undefined)
      return `${String(last?.epoch)}.${String(last?.seq)}`
    },
    send: (command) => socket.send(JSON.stringify(command)),
  }
}

const PATIENT = { timeout: 30_000, interval: 50 }
const SLOWLY = { parts: [{ text: 'word '.repeat(400) }], paceMs: 20, pieces: 400 }

const startTwo = async () => {
  const upstream = await upstreamForTest()
  const crew = await startCrew({ upstreamUrl: upstream.url, file: { chat: { model: GPT } } })
  return { upstream, crew }
}

describe('two workers', { timeout: 90_000 }, () => {
  it('show and change one session, whichever worker a connection reaches', async () => {
    const { upstream, crew } = await startTwo()
    // Each goes to the worker that has the fewest.
    const [one, two] = [await open(crew), await open(crew)]
    upstream.next({ parts: [{ text: 'Hello there' }] }, SLOWLY)
    two.send({ type: 'message', content: 'hi' })
    await expect.poll(() => one.types.at(-1), PATIENT).toBe('run_end')
    await expect.poll(() => two.types.at(-1), PATIENT).toBe('run_end')
    expect([one.text, two.text]).toEqual(['Hello there', 'Hello there'])
    one.send({ type: 'message', content: 'more' })
    await expect.poll(() => two.text.length, PATIENT).toBeGreaterThan(20)
    for (let at = 0; at < 4; at++) {
      const { text } = await ask(`${crew.url}/api/sessions/s`)
      expect(JSON.parse(await text)).toMatchObject({ active_run: expect.any(String) })
    }
    // Before another one ends it.
    const stopped = await ask(`${crew.url}/api/sessions/s/cancel`, { body: {} })
    expect(stopped.status).toBe(200)
    await expect.poll(() => one.types.at(-1), PATIENT).toBe('run_end')
    await expect.poll(() => upstream.calls.at(-1)?.closedEarly, PATIENT).toBe(true)
    await expect.poll(() => two.types.at(-1), PATIENT).toBe('run_end')
    expect(two.text).toBe(one.text)
  })

  it('go on with the session of one that is killed', async () => {
    const { upstream, crew } = await startTwo()
    const tabs = [await open(crew), await open(crew)]
    upstream.next(SLOWLY)
    tabs[0]?.send({ type: 'message', content: 'hi' })
    await expect.poll(() => tabs[1]?.text.length, PATIENT).toBeGreaterThan(50)
    const [pid = 0] = crew.workerPids()
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => tabs.filter(({ isClosed }) => isClosed).length, PATIENT).toBe(1)
    const left = tabs.find(({ isClosed }) => !isClosed)
    const lost = tabs.find(({ isClosed }) => isClosed)
    const back = await open(crew, `?position=${lost?.position}`)
    await expect.poll(() => left?.types.at(-1), PATIENT).toBe('run_end')
    await expect.poll(() => back.types.at(-1), PATIENT).toBe('run_end')
    const end = left?.events.at(-1)
    expect(back.events.at(-1)).toEqual(end)
    upstream.next({ parts: [{ text: 'Again' }] })
    back.send({ type: 'message', content: 'once more' })
    await expect.poll(() => left?.text.endsWith('Again'), PATIENT).toBe(true)
  })

  it('hand their sessions over when they are replaced', async () => {
    const { upstream, crew } = await startTwo()
    const old = await open(crew)
    upstream.next(SLOWLY)
    old.send({ type: 'message', content: 'hi' })
    await expect.poll(() => old.text.length, PATIENT).toBeGreaterThan(20)
    const before = crew.workerPids()
    crew.process.kill('SIGUSR2')
    await expect
      .poll(() => crew.workerPids().filter((pid) => !before.includes(pid)).length, PATIENT)
      .toBe(2)
    const fresh = await open(crew, '?position=0.0')
    await expect.poll(() => old.isClosed, PATIENT).toBe(true)
    expect(old.types.slice(-2)).toEqual(['run_end', 'going_away'])
    await expect.poll(() => fresh.types.includes('run_end'), PATIENT).toBe(true)
    expect(fresh.text).toBe(old.text)
    expect(fresh.events.find(({ type }) => type === 'run_end')).toMatchObject({ status: 'done' })
    await expect
      .poll(() => crew.workerPids().some((pid) => before.includes(pid)), PATIENT)
      .toBe(false)
    // It may have reached the second of the old ones.
    const last = fresh.isClosed ? await open(crew, `?position=${fresh.position}`) : fresh
    upstream.next({ parts: [{ text: 'Again' }] })
    last.send({ type: 'message', content: 'once more' })
    await expect.poll(() => last.text.endsWith('Again'), PATIENT).toBe(true)
  })
})
