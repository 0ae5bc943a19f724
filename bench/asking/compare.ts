/** What a token costs that this process asks for, beside one that is translated for a client over HTTP. */
import { WARM_UP_MS, RATES } from '../measures.ts'
import type { Mode } from '../upstream.ts'
import { startWorker } from '../worker.ts'
import type { startWorkbench } from '../workbench.ts'
import type { AskerCommands } from './asker.ts'

type Workbench = Awaited<ReturnType<typeof startWorkbench>>

/** The measures of the bench that have a price for a token. */
const LABELS = {
  'burst-block': 'burst in writes of 16 to 32 KB',
  'burst-frame': 'burst frame by frame',
  paced: `${RATES.pacedStreams} paced streams`,
}

type MeasureName = keyof typeof LABELS

/** @param overHttp measures the lane from Messages to chat. */
export const compareAsking = async (
  { upstream, upstreamPort }: Workbench,
  scale: number,
  overHttp: (measure: MeasureName) => Promise<number>,
): Promise<string> => {
  const asker = startWorker<AskerCommands>('./asking/asker.ts')
  const burst = async (write: 'block' | 'frame'): Promise<number> => {
    const mode: Mode = { kind: 'burst', tokens: RATES.burstTokens, write }
    await upstream.ask('setMode', mode)
    const connections = RATES.burstConnections
    await asker.ask('burst', { connections, ms: (WARM_UP_MS / 4) * scale })
    return asker.ask('burst', { connections, ms: 1200 * scale })
  }
  const paced = async (): Promise<number> => {
    const { pacedStreams: streams, pacedPerSecond: perSecond } = RATES
    const windowMs = 3000 * scale
    const tokens = Math.ceil(((windowMs + 2500) / 1000) * perSecond)
    await upstream.ask('setMode', { kind: 'paced', tokens, perSecond })
    return asker.ask('paced', { streams, windowMs })
  }
  const asked: Record<MeasureName, () => Promise<number>> = {
    'burst-block': () => burst('block'),
    'burst-frame': () => burst('frame'),
    paced,
  }
  try {
    await asker.ask('prepare', { upstreamPort })
    const lines: string[] = []
    for (const name of Object.keys(LABELS) as MeasureName[]) {
      const own = await asked[name]()
      const http = await overHttp(name)
      lines.push(`| ${LABELS[name]} | ${own.toFixed(2)} | ${http.toFixed(2)} |`)
    }
    return [
      '## Asked by the process itself',
      '',
      'Sessions ask without a client and without a protocol on its side (`gateway.ask`). The asker runs from the',
      'sources and has no server, no ledger and no log; it reads the text of each token. The other column is Sluice',
      'as it is built, with all of these, on the lane from Messages to chat.',
      '',
      '| CPU a token, µs | asked | translated over HTTP |',
      '| --- | ---: | ---: |',
      ...lines,
      '',
    ].join('\n')
  } finally {
    asker.stop()
  }
}
