/** Sluice with its scripted upstreams, closed after each test. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import type { AppOptions, ProviderOptions } from '#app'
import { startUpstream, type Upstream, type UpstreamOptions } from '../upstream/start.ts'
import { anthropicAt, openaiAt, type RunningSluice, startSluice } from './start-sluice.ts'
import { type Received, send, type Sending } from './send.ts'

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  // The gateway is closed first: it may still have a call to an upstream.
  for (const each of open.splice(0).toReversed()) await each.close()
})

/** Closed after the test. */
export const closeLater = <Closable extends { close(): Promise<void> }>(
  closable: Closable,
): Closable => {
  open.push(closable)
  return closable
}

/** The server's address until the end of the test; open connections are then closed. */
export const listenForTest = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closeLater({
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export const upstreamForTest = async (options: UpstreamOptions = {}): Promise<Upstream> =>
  closeLater(await startUpstream(options))

export const sluiceForTest = async (options: Partial<AppOptions> = {}): Promise<House> => {
  const sluice = closeLater(await startSluice(options))
  return { ...sluice, send: (path, sending) => send(sluice.url, path, sending) }
}

export interface House extends RunningSluice {
  send(path: string, sending?: Sending): Promise<Received>
}

/** Sluice in front of one scripted upstream that plays both vendors. */
export const startHouse = async ({
  upstream: upstreamOptions = {},
  openai = {},
  anthropic = {},
  ...options
}: Partial<AppOptions> & {
  upstream?: UpstreamOptions
  openai?: Partial<ProviderOptions>
  anthropic?: Partial<ProviderOptions>
} = {}): Promise<{ upstream: Upstream; sluice: House }> => {
  const upstream = await upstreamForTest(upstreamOptions)
  const sluice = await sluiceForTest({
    providers: [
      { ...openaiAt(upstream.url), ...openai },
      { ...anthropicAt(upstream.url), ...anthropic },
    ],
    ...options,
  })
  return { upstream, sluice }
}

/** The calls that requested an answer, not a list of models. */
export const callsOf = (upstream: Upstream) =>
  upstream.calls.filter(({ method }) => method === 'POST')
