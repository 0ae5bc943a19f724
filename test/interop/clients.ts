/** The published clients at the exact versions they are tested with, and the folder they live in. */
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const CLIENTS = {
  '@anthropic-ai/claude-code': '2.1.329',
  '@openai/codex': '0.169.0',
  openai: '7.55.0',
  '@anthropic-ai/sdk': '1.11.0',
  ai: '7.0.173',
  '@ai-sdk/openai': '4.0.118',
  '@ai-sdk/anthropic': '4.0.105',
  '@ai-sdk/openai-compatible': '3.0.92',
  'opencode-ai': '1.18.33',
  '@google/gemini-cli': '0.61.0',
  '@google/genai': '3.1.0',
  '@openai/agents': '0.20.0',
  '@langchain/openai': '1.6.0',
  '@langchain/anthropic': '1.5.11',
} as const

/** What the SDKs want beside them: for structured output, for sockets, for messages. */
const COMPANIONS = { zod: '4.6.7', ws: '8.23.0', '@langchain/core': '1.4.0' }

const INSTALL_TIMEOUT_MS = 10 * 60_000

/** Installs what is missing or of another version; says where everything is. */
export const installClients = async (): Promise<string> => {
  const folder = join(tmpdir(), 'sluice-interop-clients')
  const wanted = { ...CLIENTS, ...COMPANIONS }
  await mkdir(folder, { recursive: true })
  if (await isInstalled(folder, wanted)) return folder
  const manifest = { name: 'interop-clients', private: true, type: 'module', dependencies: wanted }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  const options = { cwd: folder, timeout: INSTALL_TIMEOUT_MS, maxBuffer: 16 << 20 }
  await run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], options)
  // npm 11 skips install scripts, and Claude Code puts its binary in place with one.
  const claudeCode = join(folder, 'node_modules/@anthropic-ai/claude-code')
  await run(process.execPath, ['install.cjs'], { cwd: claudeCode, timeout: INSTALL_TIMEOUT_MS })
  await writeFile(completeMark(folder), JSON.stringify(wanted))
  return folder
}

/** Written last, so that an interrupted install does not count as complete. */
const completeMark = (folder: string): string => join(folder, 'installed.json')

const isInstalled = async (folder: string, wanted: Record<string, string>): Promise<boolean> => {
  const mark = await readFile(completeMark(folder), 'utf8').catch(() => '')
  return mark === JSON.stringify(wanted)
}
