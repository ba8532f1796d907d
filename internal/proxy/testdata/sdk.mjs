// The official openai npm client, unmodified, against a gateway:
//   node sdk.mjs BASE_URL KEY
// It prints what it saw, one line for each check; sdk.json says what it should.
import OpenAI from 'openai';

const [, , baseURL, apiKey] = process.argv;
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0, timeout: 20000 });
const seen = {};

async function check(name, fn) {
  try {
    seen[name] = await fn();
  } catch (e) {
    seen[name] = `${e.constructor.name} ${e.status} ${e.code} ${e.type}`;
  }
}

for (const model of ['qwen-plus', 'scenario/intent']) {
  const request = { model, messages: [{ role: 'user', content: '你好 world' }] };
  await check(`${model} plain`, async () => {
    const r = await client.chat.completions.create(request);
    return `${r.choices[0].message.content} | ${r.choices[0].finish_reason} | usage ${r.usage.total_tokens > 0}`;
  });
  for (const include_usage of [false, true]) {
    await check(`${model} stream, usage ${include_usage}`, async () => {
      const options = include_usage ? { stream_options: { include_usage } } : {};
      let text = '', finish = '', usages = 0;
      for await (const c of await client.chat.completions.create({ ...request, ...options, stream: true })) {
        text += c.choices[0]?.delta?.content ?? '';
        finish = c.choices[0]?.finish_reason ?? finish;
        if (c.usage) usages++;
      }
      return `${text} | ${finish} | ${usages} usages`;
    });
  }
}
await check('embeddings', async () => {
  const r = await client.embeddings.create({ model: 'embed', input: ['ab', 'a b c'] });
  return r.data.map((d) => Array.from(d.embedding).join(' ')).join(' | ');
});
await check('models', async () => {
  const names = [];
  for await (const m of client.models.list()) names.push(m.id);
  return names.join(' ');
});
await check('no such model', () => client.chat.completions.create({ model: 'gpt-9', messages: [] }));
await check('wrong key', () => new OpenAI({ baseURL, apiKey: 'sk-wrong', maxRetries: 0 }).models.list());
await check('budget', () => client.chat.completions.create({ model: 'qwen-plus', messages: [], max_tokens: 1000000000 }));
console.log(JSON.stringify(seen));
