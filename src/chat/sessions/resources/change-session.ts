/** Changes of what a session is called and does. Its readers learn of them. */
import type { LogEvent } from '#model'
import { type SessionCore, toActive } from '../../turns/live/core.ts'
import type { SessionRecord } from '../session-store.ts'
import { type ExtendBody, type PatchBody, toDescribed } from './bodies.ts'
import { toSession } from './shown/to-wire.ts'

/** A change, as it can be sent to the process that has the session. */
export type SessionTask =
  | { readonly do: 'patch'; readonly body: PatchBody }
  | { readonly do: 'extend'; readonly body: ExtendBody }

const HOUR_MS = 60 * 60 * 1000

const toTime = (at: number | null): string | null =>
  at === null ? null : new Date(at).toISOString()

interface Update {
  readonly event: LogEvent
  readonly session: Partial<SessionRecord>
}

/** @param toUpdate is called when it is its turn. */
const change = (core: SessionCore, toUpdate: () => Update): Promise<object> =>
  core.commands(async () => {
    const { event, session } = toUpdate()
    await core.writer.commit({ events: [event], rows: { session } })
    return toSession(core.record, core)
  })

const patchSession = (core: SessionCore, body: PatchBody): Promise<object> =>
  change(core, () => {
    const changed = toDescribed(body, core.record)
    const { settings: _told, ...shown } = body
    const keep = changed.keep ?? core.record.keep
    const active = toActive({ ...core, record: { ...core.record, keep } })
    return {
      event: {
        type: 'session_updated',
        ...shown,
        ...(shown.keep === undefined ? {} : { expires_at: toTime(active.expiresAt) }),
      },
      session: { ...changed, ...active },
    }
  })

const extendSession = (core: SessionCore, { hours }: ExtendBody): Promise<object> =>
  change(core, () => {
    const { around, record } = core
    const byMs = hours === undefined ? around.settings().expiresAfterMs : hours * HOUR_MS
    const activeAt = around.now()
    const expiresAt = record.keep ? null : activeAt + byMs
    return {
      event: { type: 'session_updated', expires_at: toTime(expiresAt) },
      session: { activeAt, expiresAt },
    }
  })

/** @returns the session as clients are shown it. */
export const changeSession = (core: SessionCore, task: SessionTask): Promise<object> =>
  task.do === 'patch' ? patchSession(core, task.body) : extendSession(core, task.body)
