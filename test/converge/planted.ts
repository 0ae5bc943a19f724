/** The faults that the self-test plants: what `plant.ts` changes in the source before it is run. */
export const FAULT_VARIABLE = 'SLUICE_PLANTED_FAULT'

interface Planted {
  readonly file: string
  readonly from: string
  readonly to: string
  /** Where it shows: in any schedule, where a process is killed, or where several share a session. */
  readonly shows: 'always' | 'killed' | 'shared'
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
}
