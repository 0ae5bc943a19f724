/** The state of a session in memory, from what is stored of it. */
import type { GatewayError } from '#model'
import type { OpenedSession, SessionKey } from '../../sessions/session-store.ts'
import { createSessionLog } from '../log/session-log.ts'
import { createWriter } from '../log/writer.ts'
import { endRefused } from '../run/end-refused.ts'
import { applyRows, type Presence, type SessionCore, type Surroundings } from './core.ts'
import { createSerial } from '../serial.ts'

interface CoreOptions {
  readonly key: SessionKey
  readonly opened: OpenedSession
  /** Of the message that came last. */
  readonly place: number
  readonly around: Surroundings
  readonly presence: Presence
  readonly onRest: () => void
  /** The session is gone, or belongs to another process. */
  readonly onLost: (reason: GatewayError) => void
  readonly onOverflow: () => void
}

export const createCore = (options: CoreOptions): SessionCore => {
  const { key, opened, place, around, presence, onRest, onLost, onOverflow } = options
  const log = createSessionLog(opened)
  const core: SessionCore = {
    key,
    around,
    log,
    writer: createWriter({
      ...around,
      key,
      log,
      epoch: opened.epoch,
      onStored(change) {
        applyRows(core, change)
        presence.changed()
      },
      onStoredLate(change) {
        endRefused(core, change)
        onRest()
      },
      onLost,
      onOverflow,
    }),
    commands: createSerial(),
    record: opened.session,
    queue: opened.queue,
    run: undefined,
    place,
    systemSent: undefined,
    waiting: new Map(),
    presence,
    onRest,
  }
  return core
}
