import { defineCommand } from '../command.js';
import { examineMachine } from '../doctor/examine-machine.js';
import { formatExamination } from '../doctor/format-examination.js';

export const doctorCommand = defineCommand({
  name: 'doctor',
  describe: 'Say what this machine can do, and what to install for more',
  options: {},
  examples: [{ args: 'doctor', describe: 'Node, cores, memory, execution providers that really work, caches, disk' }],
  async run(_args, { env }) {
    const examination = await examineMachine({ env, cwd: process.cwd() });
    return { data: examination, text: formatExamination(examination) };
  },
});
