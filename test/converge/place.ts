/** Where a schedule happens: an upstream, what is stored, and the processes that share it. One process today. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sluice, startSluice } from '../interop/sluice.ts'
import { DEFAULT_KEYS } from '../tools/upstream/keys.ts'
import { FAULT_VARIABLE } from './planted.ts'

export interface Place {
  readonly processes: readonly PlaceProcess[]
  /** What the processes complained of. */
  complaints(): string
  close(): Promise<void>
}

interface PlaceProcess {
  /** Undefined while it is not there. */
  readonly url: () => string | undefined
  /** `kill -9`, and another one in its place. Resolves when that one answers. */
  restart(): Promise<void>
}

const FLAGS = ['--max-semi-space-size=4']
const PLANTED = ['--import', join(import.meta.dirname, 'plant.ts')]

const toConfiguration = (upstream: string): object => ({
  providers: {
    openai: { vendor: 'openai', api_key: DEFAULT_KEYS.openai, base_url: `${upstream}/v1` },
  },
  chat: { model: 'openai/gpt-4o' },
  presets: false,
  probe_local: false,
  retries: { max: 0 },
})

/** @param fault that is planted; undefined: none. Without one, what was built is started. */
export const openPlace = async (upstream: string, fault?: string): Promise<Place> => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-converge-'))
  const file = join(folder, 'sluice.yaml')
  await writeFile(file, JSON.stringify(toConfiguration(upstream)))
  const outputs: (() => string)[] = []

  const start = async (): Promise<Sluice> => {
    const sluice = await startSluice(
      {
        SLUICE_CONFIG: file,
        SLUICE_DATA: join(folder, 'data'),
        ...(fault !== undefined && { [FAULT_VARIABLE]: fault }),
      },
      {
        fromSource: fault !== undefined,
        flags: fault === undefined ? FLAGS : [...FLAGS, ...PLANTED],
      },
    )
    outputs.push(sluice.output)
    return sluice
  }

  let sluice: Sluice | undefined = await start()
  const restart = async (): Promise<void> => {
    const killed = sluice
    sluice = undefined
    killed?.child.kill('SIGKILL')
    await killed?.close()
    sluice = await start()
  }
  let last = Promise.resolve()
  const only: PlaceProcess = {
    url: () => sluice?.url,
    restart: () => (last = last.then(restart)),
  }
  return {
    processes: [only],
    complaints: () => outputs.map((output) => output()).join(''),
    async close() {
      await sluice?.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
