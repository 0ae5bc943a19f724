/** The instances of one configured class. LangChain takes most settings when a model is made, not when it is called. */
import type { JsonObject } from '#model'
import { withoutUndefined } from '#protocols'
import {
  type ClassSource,
  type Constructor,
  loadClass,
  toModelName,
  unusable,
} from './load-class.ts'

/** A class, and what it is made with. */
export interface ClassOptions {
  readonly source: ClassSource
  /** As the class's own documentation has them. */
  readonly options: JsonObject
}

interface Instance<Built> {
  readonly built: Built
  /** Settings that this class does not have. */
  readonly untaken: readonly string[]
}

export interface Instances<Built> {
  /** The name that its model is asked for by. */
  readonly ownName: string
  /** Loads the class on first use. @throws GatewayError */
  get(model: string, settings: (className: string) => JsonObject): Promise<Instance<Built>>
}

/** Clients use few settings; each instance may hold connections of its own. */
const MAX_INSTANCES = 32

export const createInstances = <Built extends object>({
  source,
  options,
}: ClassOptions): Instances<Built> => {
  const configured = 'model' in source ? toModelName(source.model) : toConfiguredModel(options)
  const ownName = configured ?? ('model' in source ? source.model : source.class)
  const ready = new Map<string, Instance<Built>>()
  let loading: Promise<Constructor<Built>> | undefined

  const load = (): Promise<Constructor<Built>> => {
    if (loading) return loading
    const started = loadClass<Built>(source)
    loading = started
    // What is missing now may be installed by the next call.
    started.catch(() => void (loading = undefined))
    return started
  }

  return {
    ownName,
    async get(model, toSettings) {
      const construct = await load()
      const settings = withoutUndefined(toSettings(construct.name))
      const key = JSON.stringify([model, settings])
      // Under its own name a model is what the options make of it.
      const named = model === ownName ? configured : model
      const found = ready.get(key) ?? create(construct, { ...options, model: named }, settings)
      // The last of the map is the one that was used last.
      ready.delete(key)
      ready.set(key, found)
      const [oldest] = ready.keys()
      if (ready.size > MAX_INSTANCES && oldest !== undefined) ready.delete(oldest)
      return found
    },
  }
}

const toConfiguredModel = ({ model, modelName }: JsonObject): string | undefined =>
  [model, modelName].find((name) => typeof name === 'string' && name !== '') as string | undefined

const create = <Built extends object>(
  construct: Constructor<Built>,
  options: JsonObject,
  settings: JsonObject,
): Instance<Built> => {
  try {
    // Whether to try again is the gateway's to say.
    const built = new construct(withoutUndefined({ maxRetries: 0, ...options, ...settings }))
    const held = new Map<string, unknown>(Object.entries(built))
    return {
      built,
      untaken: Object.keys(settings).filter((name) => held.get(name) !== settings[name]),
    }
  } catch (thrown) {
    throw unusable(`LangChain's ${construct.name} cannot be set up with its options.`, thrown)
  }
}
