/** The faults that the self-test plants: what `plant.ts` changes in the source before it is run. */
export const FAULT_VARIABLE = 'SLUICE_PLANTED_FAULT'

/** In any schedule, where a process is killed, where several share a session, or where one of these is frozen. */
export type Shows = 'always' | 'killed' | 'shared' | 'frozen'

interface Planted {
  readonly file: string
  readonly from: string
  readonly to: string
  readonly shows: Shows
}

export const PLANTED: Readonly<Record<string, Planted>> = {
  'an off-by-one position': {
    file: '/src/chat/turns/log/judge-position.ts',
    from: 'return { seq: position.seq }',
    to: 'return { seq: position.seq + 1 }',
    shows: 'always',
  },
  'a lost rewind': {
    file: '/src/chat/turns/log/judge-position.ts',
    from: 'return { seq: last, rewindTo: { epoch: position.epoch, seq: last } }',
    to: 'return { seq: last }',
    shows: 'killed',
  },
  'a doubled append': {
    file: '/src/chat/turns/log/writer.ts',
    from: 'else put(event)',
    to: 'else { put(event); if (log.lastSeq % 32 === 7) put(event) }',
    shows: 'always',
  },
  'a mirror that loses a piece': {
    file: '/src/chat/turns/replicas/mirror.ts',
    from: '    log.append(stamped)',
    to: `    const { event } = stamped
    const isLost = stamped.seq % 16 === 5 && event.type === 'token'
    log.append(isLost ? { ...stamped, event: { ...event, token: ' ' } } : stamped)`,
    shows: 'shared',
  },
  'a takeover that does not rewind': {
    file: '/src/chat/turns/log/judge-position.ts',
    from: 'return next ? next.firstSeq - 1 : lastSeq',
    to: 'return lastSeq',
    shows: 'shared',
  },
  'a fence that is not checked': {
    file: '/src/stores/logs/redis/scripts.ts',
    from: "if epoch > asked then return 'fenced' end",
    to: '',
    shows: 'frozen',
  },
}
