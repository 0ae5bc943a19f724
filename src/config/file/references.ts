/** Replaces references to variables by their values: `${NAME}`, `${NAME:-fallback}`. `$${` is a literal `${`. */
import type { Environment } from '../environment/environment.ts'

export type Path = readonly (string | number)[]

const REFERENCE = /\$\$\{|\$\{([^}]*)(\})?/g
const INSIDE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s

/**
 * Leaves out values that become empty, as with an empty fallback.
 * @param report receives each fault, and the path of its field
 */
export const resolveReferences = (
  value: unknown,
  env: Environment,
  report: (path: Path, fault: string) => void,
  path: Path = [],
): unknown => {
  if (typeof value === 'string')
    return value.includes('${') ? fill(value, env, (fault) => report(path, fault)) : value
  if (Array.isArray(value))
    return value
      .map((item, index) => resolveReferences(item, env, report, [...path, index]))
      .filter((item) => item !== undefined)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, resolveReferences(member, env, report, [...path, key])])
      .filter(([, member]) => member !== undefined),
  )
}

const fill = (
  text: string,
  env: Environment,
  report: (fault: string) => void,
): string | undefined => {
  const filled = text.replace(REFERENCE, (match, inside?: string, end?: string) => {
    if (inside === undefined) return '${'
    const [, name, fallback] = (end && INSIDE.exec(inside)) || []
    if (name === undefined) report(`has a \${ that names no variable (a plain one is written $\${)`)
    else if (!env[name] && fallback === undefined) report(`the variable ${name} is not set`)
    else return env[name] || (fallback ?? '')
    // The fault is reported, so this value is never used.
    return match
  })
  return filled === '' ? undefined : filled
}
