/**
 * Instances of one configured class. LangChain takes most settings when a model is constructed, not when it is called.
 */
import type { JsonObject } from '#model'
import { withoutUndefined } from '#protocols'
import {
  type ClassSource,
  type Constructor,
  loadClass,
  toModelName,
  unusable,
} from './load-class.ts'

/** A class and its constructor options. */
export interface ClassOptions {
  readonly source: ClassSource
  /** The options as the class's own documentation describes them. */
  readonly options: JsonObject
}

interface Instance<Built> {
  readonly built: Built
  /** Settings that this class does not have. */
  readonly unsupported: readonly string[]
}

export interface Instances<Built> {
  /** The name under which clients request its model. */
  readonly ownName: string
  /** Loads the class on first use. @throws GatewayError */
  get(model: string, settings: (className: string) => JsonObject): Promise<Instance<Built>>
}

/** Clients use few combinations of settings, and each instance may hold its own connections. */
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
    // A package that is missing now may be installed before the next call.
    started.catch(() => void (loading = undefined))
    return started
  }

  return {
    ownName,
    async get(model, toSettings) {
      const construct = await load()
      const settings = withoutUndefined(toSettings(construct.name))
      const key = JSON.stringify([model, settings])
      // Under its own name, the model is defined by the options alone.
      const named = model === ownName ? configured : model
      const found = ready.get(key) ?? create(construct, { ...options, model: named }, settings)
      // The most recently used instance is the last of the map.
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
    // The gateway decides about retries.
    const built = new construct(withoutUndefined({ maxRetries: 0, ...options, ...settings }))
    const held = new Map<string, unknown>(Object.entries(built))
    return {
      built,
      unsupported: Object.keys(settings).filter((name) => held.get(name) !== settings[name]),
    }
  } catch (thrown) {
    throw unusable(`LangChain's ${construct.name} cannot be set up with its options.`, thrown)
  }
}
