/** The program with several workers, as an operator runs it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Started, startSluice } from '../cli/start.ts'
import { parseText, type Scraped } from '../telemetry/scrape.ts'
import { DEFAULT_KEYS } from '../upstream/keys.ts'

export const ADMIN_KEY = 'sk-admin-0123456789'

export interface CrewUnderTest extends Started {
  readonly url: string
  readonly cwd: string
  /** The lines of the log so far. */
  lines(message?: string): Record<string, unknown>[]
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
  const { upstreamUrl, file = {}, env = {} } = settings
  const { workers } = { workers: 2, ...settings }
  const cwd = mkdtempSync(join(tmpdir(), 'sluice-workers-'))
  writeFile(cwd, { ...toDefaults(upstreamUrl), ...file })
  const started = startSluice(
    ['serve', '--port', '0', ...(workers ? ['--workers', `${workers}`] : [])],
    {
      cwd,
      env: { SLUICE_ADMIN_KEY: ADMIN_KEY, ...env },
    },
  )
  const { pid = 0 } = started.process
  const workerPids = (): number[] => childrenOf(pid)
  onTestFinished(async () => {
    const left = workerPids()
    started.process.kill('SIGKILL')
    for (const each of left) kill(each)
    await started.ended
    rmSync(cwd, { recursive: true, force: true })
  })
  const [, url = ''] = await started.says(/listens on (http:\/\/127\.0\.0\.1:\d+)/)
  return {
    ...started,
    url,
    cwd,
    workerPids,
    lines(message) {
      const all = started.written.stdout.split('\n').slice(0, -1)
      const lines = all.map((line) => JSON.parse(line) as Record<string, unknown>)
      return message === undefined ? lines : lines.filter(({ msg }) => msg === message)
    },
    async metrics() {
      const headers = { authorization: `Bearer ${ADMIN_KEY}` }
      return parseText(await (await fetch(`${url}/metrics`, { headers })).text())
    },
  }
}

export const writeFile = (cwd: string, file: object | string): void =>
  writeFileSync(join(cwd, 'sluice.yaml'), typeof file === 'string' ? file : JSON.stringify(file))

export const toDefaults = (upstreamUrl: string | undefined): object => ({
  ...(upstreamUrl !== undefined && {
    providers: {
      openai: { api_key: DEFAULT_KEYS.openai, base_url: `${upstreamUrl}/v1` },
      anthropic: { api_key: DEFAULT_KEYS.anthropic, base_url: upstreamUrl },
    },
  }),
  retries: { max: 0 },
  probe_local: false,
})

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
