/** The program with several workers, as an operator runs it. */
import { readdirSync, readFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { type Served, serve } from '../cli/serve.ts'
import { ADMIN, parseText, type Scraped } from '../telemetry/scrape.ts'

export interface CrewUnderTest extends Served {
  /** The processes that the first one has started and that live. */
  workerPids(): number[]
  metrics(): Promise<Scraped>
}

interface CrewSettings {
  /** Undefined: as the file says. */
  readonly workers?: number | undefined
  readonly upstreamUrl?: string
  /** Fields of sluice.yaml. */
  readonly file?: object
  readonly env?: Readonly<Record<string, string>>
}

/** Ended after the test, with all its workers. */
export const startCrew = async (settings: CrewSettings = {}): Promise<CrewUnderTest> => {
  const { workers, env, ...serving } = { workers: 2, ...settings }
  const served = await serve({
    ...serving,
    args: workers ? ['--workers', `${workers}`] : [],
    env: { SLUICE_ADMIN_KEY: ADMIN, ...env },
  })
  const { pid = 0 } = served.process
  const workerPids = (): number[] => childrenOf(pid)
  onTestFinished(() => {
    const left = workerPids()
    served.process.kill('SIGKILL')
    for (const each of left) kill(each)
  })
  return {
    ...served,
    workerPids,
    async metrics() {
      const headers = { authorization: `Bearer ${ADMIN}` }
      return parseText(await (await fetch(`${served.url}/metrics`, { headers })).text())
    },
  }
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

export const isAlive = (pid: number): boolean =>
  statOf(pid)?.[0] !== undefined && statOf(pid)?.[0] !== 'Z'

/** The fields of its `stat` in /proc from the state on. */
const statOf = (pid: number | string): string[] | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter(
      (name) => Number(name) > 0 && statOf(name)?.[1] === `${parent}` && isAlive(Number(name)),
    )
    .map(Number)
