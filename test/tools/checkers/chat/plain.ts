/** Judges and folds what `/ws/chat` sends: bare pieces of text, and a mark behind each answer. */
import type { Entry } from './transcript.ts'

const MARK = '<END_STREAM>'

export const readPlain = () => {
  const entries: Entry[] = []
  const faults: string[] = []
  let text = ''
  let reason: string | undefined

  return {
    take(piece: string): void {
      if (reason !== undefined) faults.push('a piece comes after the close')
      if (piece === '') faults.push('a piece is empty')
      if (piece !== MARK) return void (text += piece)
      entries.push({ role: 'assistant', text, status: 'done' })
      text = ''
    },
    close(code: number, why: string): void {
      if (code !== 1011) faults.push(`it closes with ${code}`)
      if (why === '') faults.push('it closes without a reason')
      if (Buffer.byteLength(why) > 123) faults.push('the reason is longer than a frame allows')
      reason = why
    },
    /** `reason`: why it was closed. */
    read() {
      const open: Entry[] = text === '' ? [] : [{ role: 'assistant', text, status: 'open' }]
      return { entries: [...entries, ...open], faults, reason }
    },
  }
}
