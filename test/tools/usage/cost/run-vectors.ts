/** Sends the calls of vectors through a running Sluice in every dialect, and reads what was charged. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ProviderOptions } from '#app'
import type { LedgerTable } from '#stores'
import { CHAT, chatBody, MESSAGES, messagesBody, RESPONSES, responsesBody } from '../../app/asks.ts'
import { sluiceForTest, upstreamForTest } from '../../app/house.ts'
import { rowsAt } from '../../stores/ledger-under-test.ts'
import { DEFAULT_KEYS } from '../../upstream/keys.ts'
import type { CostVector } from './vector.ts'

type Ask = (model: string, stream: boolean) => { path: string; body: object }

const inOpenaisStyle = (stream: boolean) =>
  stream ? { stream, stream_options: { include_usage: true } } : {}

export const CLIENTS = {
  'openai-chat': (model, stream) => ({
    path: CHAT,
    body: chatBody('x', { model, ...inOpenaisStyle(stream) }),
  }),
  'openai-completions': (model, stream) => ({
    path: '/v1/completions',
    body: { model, prompt: 'x', ...inOpenaisStyle(stream) },
  }),
  'openai-responses': (model, stream) => ({
    path: RESPONSES,
    body: responsesBody('x', { model, stream }),
  }),
  'anthropic-messages': (model, stream) => ({
    path: MESSAGES,
    body: messagesBody('x', { model, stream }),
  }),
  gemini: (model, stream) => ({
    path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: { contents: [{ role: 'user', parts: [{ text: 'x' }] }] },
  }),
} satisfies Record<string, Ask>

export type Client = keyof typeof CLIENTS

export const ALL_CLIENTS = Object.keys(CLIENTS) as readonly Client[]

/** How one call was charged. */
export interface Bill {
  readonly client: Client
  readonly streamed: boolean
  readonly status: number
  /** What the client was told: in the header, or last in the stream. */
  readonly told: string | undefined
  readonly toldEstimated: boolean
  readonly row: LedgerTable | undefined
}

const createPlace = () => ({ folder: mkdtempSync(join(tmpdir(), 'sluice-cost-')) })

/** A place for a ledger, which is removed after the test. */
export const ledgerForTest = () => {
  const place = createPlace()
  onTestFinished(() => rmSync(place.folder, { recursive: true, force: true }))
  return place
}

type Spoken = Pick<CostVector, 'vendor' | 'protocol'>

const nameOf = ({ vendor, protocol }: Spoken): string => `${vendor}-in-${protocol}`

/** As the scripted upstream wants it called. */
const toProvider = (spoken: Spoken, url: string): ProviderOptions => {
  const { vendor, protocol } = spoken
  const common = { name: nameOf(spoken), vendor, protocols: [protocol] }
  if (protocol === 'gemini') return { ...common, apiKey: String(DEFAULT_KEYS.gemini), baseUrl: url }
  const key = protocol === 'anthropic-messages' ? DEFAULT_KEYS.anthropic : DEFAULT_KEYS.openai
  return { ...common, apiKey: String(key), baseUrl: `${url}/v1` }
}

const COST = /^: cost ([\d.]+)$|"sluiceCost":([\d.]+)\}\r?$/gm

export const costsIn = (text: string): string[] =>
  [...text.matchAll(COST)].map(([, comment, field]) => comment ?? field ?? '')

/** @returns the bills of each vector. Starts one Sluice for all of them. */
export const runVectors = async <Vector extends CostVector>(
  vectors: readonly Vector[],
  clientsOf: (vector: Vector) => readonly Client[] = () => ALL_CLIENTS,
): Promise<ReadonlyMap<Vector, readonly Bill[]>> => {
  const rows = createPlace()
  const upstream = await upstreamForTest({ models: vectors.map(({ model }) => model) })
  const providers = new Map(
    vectors.map((vector) => [nameOf(vector), toProvider(vector, upstream.url)]),
  )
  const sluice = await sluiceForTest({ providers: [...providers.values()], rows })

  const ask = async (vector: Vector, tag: string, client: Client, streamed: boolean) => {
    upstream.next({
      parts: [{ text: 'one two three' }],
      rawUsage: vector.usage,
      ...vector.answer,
    })
    const { path, body } = CLIENTS[client](`${nameOf(vector)}/${vector.model}`, streamed)
    const headers = { 'x-sluice-tags': tag, ...(streamed && { 'x-sluice-cost': 'stream' }) }
    const answer = await sluice.send(path, { body, headers })
    const header = answer.headers['x-sluice-cost']
    return {
      client,
      streamed,
      status: answer.status,
      told: streamed ? costsIn(answer.text).at(-1) : header?.toString(),
      toldEstimated: answer.headers['x-sluice-cost-estimated'] === 'true',
    }
  }

  const sent = new Map<Vector, (Omit<Bill, 'row'> & { readonly tag: string })[]>()
  for (const [index, vector] of vectors.entries()) {
    const bills = []
    for (const client of clientsOf(vector))
      for (const streamed of [false, true]) {
        const tag = `${index}.${client}.${streamed}`
        bills.push({ tag, ...(await ask(vector, tag, client, streamed)) })
      }
    sent.set(vector, bills)
  }
  await sluice.close()
  const written = new Map((await rowsAt(rows)).map((row) => [row.tags, row]))
  rmSync(rows.folder, { recursive: true, force: true })
  return new Map(
    [...sent].map(([vector, bills]) => [
      vector,
      bills.map(({ tag, ...bill }) => ({ ...bill, row: written.get(tag) })),
    ]),
  )
}

/** `0.0042` in millionths of a millionth of a dollar. */
export const toPico = (dollars: string): number => {
  const [whole = '', fraction = ''] = dollars.split('.')
  return Number(BigInt(whole + fraction.padEnd(12, '0')))
}
