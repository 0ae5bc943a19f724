/** What can be said on the command line. */
import { Command, CommanderError } from 'commander'
import { ENVIRONMENT_VARIABLES, type Flags } from '#config'
import manifest from '../../package.json' with { type: 'json' }
import { checkConfig, printSchema } from './config-commands.ts'
import { EXIT } from './exit.ts'
import { serve } from './serve.ts'

/** @param argv as the process has it, with node and the script in front. */
export const runCommand = async (argv: readonly string[]): Promise<void> => {
  try {
    await createProgram().parseAsync(argv)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Its message is already written.
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
    .description('serve (what sluice does when nothing else is said)')
    .option(...FILE_OPTION)
    .option('-p, --port <number>', 'the port to listen on')
    .option('--host <address>', 'the address to listen on')
    .action((flags: Flags) => serve(flags))

  const config = program.command('config').description('what Sluice is told to do')
  config
    .command('check')
    .description('read the file and the environment, and say what is wrong with them')
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
