/** What a subject of the bench is: how it is installed, launched and called, and by which ways. */
import type { Protocol } from './traffic.ts'

export type Place = { folder: string; port: number; upstreamPort: number }
type Launch = { command: string[]; env: Record<string, string> }

/** A way through a gateway: what the client speaks, what the upstream speaks. */
export type LaneName =
  | 'chat'
  | 'messages'
  | 'messages to chat'
  | 'chat to messages'
  | 'responses'
  | 'responses to messages'
  | 'responses to chat'
  | 'messages to gemini'
  | 'gemini to chat'
  | 'chat over WebSocket'
export type Lane = { model: string; headers(upstreamPort: number): Record<string, string> }

export type Subject = {
  name: string
  version(): string
  /** Why it cannot be measured on this machine; undefined where it can. */
  missing?(): string | undefined
  install?(): void
  /** So slow that more rounds of it would take too long. */
  firstRoundOnly?: boolean
  /** The cores that it runs on, as taskset takes them, in place of the first one. */
  cores?: string
  /** Absent where the load talks to the upstream itself. */
  launch?(place: Place): Launch
  lanes: Partial<Record<LaneName, Lane>>
  /** Why it has none of the other lanes. */
  cannot?: string
}

type LaneKind = {
  client: Protocol
  label: string
  relayed: boolean
  /** Measured for a shorter time, and not in everything. */
  short?: boolean
  socket?: boolean
}

export const LANES: Record<LaneName, LaneKind> = {
  chat: { client: 'chat', label: 'chat, relayed', relayed: true },
  messages: { client: 'messages', label: 'Messages, relayed', relayed: true },
  'messages to chat': { client: 'messages', label: 'Messages to chat', relayed: false },
  'chat to messages': { client: 'chat', label: 'chat to Messages', relayed: false },
  responses: { client: 'responses', label: 'Responses, relayed', relayed: true, short: true },
  'responses to messages': {
    client: 'responses',
    label: 'Responses to Messages',
    relayed: false,
    short: true,
  },
  'responses to chat': {
    client: 'responses',
    label: 'Responses to chat',
    relayed: false,
    short: true,
  },
  'messages to gemini': {
    client: 'messages',
    label: 'Messages to Gemini',
    relayed: false,
    short: true,
  },
  'gemini to chat': { client: 'gemini', label: 'Gemini to chat', relayed: false, short: true },
  'chat over WebSocket': {
    client: 'chat',
    label: 'chat, relayed, over WebSocket',
    relayed: true,
    socket: true,
  },
}

export const KEY = 'sk-bench'
export const CHAT_MODEL = 'gpt-5.1'
export const MESSAGES_MODEL = 'claude-sonnet-4-5'
export const GEMINI_MODEL = 'gemini-2.5-flash'

export const bearer = () => ({ authorization: `Bearer ${KEY}` })
export const xGoogApiKey = () => ({ 'x-goog-api-key': KEY })
export const xApiKey = () => ({ 'x-api-key': KEY, 'anthropic-version': '2023-06-01' })
