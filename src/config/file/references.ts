/** Puts the values of variables where a file names them: `${NAME}`, `${NAME:-fallback}`; `$${` is a plain `${`. */
import type { Environment } from '../environment/environment.ts'

export type Path = readonly (string | number)[]

const REFERENCE = /\$\$\{|\$\{([^}]*)(\})?/g
const INSIDE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s

/**
 * What comes to nothing, as an empty fallback does, is left out.
 * @param report told of each fault, and where it stands
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
    // Reported: whatever stands here is never used.
    return match
  })
  return filled === '' ? undefined : filled
}
