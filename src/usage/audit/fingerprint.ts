/** A short hash of a configuration, so that an operator sees when it was another one. */
import { hash } from 'node:crypto'
import type { Redact } from '../rows/row-texts.ts'

const DIGITS = 16

/** They hold addresses with passwords, or say nothing about the configuration. */
const LEFT_OUT = new Set(['proxy', 'rows', 'redisUrl', 'logSink', 'settlers'])

/** Secrets are taken out first: nobody can try them against the hash. */
export const fingerprintOf = (
  configuration: object,
  secrets: readonly string[],
  redact: Redact,
): string => {
  const known = new Set(secrets)
  const text = JSON.stringify(configuration, (field, value: unknown) => {
    if (LEFT_OUT.has(field) || isInstance(value)) return undefined
    return typeof value === 'string' && known.has(value) ? '[redacted]' : value
  })
  return hash('sha256', redact(text)).slice(0, DIGITS)
}

/** An object of a class is no setting, and may lead back to itself. */
const isInstance = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.getPrototypeOf(value) !== Object.prototype
