/** Requests of one conversation in each dialect, named as clients of the dialect name it. */
import { ask } from './settled-house.ts'

export interface NamedAsk {
  readonly path: string
  readonly body: object
  readonly headers: Readonly<Record<string, string>>
}

export type Naming = (session: string) => {
  readonly fields?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** Dialect, and how it names a conversation. */
export const NAMINGS: readonly (readonly [dialect: string, how: string, naming: Naming])[] = [
  ['Chat', 'prompt_cache_key', (key) => ({ fields: { prompt_cache_key: key } })],
  ['Chat', 'x-session-id', (id) => ({ headers: { 'x-session-id': id } })],
  ['Responses', 'prompt_cache_key', (key) => ({ fields: { prompt_cache_key: key } })],
  ['Responses', 'the session of Codex', (id) => ({ headers: { session_id: id } })],
  [
    'Messages',
    'metadata.user_id',
    (id) => ({
      fields: { metadata: { user_id: JSON.stringify({ device_id: 'd', session_id: id }) } },
    }),
  ],
  [
    'Messages',
    'the session of Claude Code',
    (id) => ({ headers: { 'x-claude-code-session-id': id } }),
  ],
  ['Gemini', 'x-session-id', (id) => ({ headers: { 'x-session-id': id } })],
]

export const namedAsk = (
  dialect: string,
  { fields = {}, headers = {} }: ReturnType<Naming>,
  { model, stream = false, text }: { model: string; stream?: boolean; text?: string },
): NamedAsk => {
  const { path, body } = ask(dialect, model, stream, text)
  return { path, body: { ...body, ...fields }, headers }
}
