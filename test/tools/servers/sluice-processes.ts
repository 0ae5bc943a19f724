/** The program, several times, with one Redis and one upstream: each a process of its own, as operators run it. */
import { serve } from '../cli/serve.ts'

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
  ...serving
}: Surroundings): Promise<SluiceProcess> => {
  const { process: child, url, ended } = await serve({ ...serving, env: { REDIS_URL: redisUrl } })
  return {
    url,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      child.kill('SIGTERM')
      return (await ended).code
    },
  }
}
