/** Writes the OpenAPI document from the tables of routes and the schemas that judge bodies. */
import { loadPublished } from '#chat'
import { type JsonObject } from '#model'
import { type ByteString, toByteString } from '#streams'
import { SESSION_ROUTES } from '../../resources/session-routes.ts'
import type { SessionAction } from '../../routes/route.ts'
import manifest from '../../../../package.json' with { type: 'json' }
import { type Group, type ShortRoute, shortRoutes } from './gateway-descriptions.ts'
import { describeSession, type SessionGroup } from './describe-session.ts'
import { ERRORS } from './errors.ts'
import { inPath } from './parameters.ts'
import { writeCurl } from './write-curl.ts'

const GROUPS: Readonly<Record<SessionGroup | Group, string>> = {
  Sessions: 'Conversations that outlive their connections.',
  Messages: 'Questions, answers, and the branches that they make.',
  Runs: 'The making of answers.',
  'Ask and read': 'An answer in one piece or as a stream, and the events of a session.',
  Uploads: 'Files for messages.',
  Costs: 'What runs have cost, in US dollars.',
  Tickets: 'Admit pages that cannot send a header.',
  Models: 'The protocols of vendors. Their own documentation describes the bodies.',
  Operation: 'For operators and monitoring.',
  Reference: 'This description.',
}

const ABOUT = `The chat of Sluice over HTTP, and its other routes in a line each.

Every id belongs to an owner: the key of the call, divided by \`X-User-ID\` if that header is sent. What belongs to another owner is answered with 404.

Without configured keys, a server on loopback takes calls without a key.`

export const writeDocument = async (): Promise<ByteString> => {
  const document = {
    openapi: '3.1.0',
    info: { title: 'Sluice', version: manifest.version, description: ABOUT },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { 'x-api-key': [] }, {}],
    tags: Object.entries(GROUPS).map(([name, description]) => ({ name, description })),
    paths: toPaths(),
    components: {
      schemas: await loadPublished(),
      responses: ERRORS,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        'x-api-key': { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
    },
  }
  return toByteString(JSON.stringify(document))
}

type Paths = Record<string, Record<string, JsonObject>>

const toPaths = (): Paths => {
  const paths: Paths = {}
  const add = (path: string, method: string, operation: JsonObject): void => {
    paths[path] ??= {}
    paths[path][method.toLowerCase()] = operation
  }
  for (const [path, actions] of Object.entries(SESSION_ROUTES))
    for (const [method, action] of Object.entries<SessionAction>(actions))
      add(path, method, describeSession(action, method, path))
  for (const route of shortRoutes()) add(route.path, route.method, toOperation(route))
  return paths
}

const toOperation = (route: ShortRoute): JsonObject => {
  const { group, summary, path, method, protocol, kind, isFor } = route
  const needsKey = isFor !== 'everybody'
  const parameters = inPath(path)
  const isExample = kind === 'health' || kind === 'openapi'
  return {
    tags: [group],
    summary,
    ...(isFor === 'admins' && { description: 'Needs an admin key.' }),
    ...(protocol !== undefined && {
      description: `The protocol is \`${protocol}\`.`,
      'x-protocol': protocol,
    }),
    ...(needsKey ? {} : { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    responses: {
      200: { description: 'The answer.', ...contentOf(kind) },
      ...(needsKey && { default: { description: 'An error, in the dialect of the protocol.' } }),
    },
    ...(isExample && {
      'x-codeSamples': [
        {
          lang: 'Shell',
          source: writeCurl({ method, path, asks: {}, body: undefined, isStream: false, needsKey }),
        },
      ],
    }),
  }
}

const contentOf = (kind: ShortRoute['kind']): JsonObject => {
  if (kind === 'health')
    return { content: { 'application/json': { schema: { $ref: '#/components/schemas/Health' } } } }
  if (kind === 'openapi') return { content: { 'application/json': { schema: { type: 'object' } } } }
  return {}
}
