/** Programs that share the sessions of a chat: one PostgreSQL, one Redis, one upstream. */
import { GPT } from '../app/asks.ts'
import { type Served, serve } from '../cli/serve.ts'

export interface ChatSurroundings {
  readonly upstreamUrl: string
  readonly databaseUrl: string
  readonly redisUrl: string
}

/** Ended after the test. @param port any that is free by default */
export const startChatReplica = (
  { upstreamUrl, databaseUrl, redisUrl }: ChatSurroundings,
  port = 0,
): Promise<Served> =>
  serve({
    port,
    upstreamUrl,
    file: { chat: { model: GPT } },
    env: { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl },
  })

export interface SessionAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** @param path behind `/api/sessions` */
export const askSessions = async (
  url: string,
  path: string,
  body?: object,
): Promise<SessionAnswer> => {
  const response = await fetch(`${url}/api/sessions${path}`, {
    method: body ? 'POST' : 'GET',
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  return {
    status: response.status,
    body: (await response.json()) as SessionAnswer['body'],
  }
}
