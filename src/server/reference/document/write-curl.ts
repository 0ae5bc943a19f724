/** The command that sends an example. Ids are variables of the shell. */
import type { JsonObject } from '#model'

interface Sent {
  readonly method: string
  /** `/api/sessions/{session_id}` */
  readonly path: string
  readonly asks: Readonly<Record<string, string>>
  readonly body: JsonObject | undefined
  readonly isStream: boolean
  readonly needsKey: boolean
  readonly takesFile?: boolean | undefined
}

const VARIABLE = /\b(?:SESSION|MESSAGE|RUN|UPLOAD)_ID\b/g

const toVariables = (text: string): string => text.replaceAll(VARIABLE, (name) => `$${name}`)

export const writeCurl = ({
  method,
  path,
  asks,
  body,
  isStream,
  needsKey,
  takesFile,
}: Sent): string => {
  const query = new URLSearchParams(asks).toString()
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase())
  const url = toVariables(`${filled}${query === '' ? '' : `?${query}`}`)
  const isImplied = method === (body || takesFile ? 'POST' : 'GET')
  const lines = [
    `curl ${isStream ? '-N ' : ''}${isImplied ? '' : `-X ${method} `}"$SLUICE_URL${url}"`,
    ...(needsKey ? ['-H "authorization: Bearer $SLUICE_KEY"'] : []),
    ...(takesFile ? ['-F file=@"$FILE"'] : []),
    ...(body ? ["-H 'content-type: application/json'", writeBody(body)] : []),
  ]
  return lines.join(' \\\n  ')
}

/** Variables are set in a document of the shell, not between its quotes. */
const writeBody = (body: JsonObject): string => {
  const text = JSON.stringify(body, undefined, 2)
  const set = toVariables(text)
  if (set !== text) return `-d @- <<END\n${set}\nEND`
  return text === '{}' ? "-d '{}'" : `-d '${text.replaceAll("'", String.raw`'\''`)}'`
}
