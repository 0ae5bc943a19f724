/** The commands and options of the command line. */
import { Command, CommanderError } from 'commander'
import { ENVIRONMENT_VARIABLES, type Flags } from '#config'
import { GROUPINGS } from '#usage'
import manifest from '../../package.json' with { type: 'json' }
import { checkConfig, printSchema } from './config-commands.ts'
import { EXIT } from './exit.ts'
import { serve } from './serve.ts'
import type { DoctorFlags } from './doctor/doctor-command.ts'
import type { AuditFlags } from './rows/audit-command.ts'
import type { UsageFlags } from './rows/usage-command.ts'

/** @param argv of the process, including node and the script. */
export const runCommand = async (argv: readonly string[]): Promise<void> => {
  try {
    await createProgram().parseAsync(argv)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Commander has already written its message.
    process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.misuse
  }
}

const FILE_OPTION = ['-c, --config <file>', 'the file, in place of ./sluice.yaml'] as const

const createProgram = (): Command => {
  const program = new Command('sluice')
    .description('One server between AI clients and models.')
    .version(manifest.version, '-v, --version')
    .exitOverride()
    .addHelpText('after', `\nEnvironment:\n${environmentHelp()}`)

  program
    .command('serve', { isDefault: true })
    .description('start the server (the default command)')
    .option(...FILE_OPTION)
    .option('-p, --port <number>', 'the port to listen on')
    .option('--host <address>', 'the address to listen on')
    .option('--workers <count>', 'how many processes serve; auto means one for each core')
    .action((flags: Flags) => serve(flags))

  program
    .command('usage')
    .description('report calls, tokens and cost')
    .option(...FILE_OPTION)
    .option('--by <grouping>', `a line for each of: ${GROUPINGS.join(', ')}`, 'day')
    .option('--since <time>', 'from a date (2026-11-01), a time, or how long ago (7d, 24h, 30m)')
    .option('--json', 'as JSON')
    .option('--csv', 'as CSV')
    .action(async (flags: UsageFlags) =>
      (await import('./rows/usage-command.ts')).printUsage(flags),
    )

  program
    .command('audit')
    .description('report who read what at /admin, and who was refused')
    .option(...FILE_OPTION)
    .option('--since <time>', 'from a date (2026-11-01), a time, or how long ago (7d, 24h, 30m)')
    .option('--limit <number>', 'how many lines, the latest first')
    .option('--json', 'as JSON')
    .action(async (flags: AuditFlags) =>
      (await import('./rows/audit-command.ts')).printAudit(flags),
    )

  program
    .command('backup')
    .description('write a backup of the ledger and the audit, while the server runs or not')
    .argument('<file>', 'a file that does not exist yet')
    .option(...FILE_OPTION)
    .action(async (file: string, flags: Flags) =>
      (await import('./rows/backup-command.ts')).backUp(file, flags),
    )

  program
    .command('doctor')
    .description('say where a call would go, and what is wrong with the configuration')
    .argument('[model]', 'the name that a client asks for')
    .option(...FILE_OPTION)
    .option('--protocol <name>', 'of the client: openai-chat if not set')
    .option('--needs <list>', 'what the call needs: tools,images,context:50000')
    .option('--ask', 'ask every provider for its models, and connect to Redis and PostgreSQL')
    .option('--json', 'as JSON')
    .action(async (model: string | undefined, flags: DoctorFlags) =>
      (await import('./doctor/doctor-command.ts')).runDoctor(model, flags),
    )

  const config = program.command('config').description('inspect the configuration')
  config
    .command('check')
    .description('check the file and the environment')
    .option(...FILE_OPTION)
    .action((flags: Flags) => checkConfig(flags))
  config
    .command('schema')
    .description('print the JSON schema of the file')
    .action(() => printSchema())

  return program
}

const environmentHelp = (): string => {
  const width = Math.max(...ENVIRONMENT_VARIABLES.map(({ name }) => name.length))
  return ENVIRONMENT_VARIABLES.map(
    ({ name, meaning }) => `  ${name.padEnd(width)}  ${meaning}`,
  ).join('\n')
}
