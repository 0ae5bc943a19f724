/** A provider that consists of data: its protocols, its address, our credentials there, and its differences. */
import { GatewayError, isJsonObject, type JsonObject, parseObject } from '#model'
import type { EmbeddingProtocol, Protocol, TargetTraits } from '#protocols'
import { fromByteString } from '#streams'
import type { Transport } from '#transport'
import { type Deadlines, DEFAULT_DEADLINES } from '../deadlines.ts'
import { fetchAnswer } from './fetch-answer.ts'
import { createHealthCheck, type HealthCheckOptions } from './health-check.ts'
import type { KeyPool } from './key-pool.ts'
import type { HttpProvider, ModelInfo, ProviderCall } from '../provider.ts'

export interface HttpProviderOptions {
  readonly name: string
  readonly protocols: readonly Protocol[]
  readonly embeddings?: EmbeddingProtocol
  /** It offers realtime conversations, at /realtime below its base URL. */
  readonly realtime?: boolean
  /** Everything before a protocol's path: `https://api.openai.com/v1`. */
  readonly baseUrl: string
  /** Replacements for the path of calls that start with a prefix: `/messages`, `/anthropic/v1`. */
  readonly paths?: readonly (readonly [beginning: string, path: string])[]
  /** Credentials and versions, as alternating names and values. */
  readonly headers: readonly string[]
  /** Further credentials, of which each call takes one. */
  readonly keys?: KeyPool | undefined
  readonly transport: Transport
  /** Matches the names of models that this vendor makes. */
  readonly ownedModels?: RegExp
  /** The traits of a model that are known without asking. */
  readonly traits?: (model: string) => Omit<TargetTraits, 'provider' | 'model'>
  /** The query string of the model list. */
  readonly modelsQuery?: string
  readonly toModelInfo?: (entry: JsonObject) => ModelInfo
  readonly listsLimits?: boolean
  readonly listsAbilities?: boolean
  readonly injectUsage?: boolean
  /** Adds marks for the prompt cache to translated requests. */
  readonly cacheMarks?: boolean
  readonly deadlines?: Partial<Deadlines>
  /** Present if it is asked from time to time whether it answers. */
  readonly health?: HealthCheckOptions
}

export const createHttpProvider = (options: HttpProviderOptions): HttpProvider => {
  const { name, transport, ownedModels, toModelInfo = toOpenAiModelInfo, paths = [] } = options
  const url = new URL(options.baseUrl)
  // Asked of a URL, it is written anew each time.
  const { origin } = url
  const basePath = url.pathname.replace(/\/+$/, '')
  const deadlines = { ...DEFAULT_DEADLINES, ...options.deadlines }
  const { keys } = options
  let models: readonly ModelInfo[] | undefined
  /** Every call asks for them several times. */
  const known = new Map<string, TargetTraits>()

  const findTraits = (model: string): TargetTraits => {
    const maxOutputTokens = models?.find((info) => info.id === model)?.maxOutputTokens
    return {
      ...options.traits?.(model),
      provider: name,
      model,
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      ...(options.cacheMarks && { cacheMarks: true }),
    }
  }

  const toHeaders = (call: ProviderCall): readonly string[] => {
    const key = call.key ?? keys?.take()
    return key
      ? [...call.headers, ...options.headers, ...key.headers]
      : [...call.headers, ...options.headers]
  }

  const basePathOf = (path: string): string =>
    paths.find(([beginning]) => path.startsWith(beginning))?.[1] ?? basePath

  const send: HttpProvider['send'] = (call, handler) =>
    transport.send(
      {
        origin,
        method: call.method,
        path: basePathOf(call.path) + call.path,
        headers: toHeaders(call),
        ...(call.body && { body: call.body }),
        connectTimeoutMs: deadlines.connectMs,
      },
      handler,
    )

  const [protocol] = options.protocols
  const listPath = `/models${options.modelsQuery ?? ''}`
  const listHeaders = [
    'accept',
    'application/json',
    ...Object.entries(protocol?.requiredHeaders ?? {}).flat(),
  ]

  return {
    kind: 'http',
    name,
    protocols: options.protocols,
    ...(options.embeddings ? { embeddings: options.embeddings } : {}),
    ...(options.realtime
      ? {
          realtime: {
            url: `${origin.replace('http', 'ws')}${basePath}/realtime`,
            headers: options.headers,
            connect: (signal) =>
              transport.connect({
                origin,
                connectTimeoutMs: deadlines.connectMs,
                signal,
              }),
          },
        }
      : {}),
    origin,
    ...(keys && { keys }),
    ...(options.health &&
      protocol && {
        check: createHealthCheck(options.health, {
          send,
          path: options.health.path ?? listPath,
          headers: listHeaders,
          keys,
          decodeError: protocol.decodeError,
        }),
      }),
    listsLimits: options.listsLimits ?? false,
    listsAbilities: options.listsAbilities ?? false,
    injectUsage: options.injectUsage ?? false,
    deadlines,
    send,
    owns: (model) => ownedModels?.test(model) ?? false,
    traits(model) {
      const found = known.get(model)
      if (found) return found
      const traits = findTraits(model)
      if (known.size >= MAX_KNOWN_MODELS) known.clear()
      known.set(model, traits)
      return traits
    },
    knownModels: () => models,
    async fetchModels(signal) {
      const call = { method: 'GET', path: listPath, headers: listHeaders } as const
      const list = await fetchJson(send, call, signal)
      const entries: unknown = list.data ?? list.models
      models = (Array.isArray(entries) ? entries.filter(isJsonObject) : [])
        .filter(({ id, name: own }) => typeof (id ?? own) === 'string')
        .map(toModelInfo)
      known.clear()
      return models
    },
  }
}

const toOpenAiModelInfo = (entry: JsonObject): ModelInfo => ({
  id: String(entry.id),
  ...(typeof entry.owned_by === 'string' ? { ownedBy: entry.owned_by } : {}),
  ...(typeof entry.created === 'number' ? { createdAtMs: entry.created * 1000 } : {}),
  native: entry,
})

/** Callers choose names of models. */
const MAX_KNOWN_MODELS = 1_000

const MAX_LIST_BYTES = 8 * 1024 * 1024

const fetchJson = async (
  send: HttpProvider['send'],
  call: ProviderCall,
  signal: AbortSignal,
): Promise<JsonObject> => {
  const { status, body } = await fetchAnswer(send, call, { signal, maxBytes: MAX_LIST_BYTES })
  const json = parseObject(fromByteString(body))
  if (status === 200 && json) return json
  throw new GatewayError(
    'upstream_unreachable',
    status === 200
      ? 'The provider answered its model list with something else.'
      : `The provider answered its model list with status ${status}.`,
  )
}
