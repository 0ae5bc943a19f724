/** The program, several times, with one Redis and one upstream: each a process of its own, as operators run it. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { startSluice } from '../cli/start.ts'
import { DEFAULT_KEYS } from '../upstream/keys.ts'

export interface SluiceProcess {
  readonly url: string
  /** Ends it at once. */
  kill(): Promise<void>
  /** Ends it as an operator does. @returns its exit code. */
  stop(): Promise<number | null>
}

interface Surroundings {
  readonly redisUrl: string
  readonly upstreamUrl: string
  /** Fields of sluice.yaml. */
  readonly file: object
}

export const startProcesses = (
  count: number,
  surroundings: Surroundings,
): Promise<SluiceProcess[]> =>
  Promise.all(Array.from({ length: count }, () => startProcess(surroundings)))

/** Ended after the test. */
export const startProcess = async ({
  redisUrl,
  upstreamUrl,
  file,
}: Surroundings): Promise<SluiceProcess> => {
  const cwd = mkdtempSync(join(tmpdir(), 'sluice-process-'))
  writeFileSync(join(cwd, 'sluice.yaml'), JSON.stringify({ ...toDefaults(upstreamUrl), ...file }))
  const { process: child, says } = startSluice(['--port', '0'], {
    cwd,
    env: { REDIS_URL: redisUrl },
  })
  const ended = once(child, 'exit')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(async () => {
    await kill()
    rmSync(cwd, { recursive: true })
  })
  const [, url = ''] = await says(/listens on (http:\/\/127\.0\.0\.1:\d+)/)
  return {
    url,
    kill,
    async stop() {
      child.kill('SIGTERM')
      await ended
      return child.exitCode
    },
  }
}

const toDefaults = (upstreamUrl: string) => ({
  providers: {
    openai: { api_key: DEFAULT_KEYS.openai, base_url: `${upstreamUrl}/v1` },
    anthropic: { api_key: DEFAULT_KEYS.anthropic, base_url: upstreamUrl },
  },
  retries: { max: 0 },
  probe_local: false,
})
