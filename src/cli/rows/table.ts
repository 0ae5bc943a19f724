/** A table for a terminal. */

/** The first line is the head. The first `left` columns are aligned to the left, the others to the right. */
export const toTable = (lines: readonly (readonly string[])[], left: number): string => {
  const widths =
    lines[0]?.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0))) ?? []
  const pad = (cell: string, at: number): string =>
    at < left ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n')
}

/** Names are of clients, and must not steer the terminal. */
export const toName = (name: string): string =>
  // oxlint-disable-next-line no-control-regex
  name.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?')
