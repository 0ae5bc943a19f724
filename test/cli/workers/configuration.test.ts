/** Which configuration each worker has. */
import { describe, expect, it } from 'vitest'
import type { ReadFile } from '#config'
import type { WorkerProcess } from '#workers'
import { createConfiguration } from '../../../src/cli/workers/configuration.ts'
import type { StartFiles } from '../../../src/cli/workers/place.ts'

const FOLLOWS = { reloadOnChange: true, drainMs: 1000, logLevel: 'info' as const }

const toFile = (text: string): ReadFile => ({ file: { name: 'sluice.yaml', text } })

interface Fake {
  readonly worker: WorkerProcess
  /** The texts of the reloads that it was told, and whether it reports them. */
  readonly told: [text: string | undefined, isTold: boolean][]
  start(): Promise<StartFiles>
}

const fake = (id: number, accepts: (text: string | undefined) => boolean): Fake => {
  const told: Fake['told'] = []
  let answer: (values: readonly unknown[]) => unknown = () => undefined
  const link = {
    tell: () => undefined,
    on: (_: string, given: typeof answer) => void (answer = given),
    ask: async (_: string, read: ReadFile, isTold: boolean) => {
      told.push([read.file?.text, isTold])
      return { isLoaded: accepts(read.file?.text), follows: FOLLOWS }
    },
  }
  return {
    worker: { id, link } as unknown as WorkerProcess,
    told,
    start: async () => (await answer([])) as StartFiles,
  }
}

const setUp = () => {
  let text = 'one'
  const serving: WorkerProcess[] = []
  const lines: object[] = []
  const configuration = createConfiguration({
    started: toFile('one'),
    read: async () => toFile(text),
    serving: () => serving,
    onFollowed: () => undefined,
    log: { error: (fields) => void lines.push(fields) },
  })
  let lastId = 0
  return {
    configuration,
    lines,
    write: (changed: string) => void (text = changed),
    /** As the crew starts one. */
    async start({ isRolled = false, accepts = (given?: string) => given !== 'bad' } = {}) {
      const made = fake(++lastId, accepts)
      configuration.assign(made.worker, isRolled)
      const files = await made.start()
      await configuration.settle(made.worker)
      serving.push(made.worker)
      return { ...made, texts: [files.started.file?.text, files.latest.file?.text] }
    },
  }
}

describe('a reload', () => {
  it('reaches all workers, and the first one reports it', async () => {
    const { configuration, start, write } = setUp()
    const [first, second] = [await start(), await start()]
    write('two')
    await configuration.reload()
    expect(first.told).toEqual([['two', true]])
    expect(second.told).toEqual([['two', false]])
  })

  it('decides what a worker gets that replaces another, unless it was refused', async () => {
    const { configuration, start, write } = setUp()
    await start()
    write('two')
    await configuration.reload()
    write('bad')
    await configuration.reload()
    expect((await start()).texts).toEqual(['one', 'two'])
  })

  it('reaches a worker that was starting', async () => {
    const { configuration, start, write } = setUp()
    await start()
    const late = fake(9, () => true)
    configuration.assign(late.worker, false)
    write('two')
    await configuration.reload()
    await configuration.settle(late.worker)
    expect(late.told).toEqual([['two', false]])
  })

  it('reaches the next worker if there was none', async () => {
    const { configuration, start, write } = setUp()
    write('two')
    await configuration.reload()
    const { told } = await start()
    await configuration.reload()
    expect(told[0]).toEqual(['two', true])
  })

  it('names the workers that differ from the others', async () => {
    const { configuration, lines, start, write } = setUp()
    await start()
    await start({ accepts: () => false })
    write('two')
    await configuration.reload()
    expect(lines).toEqual([{ workers: [2] }])
  })
})

describe('a worker that is rolled', () => {
  it('gets the file as it is, and those that replace others get the same afterwards', async () => {
    const { configuration, start, write } = setUp()
    await start()
    write('two')
    await configuration.renew()
    expect((await start()).texts).toEqual(['one', 'one'])
    expect((await start({ isRolled: true })).texts).toEqual(['two', 'two'])
    expect((await start()).texts).toEqual(['two', 'two'])
  })
})
