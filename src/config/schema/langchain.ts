/** A provider whose models LangChain builds. */
import * as z from 'zod'
import { text } from './scalars.ts'

const options = z
  .record(z.string(), z.unknown())
  .meta({ description: "What the class is made with, as the class's own documentation has it." })
  .optional()

const moduleName = text({
  description: 'The package that holds the class: @langchain/openai. Or a path: ./my-model.js.',
})

export const langchainSchema = z
  .strictObject({
    model: z
      .string()
      .trim()
      .regex(/^[\w-]+:.+$/, {
        error: 'must be a vendor and a model, as in bedrock:amazon.nova-pro',
      })
      .meta({
        description:
          "A vendor as LangChain's initChatModel knows it, and a model: bedrock:amazon.nova-pro. Or else, module and class.",
      })
      .optional(),
    module: moduleName.optional(),
    class: text({ description: 'The class of a chat model: ChatOpenAI.' }).optional(),
    options,
    embeddings: z
      .strictObject({
        module: moduleName,
        class: text({ description: 'The class of an embedding model: OpenAIEmbeddings.' }),
        options,
      })
      .meta({ description: 'An embedding model besides, or alone.' })
      .optional(),
  })
  .superRefine(({ model, module, class: name, embeddings }, context) => {
    const fault = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message })
    if (model !== undefined && (module ?? name) !== undefined)
      fault('model', 'stands alone: module and class say the same')
    if (module !== undefined && name === undefined) fault('class', 'must be set beside module')
    if (name !== undefined && module === undefined) fault('module', 'must be set beside class')
    if ((model ?? module ?? name ?? embeddings) === undefined)
      fault('model', 'must be set, or module and class')
  })
  .meta({ description: 'LangChain builds its models. Its packages are installed apart.' })

export type LangchainSettings = z.infer<typeof langchainSchema>
