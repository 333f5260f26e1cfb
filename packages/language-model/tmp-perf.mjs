import { parseModelConfig, initialiseWeights, writeCheckpoint, openGenerator } from './dist/index.js';
const [H, L, V] = [Number(process.argv[2] ?? 128), Number(process.argv[3] ?? 4), 320];
const config = parseModelConfig({ architectures:['LlamaForCausalLM'], model_type:'llama', vocab_size:V, hidden_size:H, intermediate_size:H*3, num_hidden_layers:L, num_attention_heads:4, num_key_value_heads:2, max_position_embeddings:1024, bos_token_id:0, eos_token_id:1, tie_word_embeddings:true });
await writeCheckpoint('/tmp/perf-model', { config, tensors: initialiseWeights(config, 5), tokenizerFrom: './fixtures/generation/llama' });
let t = Date.now();
const gen = await openGenerator({ modelDir: '/tmp/perf-model', threads: 2, stepsPerRun: Number(process.argv[4] ?? 16) });
console.log('open ms', Date.now() - t);
let s = 12345; const rnd = () => (s = (s * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff;
const words = 'the red fox runs over green hill and sleeps under old tree a small boat sails on cold lake'.split(' ');
const prompts = Array.from({length: 128}, () => Array.from({length: 20 + Math.floor(rnd()*100)}, () => words[Math.floor(rnd()*words.length)]).join(' '));
for (let k = 0; k < 2; k++) {
t = Date.now(); let n = 0, p = 0;
for await (const r of gen.generate(prompts, { maxNewTokens: 64, batchRows: Number(process.argv[5] ?? 64), stopTokenIds: [] })) { n += r.tokens.length; p += r.promptTokens; }
const ms = Date.now() - t;
console.log(`${n} tokens, ${p} prompt tokens, ${ms} ms, ${(n / ms * 1000).toFixed(0)} tokens/s`);
}
await gen.close();
