/** Items that only the account which made them can read: its thoughts, and its summaries of a conversation. */
import { hash } from 'node:crypto'
import type { JsonObject } from '#model'
import { findMarked } from '../../thoughts/marked-json.ts'
import { toMark } from '../../thoughts/sealed-marks.ts'

const FIELD = 'encrypted_content'

/** Every seal of this gateway begins with it. */
const OWN = 'sluice.'

/** The newest are enough: they are the ones that a client has least reason to leave out. */
const MOST_MARKS = 4
/** A larger item is no thought. */
const LARGEST_ITEM = 1024 * 1024

export const findSealed = (body: Buffer): readonly string[] =>
  findMarked(body, `"${FIELD}"`, ({ elementsOf, read }) => {
    const marks: string[] = []
    for (const span of elementsOf('input').toReversed()) {
      if (marks.length === MOST_MARKS) break
      const item = span.end - span.start > LARGEST_ITEM ? undefined : read(span)
      const mark = item && toSealedMark(item)
      if (mark !== undefined) marks.push(mark)
    }
    return marks
  })

/** What was sealed here can be read by every target. */
export const toSealedMark = ({ [FIELD]: sealed }: JsonObject): string | undefined =>
  typeof sealed === 'string' && sealed !== '' && !sealed.startsWith(OWN)
    ? toMark(hash('sha256', `${sealed.length} ${sealed.slice(-LAST_CHARACTERS)}`))
    : undefined

/** They authenticate the rest, so no two seals have the same. */
const LAST_CHARACTERS = 256
