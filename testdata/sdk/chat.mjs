// Talks to a gateway with the official client, unmodified, and prints what it
// got as one JSON document.
//
//   node chat.mjs NODE_MODULES BASE_URL KEY MODEL QUESTION
import { createRequire } from "node:module";
import path from "node:path";

const [modules, baseURL, apiKey, model, question] = process.argv.slice(2);
const { OpenAI } = createRequire(path.join(modules, "x.js"))("openai");
const client = new OpenAI({ apiKey, baseURL, maxRetries: 0 });
const messages = [{ role: "user", content: question }];

const models = [];
for await (const m of client.models.list()) models.push(m.id);

const plain = await client.chat.completions.create({ model, messages });

const stream = await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } });
let streamed = "", finish = null, usage = null, chunks = 0;
for await (const chunk of stream) {
  chunks++;
  streamed += chunk.choices[0]?.delta?.content ?? "";
  finish = chunk.choices[0]?.finish_reason ?? finish;
  usage = chunk.usage ?? usage;
}

// The client's own helper for streams, which checks their shape.
const runner = client.chat.completions.stream({ model, messages });
const final = await runner.finalContent();

// Errors are the client's own classes.
const errors = {};
const attempt = async (name, run) => {
  try {
    await run();
    errors[name] = "none";
  } catch (e) {
    errors[name] = e.constructor.name;
  }
};
await attempt("unknown_model", () => client.chat.completions.create({ model: "scenario/nosuch", messages }));
await attempt("wrong_key", () => new OpenAI({ apiKey: "sk-wrong", baseURL, maxRetries: 0 }).models.list());
await attempt("bad_request", () => client.chat.completions.create({ model, messages: "text" }));

console.log(JSON.stringify({
  models, errors,
  plain: { object: plain.object, model: plain.model, content: plain.choices[0].message.content, role: plain.choices[0].message.role, finish: plain.choices[0].finish_reason, usage: plain.usage },
  stream: { content: streamed, finish, usage, chunks, final },
}));
