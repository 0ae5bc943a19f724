/** The entry point. It loads only what the command needs. */
import { enableCompileCache } from 'node:module'

enableCompileCache()

if (process.argv.length > 2) {
  const { runCommand } = await import('./commands.ts')
  await runCommand(process.argv)
} else {
  const { serve } = await import('./serve.ts')
  await serve({})
}
