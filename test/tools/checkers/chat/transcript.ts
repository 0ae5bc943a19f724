/** Folds what a door sent back into a transcript, and judges the order. It knows no dialect, and not the server. */

export type EntryStatus = 'open' | 'done' | 'cancelled' | 'interrupted' | 'failed'

export interface Entry {
  readonly role: 'user' | 'assistant'
  /** Absent where a dialect does not say it. */
  readonly run?: string
  readonly text: string
  readonly status: EntryStatus
}

/** What a frame means. */
export type Step =
  | { readonly kind: 'user'; readonly text: string }
  | { readonly kind: 'start'; readonly run: string }
  | { readonly kind: 'text'; readonly run: string; readonly text: string }
  | {
      readonly kind: 'end'
      readonly run: string
      readonly status: EntryStatus
      readonly text: string | undefined
    }
  | { readonly kind: 'replace'; readonly entries: readonly Entry[]; readonly position: string }
  | { readonly kind: 'rewind'; readonly to: string }
  | { readonly kind: 'cleared' }
  /** Of the connection, or about an answer that goes on. */
  | { readonly kind: 'aside' }

export interface Stamp {
  readonly epoch: number
  readonly seq: number
}

export interface Rules {
  /** An answer may begin several times, once for each call of a model. */
  readonly startsAgain?: boolean
  /** A run may end without a beginning: it failed before. */
  readonly endsUnstarted?: boolean
  /** Questions are not shown. */
  readonly answersOnly?: boolean
}

export interface Folded {
  readonly entries: readonly Entry[]
  readonly faults: readonly string[]
  /** From where the client reads on. */
  readonly position: string | undefined
}

interface Noted {
  readonly step: Step
  readonly stamp: Stamp | undefined
}

/** A client that keeps what it was sent, so that it can take it back. */
export const createTranscript = (rules: Rules = {}) => {
  let noted: Noted[] = []
  let position: Stamp | undefined
  let wasRewound = false
  const faults: string[] = []

  const rewind = (to: string): void => {
    const place = readPosition(to)
    if (!place) return void faults.push(`'${to}' is not a position`)
    noted = noted.filter(({ stamp }) => stamp === undefined || stamp.seq <= place.seq)
    position = place
    wasRewound = true
  }
  const replace = (step: Step & { kind: 'replace' }): void => {
    const place = readPosition(step.position)
    if (!place) return void faults.push(`'${step.position}' is not a position`)
    noted = [{ step, stamp: undefined }]
    position = place
  }
  const note = (step: Step, stamp: Stamp | undefined): void => {
    if (stamp && position && stamp.seq < position.seq)
      faults.push(`the event ${stamp.seq} came after ${position.seq}`)
    if (stamp && position && stamp.epoch < position.epoch)
      faults.push(`the epoch ${stamp.epoch} came after ${position.epoch}`)
    const last = noted.at(-1)
    if (stamp && last?.stamp?.seq === stamp.seq && last.step.kind === step.kind)
      faults.push(`the event ${stamp.seq} came twice`)
    position = stamp ?? position
    noted.push({ step, stamp })
  }

  return {
    take(step: Step, stamp?: Stamp): void {
      if (step.kind === 'rewind') rewind(step.to)
      else if (step.kind === 'replace') replace(step)
      else note(step, stamp)
    },
    /** Where the connection was opened, if its first frame says so. */
    begin(at: string): void {
      position ??= readPosition(at)
    },
    fault: (what: string): void => void faults.push(what),
    read(): Folded {
      const told = noted.map(({ step }) => step)
      const { entries, faults: wrong } = foldSteps(told, rules, wasRewound)
      return {
        entries,
        faults: [...faults, ...wrong],
        position: position && `${position.epoch}.${position.seq}`,
      }
    },
  }
}

/** @param mayDiffer text that was joined and partly taken back is only whole again at the end of its run. */
const foldSteps = (steps: readonly Step[], rules: Rules, mayDiffer: boolean) => {
  let entries: Entry[] = []
  const faults: string[] = []
  const ended = new Set<string>()
  let open: string | undefined

  const update = (run: string, entry: Partial<Entry>): void => {
    entries = entries.map((each) => (each.run === run ? { ...each, ...entry } : each))
  }
  const textOf = (run: string): string | undefined =>
    entries.find((entry) => entry.run === run)?.text

  /** An answer in progress begins again behind a snapshot. */
  const start = (run: string, isAgain: boolean): void => {
    if (ended.has(run)) faults.push(`${run} starts after its end`)
    if (open !== undefined && open !== run) faults.push(`${run} starts before ${open} has ended`)
    if (open === run && rules.startsAgain !== true) {
      if (isAgain) update(run, { text: '' })
      else faults.push(`${run} starts twice`)
    }
    if (open !== run) entries.push({ role: 'assistant', run, text: '', status: 'open' })
    open = run
  }
  const text = (run: string, piece: string): void => {
    if (open !== run) faults.push(`${run} has text, and is not open`)
    update(run, { text: (textOf(run) ?? '') + piece })
  }
  const end = (run: string, status: EntryStatus, whole: string | undefined): void => {
    if (ended.has(run)) faults.push(`${run} ends twice`)
    if (open !== run && (open !== undefined || rules.endsUnstarted !== true))
      faults.push(`${run} ends, and is not open`)
    if (open !== run) entries.push({ role: 'assistant', run, text: '', status: 'open' })
    if (!mayDiffer && whole !== undefined && whole !== textOf(run))
      faults.push(`${run} ends with another text than came before: ${whole}, not ${textOf(run)}`)
    update(run, { status, ...(whole !== undefined && { text: whole }) })
    ended.add(run)
    open = undefined
  }

  for (const [place, step] of steps.entries())
    switch (step.kind) {
      case 'user':
        if (open !== undefined) faults.push(`a question comes before ${open} has ended`)
        entries.push({ role: 'user', text: step.text, status: 'done' })
        break
      case 'start':
        start(step.run, steps[place - 1]?.kind === 'replace')
        break
      case 'text':
        text(step.run, step.text)
        break
      case 'end':
        end(step.run, step.status, step.text)
        break
      case 'cleared':
        entries = []
        break
      case 'replace': {
        const shown = step.entries.filter(({ role }) => role === 'assistant' || !rules.answersOnly)
        entries = shown.map((entry) => ({ ...entry }))
        open = shown.find(({ status }) => status === 'open')?.run
        for (const { run, status } of shown)
          if (run !== undefined && status !== 'open') ended.add(run)
        break
      }
    }
  return { entries, faults }
}

const readPosition = (text: string): Stamp | undefined => {
  const found = /^(?<epoch>\d+)\.(?<seq>\d+)$/.exec(text)?.groups
  return found && { epoch: Number(found['epoch']), seq: Number(found['seq']) }
}
