import type { Command } from '../command.js';
import { bertscoreCommand } from './bertscore.js';
import { dataCheckCommand } from './data-check.js';
import { dataConvertCommand } from './data-convert.js';
import { dataFetchCommand } from './data-fetch.js';
import { dataShowCommand } from './data-show.js';
import { doctorCommand } from './doctor.js';
import { generateCommand } from './generate.js';
import { inspectCommand } from './inspect.js';
import { mixBuildCommand } from './mix-build.js';
import { mixListCommand } from './mix-list.js';
import { mixShowCommand } from './mix-show.js';
import { modelExportCommand } from './model-export.js';
import { modelInfoCommand } from './model-info.js';
import { promptsCreateCommand } from './prompts-create.js';
import { promptsShowCommand } from './prompts-show.js';
import { promptsTranslateCommand } from './prompts-translate.js';
import { quickstartCommand } from './quickstart.js';
import { reportCommand } from './report.js';
import { scoreCommand } from './score.js';
import { tasksListCommand } from './tasks-list.js';
import { tasksShowCommand } from './tasks-show.js';
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
  tasksShowCommand,
  dataFetchCommand,
  dataShowCommand,
  dataCheckCommand,
  dataConvertCommand,
  templatesListCommand,
  templatesShowCommand,
  templatesImportCommand,
  templatesCheckCommand,
  promptsCreateCommand,
  promptsShowCommand,
  promptsTranslateCommand,
  mixBuildCommand,
  mixShowCommand,
  mixListCommand,
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
