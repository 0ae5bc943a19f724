/** Sections of a report that are measured in runs of their own: each run replaces its own, and leaves the others. */

const toParts = (report: string): string[] => report.split(/^(?=## )/m)
const titleOf = (part: string): string | undefined => /^## (.*)/.exec(part)?.[1]

const toText = (title: string, text: string): string => `## ${title}\n${text}`

/** @param sections by title. New ones come last. */
export const putSections = (report: string, sections: ReadonlyMap<string, string>): string => {
  const left = new Map(sections)
  const parts = toParts(report).map((part) => {
    const title = titleOf(part)
    const text = title === undefined ? undefined : left.get(title)
    if (title === undefined || text === undefined) return part
    left.delete(title)
    return `${toText(title, text)}\n`
  })
  const added = [...left].map(([title, text]) => toText(title, text))
  return `${[parts.join('').trimEnd(), ...added.map((each) => each.trimEnd())].join('\n\n')}\n`
}

/** The sections of an earlier report that the new one has not. */
export const keepSections = (
  report: string,
  earlier: string,
  titles: ReadonlySet<string>,
): string => {
  const kept = toParts(earlier).filter((part) => titles.has(titleOf(part) ?? ''))
  return [report.trimEnd(), ...kept.map((part) => part.trimEnd())].join('\n\n') + '\n'
}
