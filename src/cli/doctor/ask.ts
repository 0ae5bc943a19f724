/** Asks whether providers and stores answer. A provider is asked for its list of models, which costs nothing. */
import type { AppOptions, Inspection } from '#app'
import { reasonOf } from '#model'
import type { Provider } from '#providers'
import { createLiveStore, createRows } from '#stores'

export interface Answered {
  readonly name: string
  readonly ok: boolean
  readonly message: string
}

const ASK_MS = 10_000

export const askProviders = ({ providers }: Inspection): Promise<readonly Answered[]> =>
  Promise.all(providers.map(askProvider))

const askProvider = async (provider: Provider): Promise<Answered> => {
  const { name } = provider
  if (provider.kind === 'local') return { name, ok: true, message: 'runs in this process' }
  const startedAt = performance.now()
  try {
    const models = await provider.fetchModels(AbortSignal.timeout(ASK_MS))
    const ms = Math.round(performance.now() - startedAt)
    return { name, ok: true, message: `answers: ${models.length} models in ${ms} ms` }
  } catch (error) {
    return { name, ok: false, message: reasonOf(error) }
  }
}

/** @param redact removes passwords from messages of drivers. */
export const askStores = async (
  { redisUrl, rows }: AppOptions,
  redact: (text: string) => string,
): Promise<readonly Answered[]> => {
  const asked = [
    ...(redisUrl === undefined ? [] : [askRedis(redisUrl)]),
    ...(rows?.databaseUrl === undefined ? [] : [askPostgres(rows.folder, rows.databaseUrl)]),
  ]
  const answered = await Promise.all(asked)
  return answered.map((each) => ({ ...each, message: redact(each.message) }))
}

const askRedis = async (redisUrl: string): Promise<Answered> => {
  let reason: string | undefined
  const store = createLiveStore({
    redisUrl,
    log: {
      info: () => undefined,
      warn: (fields) => void (reason ??= 'reason' in fields ? String(fields.reason) : 'is ill'),
    },
  })
  await store.ready()
  const { healthy } = store
  await store.close()
  return healthy
    ? { name: 'Redis', ok: true, message: 'answers' }
    : { name: 'Redis', ok: false, message: reason ?? 'does not answer' }
}

const askPostgres = async (folder: string, databaseUrl: string): Promise<Answered> => {
  const rows = createRows({ folder, databaseUrl })
  try {
    await rows.open()
    return { name: 'PostgreSQL', ok: true, message: 'answers' }
  } catch (error) {
    return { name: 'PostgreSQL', ok: false, message: reasonOf(error) }
  } finally {
    await rows.close()
  }
}
