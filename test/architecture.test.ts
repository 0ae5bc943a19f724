/** Holds the arrows: a module imports only those that stand beside its name. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { describe, expect, it } from 'vitest'

const ARROWS: Readonly<Record<string, string>> = {
  model: '',
  streams: '',
  transport: 'streams',
  telemetry: 'model',
  protocols: 'model streams',
  providers: 'model streams protocols telemetry transport',
  usage: 'model',
  access: 'model usage',
  router: 'model providers telemetry',
  gateway: 'model streams transport protocols providers usage access router telemetry',
  server: 'model streams protocols gateway access telemetry',
}

/** Free to know any module: they put the house together. */
const ROOF = new Set(['app.ts', 'config', 'cli'])

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  )

const files = globSync('src/**/*.ts').map((file) => file.replaceAll('\\', '/'))

describe('the house', () => {
  it.each(files)('%s imports only what its module may', (file) => {
    const module = file.split('/')[1] ?? ''
    if (ROOF.has(module)) return
    const allowed = (ARROWS[module] ?? '').split(' ').map((name) => `#${name}`)
    expect(Object.keys(ARROWS)).toContain(module)
    for (const name of importsOf(file)) {
      if (name.startsWith('#')) expect(allowed, `${file} imports ${name}`).toContain(name)
      // Inside a module, everything is reached by its own folder.
      if (name.startsWith('.')) expect(join(dirname(file), name)).toContain(`src/${module}/`)
    }
  })
})
