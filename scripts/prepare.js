/** Builds after an install from source. Where the bundler is left out, as for production, so is the build. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

if (existsSync(new URL('../node_modules/rolldown/package.json', import.meta.url))) {
  // The npm that is at work, whatever it is called on this machine.
  const { status } = spawnSync(process.execPath, [process.env.npm_execpath, 'run', 'build'], {
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
}
