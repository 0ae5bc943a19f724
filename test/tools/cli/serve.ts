/** The program as an operator runs it: in a folder of its own, with a file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { DEFAULT_KEYS } from '../upstream/keys.ts'
import { type Started, startSluice } from './start.ts'

export interface Served extends Started {
  readonly url: string
  readonly cwd: string
}

interface Serving {
  /** Absent: any that is free. */
  readonly port?: number
  readonly args?: readonly string[]
  readonly upstreamUrl?: string | undefined
  /** Fields of sluice.yaml, besides the usual ones. */
  readonly file?: object
  readonly env?: Readonly<Record<string, string>>
}

/** Ended after the test. */
export const serve = async (serving: Serving): Promise<Served> => {
  const { port = 0, args = [], upstreamUrl, file, env = {} } = serving
  const cwd = mkdtempSync(join(tmpdir(), 'sluice-served-'))
  writeFile(cwd, { ...toDefaults(upstreamUrl), ...file })
  // What is registered first happens last.
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))
  const started = startSluice(['serve', '--port', `${port}`, ...args], { cwd, env })
  return { ...started, cwd, url: await started.listens() }
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
