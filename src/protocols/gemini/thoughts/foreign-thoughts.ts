/** Finds thoughts of other vendors in a relayed request: Google would refuse the signature that holds them. */
import { findMembers, type JsonSpan } from '#streams'
import { type Judged, judgeHolder, toGaps } from '../../thoughts/gaps.ts'
import { findMarked } from '../../thoughts/marked-json.ts'
import { ENCODED_MARK } from './client-thoughts.ts'

const MARK = `"${ENCODED_MARK}`
const KEYS: ReadonlySet<string> = new Set(['thoughtSignature', 'thought_signature'])

/** Places to be left out. */
export const findForeignThoughts = (body: Buffer): readonly JsonSpan[] =>
  findMarked(body, MARK, ({ elementsOf, bytesOf }) => {
    const contents = elementsOf('contents').map((content) => {
      const parts = elementsOf('parts', content)
      return judgeHolder(
        content,
        parts.map((part) => judgePart(part, bytesOf(part))),
      )
    })
    return toGaps(contents)
  })

/** A part loses its signature; one that was there for the signature alone goes with it. */
const judgePart = (part: JsonSpan, text: Buffer | undefined): Judged => {
  if (!text) return { span: part, isRemoved: false }
  const members = findMembers(text, Infinity).map(({ key, start, end }, index, all) => ({
    // With the key, which begins behind the comma or the brace.
    span: {
      start: part.start + text.indexOf(index === 0 ? '{' : ',', all[index - 1]?.end ?? 0) + 1,
      end: part.start + end,
    },
    isRemoved: KEYS.has(key) && text.toString('latin1', start, start + MARK.length) === MARK,
    isEmptyText: key === 'text' && text.toString('latin1', start, start + 2) === '""',
    key,
  }))
  const isSigned = members.some(({ isRemoved }) => isRemoved)
  const others = members.filter(({ isRemoved, key }) => !isRemoved && key !== 'thought')
  const isRemoved = isSigned && others.every(({ isEmptyText }) => isEmptyText)
  return { span: part, isRemoved, gaps: toGaps(members) }
}
