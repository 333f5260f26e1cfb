import { BUILTIN_CATALOGUE, fillTemplate, parseTemplate, taskTemplates } from '@flanlab/prompt-templates';

const template = parseTemplate('{a} and {b}', { id: 'mine/1', slots: ['a', 'b'] });
const text = fillTemplate(template, { a: '{b}', b: 'tea' });
if (text !== '{b} and tea') throw new Error(text);
if (taskTemplates(BUILTIN_CATALOGUE, 'rte').length !== 10) throw new Error('templates');
