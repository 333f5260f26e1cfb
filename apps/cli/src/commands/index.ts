import type { Command } from '../command.js';
import { bertscoreCommand } from './bertscore.js';
import { dataConvertCommand } from './data.js';
import { dataFetchCommand } from './data-fetch.js';
import { doctorCommand } from './doctor.js';
import { generateCommand } from './generate.js';
import { inspectCommand } from './inspect.js';
import { mixBuildCommand } from './mix.js';
import { modelExportCommand } from './model-export.js';
import { modelInfoCommand } from './model-info.js';
import { promptsCreateCommand } from './prompts-create.js';
import { promptsShowCommand } from './prompts-show.js';
import { quickstartCommand } from './quickstart.js';
import { reportCommand } from './report.js';
import { scoreCommand } from './score.js';
import { tasksListCommand } from './tasks.js';
import {
  templatesCheckCommand,
  templatesImportCommand,
  templatesListCommand,
  templatesShowCommand,
} from './templates.js';
import { testCommand } from './test.js';
import { trainCommand } from './train.js';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  quickstartCommand,
  tasksListCommand,
  dataFetchCommand,
  dataConvertCommand,
  templatesListCommand,
  templatesShowCommand,
  templatesImportCommand,
  templatesCheckCommand,
  promptsCreateCommand,
  promptsShowCommand,
  mixBuildCommand,
  inspectCommand,
  modelInfoCommand,
  trainCommand,
  modelExportCommand,
  generateCommand,
  testCommand,
  scoreCommand,
  bertscoreCommand,
  reportCommand,
  doctorCommand,
];
