/** Sessions, as records and as rows. */
import type { Epoch, SessionBatch, SessionRecord } from '../session-store.ts'
import type { SessionTable } from '#stores'
import { toRowKey } from './key-text.ts'

/** Not the epochs: a list of sessions needs none of them. */
export const SESSION_COLUMNS = [
  'id',
  'owner_name',
  'title',
  'titled_by',
  'system_prompt',
  'model',
  'settings',
  'metadata',
  'head',
  'created_at',
  'active_at',
  'expires_at',
  'keep',
] as const satisfies readonly (keyof SessionTable)[]

type SessionRow = Pick<SessionTable, (typeof SESSION_COLUMNS)[number]>

export const toSession = (row: SessionRow): SessionRecord => ({
  owner: JSON.parse(row.owner_name) as string,
  id: row.id,
  title: fromJson(row.title),
  titledBy: row.titled_by as SessionRecord['titledBy'],
  systemPrompt: fromJson(row.system_prompt),
  model: fromJson(row.model),
  settings: JSON.parse(row.settings) as SessionRecord['settings'],
  metadata: JSON.parse(row.metadata) as object,
  head: fromJson(row.head),
  createdAt: row.created_at,
  activeAt: row.active_at,
  expiresAt: row.expires_at,
  keep: row.keep === 1,
})

const fromJson = (text: string | null): string | null =>
  text === null ? null : (JSON.parse(text) as string)

const toJson = (text: string | null): string | null => (text === null ? null : JSON.stringify(text))

export const toSessionRow = (session: SessionRecord): SessionTable => ({
  ...toRowKey(session),
  owner_name: JSON.stringify(session.owner),
  title: toJson(session.title),
  titled_by: session.titledBy,
  system_prompt: toJson(session.systemPrompt),
  model: toJson(session.model),
  settings: JSON.stringify(session.settings),
  metadata: JSON.stringify(session.metadata),
  head: toJson(session.head),
  created_at: session.createdAt,
  active_at: session.activeAt,
  expires_at: session.expiresAt,
  keep: session.keep ? 1 : 0,
  epoch: 0,
  epochs: '[]',
  last_seq: 0,
  forgotten_seq: 0,
})

/** The columns that a change concerns. */
export const toChanges = (change: SessionBatch['session'] = {}): Partial<SessionTable> => ({
  ...(change.title === undefined ? {} : { title: toJson(change.title) }),
  ...(change.titledBy === undefined ? {} : { titled_by: change.titledBy }),
  ...(change.systemPrompt === undefined ? {} : { system_prompt: toJson(change.systemPrompt) }),
  ...(change.model === undefined ? {} : { model: toJson(change.model) }),
  ...(change.settings === undefined ? {} : { settings: JSON.stringify(change.settings) }),
  ...(change.metadata === undefined ? {} : { metadata: JSON.stringify(change.metadata) }),
  ...(change.head === undefined ? {} : { head: toJson(change.head) }),
  ...(change.activeAt === undefined ? {} : { active_at: change.activeAt }),
  ...(change.expiresAt === undefined ? {} : { expires_at: change.expiresAt }),
  ...(change.keep === undefined ? {} : { keep: change.keep ? 1 : 0 }),
})

const MAX_EPOCHS = 64

export const addEpoch = (epochs: string, added: Epoch): readonly Epoch[] =>
  [...readEpochs(epochs), added].slice(-MAX_EPOCHS)

export const readEpochs = (epochs: string): readonly Epoch[] => JSON.parse(epochs) as Epoch[]
