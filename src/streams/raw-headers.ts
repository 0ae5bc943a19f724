/** Raw headers: alternating names and values, in the order in which they were sent. */

/** The value of a header. The name is in lower case. */
export const headerOf = (rawHeaders: readonly string[], name: string): string | undefined => {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() === name) return rawHeaders[at + 1]
  return undefined
}

/** Keeps the headers whose names pass the test. */
export const filterHeaders = (
  headers: readonly string[],
  passes: (name: string) => boolean,
): string[] => {
  const passed: string[] = []
  for (let at = 0; at + 1 < headers.length; at += 2)
    if (passes(headers[at] ?? '')) passed.push(headers[at] ?? '', headers[at + 1] ?? '')
  return passed
}

/** Headers as an object. If a name occurs more than once, the last one wins. */
export const toHeaderRecord = (headers: readonly string[]): Record<string, string> => {
  const record: Record<string, string> = {}
  for (let at = 0; at + 1 < headers.length; at += 2)
    record[headers[at] ?? ''] = headers[at + 1] ?? ''
  return record
}

/** Lines of `name: value`, without line ends. */
export const toHeaderLines = (headers: readonly string[]): string[] => {
  const lines: string[] = []
  for (let at = 0; at + 1 < headers.length; at += 2)
    lines.push(`${headers[at]}: ${headers[at + 1]}`)
  return lines
}
