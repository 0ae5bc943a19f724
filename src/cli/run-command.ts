/** Runs a command that prints and ends. What is wrong with it is said in sentences. */
import { GatewayError } from '#model'
import { EXIT, say } from './exit.ts'
import { toSentences } from './start-errors.ts'

export const runCommand = async (command: () => Promise<void>): Promise<void> => {
  try {
    await command()
  } catch (error) {
    const sentences = error instanceof GatewayError ? [error.message] : toSentences(error)
    if (!sentences) throw error
    say(...sentences)
    process.exitCode = EXIT.misuse
  }
}
