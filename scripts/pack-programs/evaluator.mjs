import { extractAnswer, scoreTask } from '@flanlab/evaluator';

const given = { run: 'trained', promptFormat: 'mix_prompts', format: 'closed', task: 'rte', options: ['yes', 'no'] };
const { answer } = extractAnswer({ response: 'Example 1:\nAnswer Solution: yes\n', ...given });
if (answer !== 'yes') throw new Error(answer);
if (scoreTask('accuracy', [answer, 'no'], ['yes', 'yes']).values.accuracy !== 50) throw new Error('accuracy');
