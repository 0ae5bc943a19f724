/** Says where a call would go, whether upstreams answer, and what is wrong with the configuration. */
import { type AppOptions, createApp } from '#app'
import { type Flags, loadConfig } from '#config'
import { toRouteQuestion, toRouteReport } from '#gateway'
import { urlSecrets } from '#stores'
import { createLogRedactor } from '#telemetry'
import { EXIT, print } from '../exit.ts'
import { runCommand } from '../run-command.ts'
import { askProviders, askStores } from './ask.ts'
import { checkConfig } from './check-config.ts'
import { checkPrices } from './check-prices.ts'
import { warning } from './finding.ts'
import { type Report, toLines } from './report.ts'

export interface DoctorFlags extends Flags {
  readonly protocol?: string
  readonly needs?: string
  readonly ask?: boolean
  readonly json?: boolean
}

export const runDoctor = (model: string | undefined, flags: DoctorFlags): Promise<void> =>
  runCommand(async () => {
    const report = await examine(model, flags)
    print(flags.json ? JSON.stringify(report, null, 2) : toLines(report))
    process.exitCode = report.ok ? EXIT.fine : EXIT.findings
  })

const examine = async (model: string | undefined, flags: DoctorFlags): Promise<Report> => {
  const { options, notices, file } = await loadConfig({
    env: process.env,
    cwd: process.cwd(),
    flags,
  })
  const now = Date.now()
  const { protocol, needs } = flags
  const question = model === undefined ? undefined : toRouteQuestion({ model, protocol, needs })
  const app = createApp(toSilent(options))
  try {
    const inspection = app.inspect()
    // Names are found in the lists that were fetched before.
    const upstreams = flags.ask ? await askProviders(inspection) : []
    const stores = flags.ask ? await askStores(options, toRedactor(options)) : []
    const route = question && toRouteReport(question, await inspection.explain(question))
    const findings = [
      ...notices.map((notice) => warning('configuration', notice)),
      ...checkConfig(options, process.env, now),
      ...checkPrices(options, inspection, now),
    ]
    return {
      ok:
        findings.every(({ level }) => level === 'note') &&
        [...upstreams, ...stores].every(({ ok }) => ok) &&
        (route?.error ?? null) === null,
      file: file ?? null,
      findings,
      upstreams,
      stores,
      route: route ?? null,
    }
  } finally {
    await app.drain()
  }
}

/** Nothing is written, no store is opened, and no port is listened on. */
const toSilent = (options: AppOptions): AppOptions => {
  const { rows: _, redisUrl: __, ...rest } = options
  return { ...rest, logSink: { write: () => undefined, flush: () => undefined } }
}

const toRedactor = ({ redisUrl, rows }: AppOptions): ((text: string) => string) =>
  createLogRedactor([...urlSecrets(redisUrl), ...urlSecrets(rows?.databaseUrl)])
