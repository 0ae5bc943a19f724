/** Reads the text of a file, and reports the line and the field of each fault. */
import { type Document, LineCounter, parseDocument, visit } from 'yaml'
import { ConfigError } from '../config-error.ts'
import type { Environment } from '../environment/environment.ts'
import { toFieldFaults, toSentence } from './field-faults.ts'
import { offsetOf } from './offset-of.ts'
import { toAddressFaults } from './missing-addresses.ts'
import { type Path, resolveReferences } from './references.ts'
import { type FileSettings, fileSchema } from '../schema/index.ts'
import { ALIAS_FAULT, toSyntaxFault } from './syntax-fault.ts'

interface Fault {
  readonly line: number
  readonly text: string
}

/**
 * @param name the name of the file in messages
 * @throws ConfigError, which quotes no value: any value may be a secret
 */
export const parseConfigFile = (text: string, name: string, env: Environment): FileSettings => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const faults: Fault[] = []
  const refuse = (): never => {
    throw new ConfigError(
      ...faults
        .toSorted((a, b) => a.line - b.line)
        .map((fault) => `${name}:${fault.line}: ${fault.text}`),
    )
  }
  const blame = (path: Path, fault: string): void => {
    const { line } = lines.linePos(offsetOf(document, path))
    faults.push({ line, text: path.length === 0 ? fault : `${path.join('.')}: ${fault}` })
  }

  for (const error of document.errors)
    faults.push({ line: lines.linePos(error.pos[0]).line, text: toSyntaxFault(error, text) })
  visit(document, {
    Alias(_key, { range }) {
      faults.push({ line: lines.linePos(range?.[0] ?? 0).line, text: ALIAS_FAULT })
    },
  })
  if (faults.length > 0) return refuse()

  const value = resolveReferences(toSections(document), env, blame)
  if (faults.length > 0) return refuse()
  const parsed = fileSchema.safeParse(value, { error: toSentence })
  if (parsed.success) {
    for (const fault of toAddressFaults(parsed.data, env)) blame(fault.path, fault.text)
    return faults.length > 0 ? refuse() : parsed.data
  }
  for (const issue of parsed.error.issues)
    for (const fault of toFieldFaults(issue)) blame(fault.path, fault.text)
  return refuse()
}

/** A section whose lines are all commented out counts as absent, and so does a file. */
const toSections = (document: Document): unknown => {
  const value: unknown = document.toJS() ?? {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null))
}
