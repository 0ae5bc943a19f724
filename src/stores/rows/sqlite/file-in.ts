/** The file of SQLite in the folder of a process. */
import { join } from 'node:path'

export const fileIn = (folder: string): string => join(folder, 'sluice.db')
