import { parseModelConfig, initialiseWeights, writeCheckpoint, openGenerator } from './dist/index.js';
import { planRun, absorbAnswer } from './dist/generation/decode-batch.js';
import { newRow } from './dist/generation/decode-row.js';
import { cacheNames } from './dist/generation/decode-graph.js';
import { engineOf, resetCache } from './dist/generation/generator.js';
const which = process.argv[2] ?? 'llama'; const threads = Number(process.argv[3] ?? 2);
const raw = which === 'llama' ? { architectures:['LlamaForCausalLM'], model_type:'llama', vocab_size:320, hidden_size:192, intermediate_size:512, num_hidden_layers:4, num_attention_heads:6, num_key_value_heads:2, max_position_embeddings:512, bos_token_id:0, eos_token_id:1, tie_word_embeddings:true }
 : { architectures:['GPT2LMHeadModel'], model_type:'gpt2', vocab_size:320, n_embd:192, n_layer:4, n_head:6, n_positions:512, eos_token_id:1 };
const config = parseModelConfig(raw);
const tensors = initialiseWeights({...config, initializerRange: 0.08}, 5);
for (const t of tensors.values()) for (let i=0;i<t.data.length;i++) if (t.dims.length===2) t.data[i]*=5;
await writeCheckpoint('/tmp/bits-model', { config, tensors, tokenizerFrom: './fixtures/generation/llama' });
const gen = await openGenerator({ modelDir: '/tmp/bits-model', threads });
const e = engineOf(gen);
const shape = { steps: 16, readTokens: 256 };
async function decode(rows, trace, admissionAt) {
  await resetCache(e);
  const all = [...rows]; let running = all.splice(0, admissionAt ?? all.length); let n=0;
  const keep = {}; for (let l=0;l<config.layers;l++){const c=cacheNames(l); keep[c.keyOut]=c.keyIn; keep[c.valueOut]=c.valueIn;}
  while (running.length || all.length) {
    if (n++ === 1) running.push(...all.splice(0));
    const batch = planRun(running, [], shape);
    const a = await e.session.run(batch.feeds, { keep });
    const B = a.first_tokens.data.length, turns = a.next_tokens.data.length / B;
    running.forEach((row, b) => {
      const t = trace.get(row.index) ?? []; trace.set(row.index, t);
      if (batch.lengths[b] > 0 && row.places.length + batch.lengths[b] === row.prompt.length) t.push(a.first_health.data[b]);
      if (row.places.length + batch.lengths[b] >= row.prompt.length) for (let k=0;k<turns;k++) t.push(a.next_health.data[k*B+b]);
    });
    absorbAnswer(batch, { firstTokens:a.first_tokens.data, firstHealth:a.first_health.data, nextTokens:a.next_tokens.data, nextHealth:a.next_health.data }, new Set());
    running = running.filter(r => !r.finish);
  }
}
let s = 12345; const rnd = () => (s = (s * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff;
const prompts = Array.from({length: 12}, () => Int32Array.from({length: 1 + Math.floor(rnd()*rnd()*400)}, () => 3 + Math.floor(rnd()*316)));
console.log('lengths', prompts.map(p=>p.length).join());
const together = new Map(), staggered = new Map(), alone = new Map();
const mk = () => prompts.map((p,i)=>newRow(i,p,40));
const A = mk(); await decode(A, together);
const B = mk(); await decode(B, staggered, 5);
const C = mk(); for (const r of C) await decode([r], alone);
let bad=[0,0], tok=[0,0];
for (const i of together.keys()) {
  for (const [k, other] of [together, staggered].entries()) {
    const x = other.get(i).slice(0,40), y = alone.get(i).slice(0,40);
    const d = x.findIndex((v,j)=>!Object.is(v,y[j]));
    if (d>=0) { bad[k]++; console.log(['together','staggered'][k], 'row', i, 'len', prompts[i].length, 'first diff at', d, x[d], y[d]); }
    const rows = [A,B][k]; if (rows[i].tokens.join() !== C[i].tokens.join()) tok[k]++;
  }
}
console.log('rows whose bits differ', bad, 'tokens differ', tok, 'distinct tokens', A.map(r=>new Set(r.tokens).size).join());
await gen.close();
