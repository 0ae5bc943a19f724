/** What the model of a run was sent, put together again. */
import { toModelRequest } from '../../../turns/run/prompt.ts'
import { fromStore } from '../../../turns/log/from-store.ts'
import type { RunRecord, SentPrompt, SessionKey, SessionStore } from '../../session-store.ts'

type Store = Pick<SessionStore, 'branch' | 'run'>

/** @returns JSON of the request. Empty if nothing is known of it. */
export const readPrompt = async (
  store: Store,
  key: SessionKey,
  { model, prompt }: Pick<RunRecord, 'model' | 'prompt'>,
): Promise<string> => {
  if (typeof prompt !== 'object') return prompt ?? ''
  const { last, messages, temperature, maxOutputTokens } = prompt
  const branch = await fromStore(store.branch(key, last, messages))
  const settings = {
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  }
  const session = { systemPrompt: await readSystem(store, key, prompt), settings }
  return JSON.stringify(toModelRequest({ session, branch, model, maxHistory: messages }))
}

const readSystem = async (
  store: Store,
  key: SessionKey,
  { systemPrompt, systemOf }: SentPrompt,
): Promise<string | null> => {
  if (systemOf === undefined) return systemPrompt ?? null
  const run = await fromStore(store.run(key, systemOf))
  return typeof run?.prompt === 'object' ? (run.prompt.systemPrompt ?? null) : null
}
