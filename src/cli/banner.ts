/** What is printed when Sluice has started: what it found, and a command for each kind of client. */
import { type AppOptions, type ProviderOptions, toSampleModel } from '#app'
import { PLACEHOLDER_KEY } from '#config'
import { VENDORS } from '#providers'
import type { WorkerFacts } from './workers/place.ts'

export interface Started extends AppOptions {
  /** The servers found on this machine. */
  readonly localServers?: WorkerFacts['localServers']
  /** The name of the file, if there is one. */
  readonly file: string | undefined
}

export const toBanner = (started: Started): string[] => {
  const url = toUrl(started, 'http', started.port)
  return [
    `Sluice listens on ${url}`,
    ...toRows([
      ['configuration', started.file ? `${started.file}, then the environment` : 'the environment'],
      ['callers', toCallers(started)],
      ...toWebSocketRows(started),
      ...started.providers.map(toProviderRow),
      ...(started.langchain ?? []).map(({ name }): Row => [name, 'models that LangChain builds']),
      ...(started.localServers ?? []).map(toLocalRow),
      ...toDemoRows(started),
    ]),
    ...toCommands(started, url),
  ]
}

const EVERY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

const toUrl = ({ host }: Started, scheme: 'http' | 'ws', port: number): string => {
  const reachable = EVERY_ADDRESS[host] ?? host
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

type Row = readonly [label: string, text: string]

const toRows = (rows: readonly Row[]): string[] => {
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`)
}

const toCallers = ({ keys, jwt, host }: Started): string => {
  if (keys.length === 0 && !jwt) return 'anybody on this machine, with any key or none'
  const everywhere = host in EVERY_ADDRESS ? `, on every address of this machine (${host})` : ''
  const tokens = jwt ? [`a token of ${jwt.issuer}`] : []
  const known = keys.length === 1 ? 'the configured key' : `one of ${keys.length} keys`
  return `need ${[...(keys.length > 0 ? [known] : []), ...tokens].join(' or ')}${everywhere}`
}

/** Shown only for a separate port. WebSockets are always served on the main port. */
const toWebSocketRows = (started: Started): Row[] =>
  started.webSocketPort === undefined
    ? []
    : [['websockets', `on ${toUrl(started, 'ws', started.webSocketPort)}, too`]]

const toProviderRow = ({ name, vendor, baseUrl, apiKey, apiKeys }: ProviderOptions): Row => {
  const oneKey = apiKey ? 'with a key' : 'without a key'
  const known = apiKeys ? `with ${apiKeys.length} keys` : oneKey
  return [name, `${baseUrl ?? `${VENDORS[vendor].title}'s own address`}, ${known}`]
}

const toLocalRow = ({ name, url }: WorkerFacts['localServers'][number]): Row => [
  name,
  `${url}, found on this machine: answers to ${name}/MODEL and to nothing else`,
]

const toDemoRows = ({ demo, providers, langchain = [] }: Started): Row[] => {
  if (demo) return [['demo', 'the built-in demo model: no AI, made-up answers, for trying clients']]
  if (providers.length + langchain.length > 0) return []
  return [
    ['providers', 'none yet: set OPENAI_API_KEY or ANTHROPIC_API_KEY, or name one in sluice.yaml'],
  ]
}

const toCommands = (started: Started, url: string): string[] => {
  const sample = toSampleModel(started)
  if (!sample) return []
  const needsKey = started.keys.length > 0 || started.jwt !== undefined
  const key = needsKey ? 'YOUR_SLUICE_KEY' : PLACEHOLDER_KEY
  const body = JSON.stringify({
    model: sample.model,
    messages: [{ role: 'user', content: 'Hello' }],
  })
  return [
    '',
    '# curl',
    [
      `curl ${url}/v1/chat/completions -H 'content-type: application/json'`,
      ...(needsKey ? [`-H 'authorization: Bearer ${key}'`] : []),
      `-d '${body}'`,
    ].join(' '),
    '# Claude Code',
    [
      `ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=${key}`,
      ...(sample.answersToClaude
        ? ['claude']
        : [`ANTHROPIC_DEFAULT_HAIKU_MODEL=${sample.model} claude --model ${sample.model}`]),
    ].join(' '),
    `# openai in Node: then ask for the model ${sample.model}`,
    `export OPENAI_BASE_URL=${url}/v1 OPENAI_API_KEY=${key}`,
    `# @anthropic-ai/sdk in Node: then ask for the model ${sample.model}`,
    `export ANTHROPIC_BASE_URL=${url} ANTHROPIC_API_KEY=${key}`,
    ...(sample.isPlaceholder ? [`# which models there are: curl ${url}/v1/models`] : []),
    '',
  ]
}
