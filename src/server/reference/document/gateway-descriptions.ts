/** All other routes, in a line each. Their bodies are those of the protocols, which vendors describe. */
import { METHODS } from '../../routes/gemini-routes.ts'
import type { Entry, Route } from '../../routes/route.ts'
import { ADMIN, API, COMMON, OPEN, REVISITS } from '../../routes/routes.ts'

type Kind = Exclude<Route['kind'], 'session'>

export type Group = 'Models' | 'Operation' | 'Reference'

interface KindDescription {
  readonly group: Group
  readonly summary: string
  /** Who may ask. */
  readonly isFor: 'everybody' | 'callers' | 'admins'
}

const model = (summary: string): KindDescription => ({ group: 'Models', summary, isFor: 'callers' })
const operation = (summary: string, isFor: KindDescription['isFor']): KindDescription => ({
  group: 'Operation',
  summary,
  isFor,
})

/** A new kind of route is a mistake of types here until it is described. */
const KINDS: Readonly<Record<Kind, KindDescription>> = {
  generate: model('Generate an answer'),
  'count-tokens': model('Count the tokens of a request'),
  compact: model('Compact a conversation'),
  embed: model('Make embeddings'),
  models: model('List models'),
  model: model('Read a model'),
  revisit: model('Read, cancel or delete an earlier response'),
  usage: operation('Read your own usage', 'callers'),
  health: operation('Check that the process is alive', 'everybody'),
  ready: operation('Check that calls can be served', 'everybody'),
  probe: operation('Check that the server is here', 'everybody'),
  metrics: operation('Read the metrics', 'admins'),
  admin: operation('List the keys', 'admins'),
  'admin-usage': operation('Read the usage of all callers', 'admins'),
  'admin-audit': operation('Read the audit', 'admins'),
  'admin-explain': operation('Explain where a call would go', 'admins'),
  openapi: { group: 'Reference', summary: 'Read this description', isFor: 'callers' },
  docs: { group: 'Reference', summary: 'Open the page of this description', isFor: 'everybody' },
}

export interface ShortRoute extends KindDescription {
  readonly method: string
  readonly path: string
  readonly kind: Kind
  /** The protocol that it speaks. */
  readonly protocol: string | undefined
}

type Tabled = readonly [path: string, entry: Entry]

const REVISITED: Readonly<Record<string, string>> = {
  read: 'Read an earlier response',
  delete: 'Delete an earlier response',
  cancel: 'Cancel a response in the background',
  'input-items': 'Read the input of an earlier response',
}

const toShort = ([path, { methods, route }]: Tabled): readonly ShortRoute[] => {
  if (route.kind === 'session') return []
  const { kind } = route
  const protocol = protocolOf(route)
  // HEAD has the answer of GET without its body.
  return methods
    .filter((method) => method !== 'HEAD' || methods.length === 1)
    .map((method) => ({ ...KINDS[kind], method, path, kind, protocol }))
}

const protocolOf = (route: Route): string | undefined => {
  if (route.kind === 'embed') return route.embedding.name
  return 'protocol' in route ? route.protocol.name : undefined
}

const ofModels = (): readonly Tabled[] => [
  ['/v1/models/{model}', { methods: ['GET'], route: { kind: 'model', id: '' } }],
]

const ofGemini = (): readonly Tabled[] => [
  ...Object.entries(METHODS).map(([method, toRoute]): Tabled => [
    `/v1beta/models/{model}:${method}`,
    { methods: ['POST'], route: toRoute('') },
  ]),
  ['/v1beta/models', { methods: ['GET'], route: { kind: 'models' } }],
  ['/v1beta/models/{model}', { methods: ['GET'], route: { kind: 'model', id: '' } }],
]

const ofRevisits = (): readonly ShortRoute[] =>
  Object.entries(REVISITS).flatMap(([part, kinds]) =>
    Object.entries(kinds).map(([method, kind]) => ({
      ...KINDS.revisit,
      summary: REVISITED[kind] ?? KINDS.revisit.summary,
      method,
      path: `/v1/responses/{response_id}${part}`,
      kind: 'revisit' as const,
      protocol: 'openai-responses',
    })),
  )

/** From the tables of the routes. */
export const shortRoutes = (): readonly ShortRoute[] => [
  ...Object.entries(API).flatMap(([path, entry]) => toShort([`/v1${path}`, entry])),
  ...ofRevisits(),
  ...[...ofModels(), ...ofGemini()].flatMap(toShort),
  ...[...Object.entries(OPEN), ...Object.entries(COMMON), ...Object.entries(ADMIN)].flatMap(
    toShort,
  ),
]
