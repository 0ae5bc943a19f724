/** The commands that read a configuration without serving. */
import { createPublishedSchema, type Flags, loadConfig } from '#config'
import { EXIT, print, say } from './exit.ts'
import { toSentences } from './start-errors.ts'

export const checkConfig = async (flags: Flags): Promise<void> => {
  try {
    const { file, notices, options } = await loadConfig({
      env: process.env,
      cwd: process.cwd(),
      flags,
    })
    say(...notices)
    const found = [...options.providers, ...(options.langchain ?? [])]
    const names = found.map(({ name }) => name).join(', ') || 'none'
    print(
      `${file ?? 'The environment'} is fine: providers: ${names}; keys: ${options.keys.length}; aliases: ${options.aliases.length}.`,
    )
  } catch (error) {
    const sentences = toSentences(error)
    if (!sentences) throw error
    say(...sentences)
    process.exitCode = EXIT.misuse
  }
}

export const printSchema = async (): Promise<void> => {
  const schema = await createPublishedSchema()
  print(JSON.stringify(schema, null, 2))
}
