/** A provider whose models are built by LangChain. */
import * as z from 'zod'
import { text } from './scalars.ts'

const options = z
  .record(z.string(), z.unknown())
  .meta({ description: 'The options of the class, as its own documentation describes them.' })
  .optional()

const moduleName = text({
  description: 'The package that contains the class: @langchain/openai. Or a path: ./my-model.js.',
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
          "A vendor in the spelling of LangChain's initChatModel, and a model: bedrock:amazon.nova-pro. Alternatively, set module and class.",
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
      .meta({ description: 'An embedding model, with or without a chat model.' })
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
  .meta({
    description: 'The models are built by LangChain, whose packages are installed separately.',
  })

export type LangchainSettings = z.infer<typeof langchainSchema>
